// SPDX-License-Identifier: Apache-2.0
// The offline sweep against cases worked out by hand. Entities are small numbers, times nanoseconds.
#include "audit/sweep.h"

#include <gtest/gtest.h>

#include <random>

namespace smtscope::audit {
namespace {

using Pair = std::pair<Who, Who>;

TEST(Sweep, TwoSiblingsThroughAllStates) {
  //        0    10   30   40   60   70  100
  // cpu 0  idle A    A    A    idle idle
  // cpu 1  idle idle A    B    B    idle
  std::vector<Change> log = {{0, 0, kIdle}, {0, 1, kIdle},  {10, 0, 5},    {30, 1, 5},
                             {40, 1, 6},    {60, 0, kIdle}, {70, 1, kIdle}};
  auto t = sweep(log, {{0, 1}, 0, 100});
  ASSERT_TRUE(t);
  EXPECT_EQ(t->idle, 10u + 30u);
  EXPECT_EQ(t->single, 20u + 10u);
  EXPECT_EQ(t->all_busy, 10u + 20u);
  EXPECT_EQ(t->partial, 0u);
  EXPECT_EQ(t->unknown, 0u);
  EXPECT_EQ(t->busy_siblings, (std::vector<uint64_t>{40, 30, 30}));
  EXPECT_EQ(t->pairs, (std::map<Pair, uint64_t>{{{5, 5}, 10}, {{5, 6}, 20}}));
  // A alone 20; beside itself 10 on each of two siblings; beside B 20.
  EXPECT_EQ(t->entities[5], (Beside{.idle = 20, .same = 20, .other = 20}));
  EXPECT_EQ(t->entities[6], (Beside{.idle = 10, .other = 20}));
  EXPECT_EQ(t->changes, 5u);
  EXPECT_EQ(t->state_changes, 4u);  // single, all_busy, single, idle; A -> B is no change of state
}

TEST(Sweep, WindowCutsPiecesOnBothSides) {
  std::vector<Change> log = {{0, 0, 5}, {0, 1, kIdle}, {50, 1, 6}, {90, 0, kIdle}};
  auto t = sweep(log, {{0, 1}, 40, 80});
  ASSERT_TRUE(t);
  EXPECT_EQ(t->single, 10u);
  EXPECT_EQ(t->all_busy, 30u);
  EXPECT_EQ(t->idle, 0u);
  EXPECT_EQ(t->changes, 1u);
  EXPECT_EQ(t->state_changes, 1u);
}

TEST(Sweep, AChangeAtAnEdgeBelongsToWhatFollows) {
  std::vector<Change> log = {{0, 0, kIdle}, {40, 0, 5}, {80, 0, kIdle}};
  auto t = sweep(log, {{0}, 40, 80});
  ASSERT_TRUE(t);
  EXPECT_EQ(t->single, 40u);
  EXPECT_EQ(t->idle, 0u);
  EXPECT_EQ(t->changes, 0u);
}

TEST(Sweep, ACpuThatWasNotSeenIsUnknownNotIdle) {
  std::vector<Change> log = {{0, 0, 5}, {30, 1, kIdle}};
  auto t = sweep(log, {{0, 1}, 0, 100});
  ASSERT_TRUE(t);
  EXPECT_EQ(t->unknown, 30u);
  EXPECT_EQ(t->single, 70u);
  EXPECT_EQ(t->entities[5], (Beside{.idle = 70, .unknown = 30}));
  EXPECT_TRUE(t->pairs.empty());
  auto nothing = sweep({}, {{0, 1}, 0, 100});
  ASSERT_TRUE(nothing);
  EXPECT_EQ(nothing->unknown, 100u);
  EXPECT_EQ(nothing->busy_siblings, (std::vector<uint64_t>{0, 0, 0}));
}

TEST(Sweep, WithoutASiblingBusyIsSingle) {
  std::vector<Change> log = {{0, 3, 5}, {60, 3, kIdle}, {70, 9, 5}};
  auto t = sweep(log, {{3}, 10, 110});
  ASSERT_TRUE(t);
  EXPECT_EQ(t->single, 50u);
  EXPECT_EQ(t->idle, 50u);
  EXPECT_EQ(t->all_busy, 0u);
  EXPECT_EQ(t->busy_siblings, (std::vector<uint64_t>{50, 50}));
  EXPECT_EQ(t->entities[5], (Beside{.no_sibling = 50}));
  EXPECT_TRUE(t->pairs.empty());
}

TEST(Sweep, FourSiblings) {
  //        0  10 20 30 40
  // cpu 0  A  A  A  A
  // cpu 1  -  A  A  A
  // cpu 2  -  -  B  B
  // cpu 3  -  -  -  A
  std::vector<Change> log = {{0, 0, 5},  {0, 1, kIdle}, {0, 2, kIdle}, {0, 3, kIdle},
                             {10, 1, 5}, {20, 2, 6},    {30, 3, 5}};
  auto t = sweep(log, {{0, 1, 2, 3}, 0, 40});
  ASSERT_TRUE(t);
  EXPECT_EQ(t->single, 10u);
  EXPECT_EQ(t->partial, 20u);
  EXPECT_EQ(t->all_busy, 10u);
  EXPECT_EQ(t->busy_siblings, (std::vector<uint64_t>{0, 10, 10, 10, 10}));
  // AA: 10..20 one pair, 20..30 one, 30..40 three. AB: 20..30 two, 30..40 three.
  EXPECT_EQ(t->pairs, (std::map<Pair, uint64_t>{{{5, 5}, 50}, {{5, 6}, 50}}));
  EXPECT_EQ(t->entities[5], (Beside{.idle = 10, .same = 20, .other = 20 + 30}));
  EXPECT_EQ(t->entities[6], (Beside{.other = 20}));
  EXPECT_EQ(t->state_changes, 2u);  // two busy to three busy stays partial
}

TEST(Sweep, OneOtherDecidesThenOneUnknownThenTheSame) {
  std::vector<Change> log = {{0, 0, 5}, {0, 1, 5}, {0, 2, kUnknown}, {10, 1, 6}, {20, 1, kIdle}};
  auto t = sweep(log, {{0, 1, 2}, 0, 30});
  ASSERT_TRUE(t);
  EXPECT_EQ(t->unknown, 30u);
  // 0..10: two As, each beside one unknown; 10..20: beside B; 20..30: beside unknown.
  EXPECT_EQ(t->entities[5], (Beside{.other = 10, .unknown = 20 + 10}));
  EXPECT_EQ(t->pairs, (std::map<Pair, uint64_t>{{{5, 5}, 10}, {{5, 6}, 10}}));
}

TEST(Sweep, EightSiblingsAllInOneEntity) {
  std::vector<Change> log;
  for (uint32_t cpu = 0; cpu < 8; cpu++) log.push_back({0, cpu, 5});
  auto t = sweep(log, {{0, 1, 2, 3, 4, 5, 6, 7}, 0, 10});
  ASSERT_TRUE(t);
  EXPECT_EQ(t->all_busy, 10u);
  EXPECT_EQ(t->pairs, (std::map<Pair, uint64_t>{{{5, 5}, 280}}));
  EXPECT_EQ(t->entities[5], (Beside{.same = 80}));
}

TEST(Sweep, KernelThreadsAreAnEntityLikeOthers) {
  std::vector<Change> log = {{0, 0, kKernel}, {0, 1, kKernel}, {10, 1, 5}};
  auto t = sweep(log, {{0, 1}, 0, 30});
  ASSERT_TRUE(t);
  EXPECT_EQ(t->all_busy, 30u);
  EXPECT_EQ(t->pairs, (std::map<Pair, uint64_t>{{{kKernel, kKernel}, 10}, {{5, kKernel}, 20}}));
}

TEST(Sweep, ALostSwitchMakesTheWholeOwnPieceUnknown) {
  // cpu 0 switched to A at 10; the next record, at 50, left somebody else: 10..50 is not known.
  std::vector<Change> log = {{0, 0, kIdle}, {0, 1, kIdle}, {10, 0, 5}, {30, 1, 6}, {50, 0, 7, true}};
  auto t = sweep(log, {{0, 1}, 0, 100});
  ASSERT_TRUE(t);
  EXPECT_EQ(t->idle, 10u);
  EXPECT_EQ(t->unknown, 40u);
  EXPECT_EQ(t->all_busy, 50u);
  EXPECT_EQ(t->lost, 1u);
  EXPECT_EQ(t->entities.count(5), 0u);
  EXPECT_EQ(t->entities[6], (Beside{.other = 50, .unknown = 20}));
}

TEST(Sweep, WithoutHindsightOnlyThePieceSinceTheLastJointChangeIsUnknown) {
  std::vector<Change> log = {{0, 0, kIdle}, {0, 1, kIdle}, {10, 0, 5}, {30, 1, 6}, {50, 0, 7, true}};
  auto t = sweep(log, {{0, 1}, 0, 100}, LostRule::since_joint_change);
  ASSERT_TRUE(t);
  EXPECT_EQ(t->single, 20u);
  EXPECT_EQ(t->unknown, 20u);
  EXPECT_EQ(t->all_busy, 50u);
  EXPECT_EQ(t->entities[5], (Beside{.idle = 20}));
}

TEST(Sweep, ASwitchBetweenThreadsOfOneEntityIsNoJointChange) {
  // At 20 another thread of A, at 30 another thread of B: who runs beside whom does not change.
  std::vector<Change> log = {{0, 0, 5}, {0, 1, 6}, {20, 0, 5}, {30, 1, 6}, {50, 0, 5, true}};
  auto t = sweep(log, {{0, 1}, 0, 100}, LostRule::since_joint_change);
  ASSERT_TRUE(t);
  EXPECT_EQ(t->unknown, 50u);
  EXPECT_EQ(t->all_busy, 50u);
  EXPECT_EQ(t->changes, 3u);
  // With hindsight only the piece of the thread that was left unseen.
  EXPECT_EQ(sweep(log, {{0, 1}, 0, 100})->unknown, 30u);
}

TEST(Sweep, ALossFoundAfterTheWindowStillMakesItsPieceUnknown) {
  std::vector<Change> log = {{0, 0, 5}, {120, 0, 7, true}};
  EXPECT_EQ(sweep(log, {{0}, 0, 100})->unknown, 100u);
  EXPECT_EQ(sweep(log, {{0}, 0, 100}, LostRule::since_joint_change)->single, 100u);
}

TEST(Sweep, RefusesWindowsThatAreNone) {
  EXPECT_FALSE(sweep({}, {{}, 0, 10}));
  EXPECT_FALSE(sweep({}, {{0}, 10, 10}));
  EXPECT_FALSE(sweep({}, {{0}, 20, 10}));
  EXPECT_FALSE(sweep({}, {{0, 1, 2, 3, 4, 5, 6, 7, 8}, 0, 10}));
}

TEST(ChangesOf, FindsLostSwitchesByTheTask) {
  std::vector<Switch> log = {
      {.ns = 5, .next = 100, .who = 5, .seed = true},  // found running
      {.ns = 10, .prev = 100, .next = 0, .who = kIdle}, {.ns = 20, .prev = 0, .next = 101, .who = 5},
      {.ns = 30, .prev = 102, .next = 103, .who = 5},  // left a task it had not switched to
      {.ns = 40, .prev = 103, .next = 104, .who = 6},
  };
  auto changes = changes_of(log);
  ASSERT_EQ(changes.size(), 5u);
  std::vector<bool> lost;
  for (const Change& c : changes) lost.push_back(c.lost_before);
  EXPECT_EQ(lost, (std::vector<bool>{false, false, false, true, false}));
  EXPECT_EQ(changes[3].now, 5u);
}

TEST(ChangesOf, ASeedAfterSwitchesOnlyConfirms) {
  std::vector<Switch> log = {{.ns = 1, .prev = 7, .next = 8, .who = 5},
                             {.ns = 2, .next = 8, .who = 5, .seed = true},
                             {.ns = 3, .next = 9, .who = 6, .seed = true}};
  auto changes = changes_of(log);
  EXPECT_FALSE(changes[0].lost_before);  // nothing was known before
  EXPECT_FALSE(changes[1].lost_before);
  EXPECT_TRUE(changes[2].lost_before);
}

TEST(ChangesOf, FindsLostSwitchesByTheKernelsCount) {
  // Two switches went by between the second and the third record, and the task is the same again.
  const std::vector<Switch> log = {{.ns = 1, .next = 8, .who = 5, .number = 254},
                                   {.ns = 2, .prev = 8, .next = 9, .who = 6, .number = 255},
                                   {.ns = 3, .prev = 9, .next = 8, .who = 5, .number = 2},
                                   {.ns = 4, .next = 8, .who = 5, .seed = true, .number = 2},
                                   {.ns = 5, .prev = 7, .next = 9, .who = 6, .number = 4}};
  std::vector<bool> lost;
  for (const Change& c : changes_of(log)) lost.push_back(c.lost_before);
  EXPECT_EQ(lost, (std::vector<bool>{false, false, true, false, true}));
  const Losses losses = losses_in(log);
  EXPECT_EQ(losses.seen, 1u);
  EXPECT_EQ(losses.hidden, 2u);
}

TEST(CoreTimes, AddsUpOverWindows) {
  const std::vector<Change> log = {{0, 0, 5}, {0, 1, kIdle}, {30, 1, 6}, {60, 0, kUnknown}, {80, 0, 5}, {90, 1, 5}};
  auto whole = sweep(log, {{0, 1}, 10, 100});
  auto sum = sweep(log, {{0, 1}, 10, 45});
  auto rest = sweep(log, {{0, 1}, 45, 100});
  ASSERT_TRUE(whole && sum && rest);
  *sum += *rest;
  EXPECT_EQ(sum->single, whole->single);
  EXPECT_EQ(sum->all_busy, whole->all_busy);
  EXPECT_EQ(sum->unknown, whole->unknown);
  EXPECT_EQ(sum->busy_siblings, whole->busy_siblings);
  EXPECT_EQ(sum->pairs, whole->pairs);
  EXPECT_EQ(sum->entities, whole->entities);
  EXPECT_EQ(sum->changes, whole->changes);
}

TEST(Merged, KeepsTimeOrderAndTheOrderOfOneCpu) {
  auto all = merged({{{10, 0, 1}, {10, 0, 2}, {30, 0, 3}}, {{5, 1, 4}, {10, 1, 5}}, {}});
  std::vector<Who> order;
  for (const Change& c : all) order.push_back(c.now);
  EXPECT_EQ(order, (std::vector<Who>{4, 1, 2, 5, 3}));
}

// Every nanosecond looked at on its own: the slowest and plainest way to get the same numbers.
TEST(Sweep, AgreesWithCountingEveryNanosecond) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; round++) {
    const uint32_t n = 1 + random() % 8;
    std::vector<Change> log;
    CoreWindow window{{}, 20, 180};
    for (uint32_t i = 0; i < n; i++) window.cpus.push_back(3 * i + 1);
    for (uint64_t ns = 0; ns < 200; ns++) {
      if (random() % 3 == 0) log.push_back({ns, window.cpus[random() % n], random() % 4});
    }
    uint64_t idle = 0, single = 0, partial = 0, all_busy = 0, unknown = 0, pairs = 0, changes = 0;
    std::map<Who, uint64_t> oncpu;
    int before = -1;
    for (uint64_t ns = window.start_ns; ns < window.end_ns; ns++) {
      std::map<uint32_t, Who> now;
      for (const Change& c : log) {
        if (c.ns <= ns) now[c.cpu] = c.now;
      }
      uint64_t busy = 0, unseen = n - now.size();
      for (auto [cpu, who] : now) {
        busy += who != kIdle;
        if (who != kIdle) oncpu[who]++;
      }
      pairs += busy * (busy - (busy ? 1 : 0)) / 2;
      uint64_t* state = unseen ? &unknown : !busy ? &idle : busy == 1 ? &single : busy == n ? &all_busy : &partial;
      ++*state;
      int code = unseen ? 9 : !busy ? 0 : busy == 1 ? 1 : busy == n ? 3 : 2;
      changes += before >= 0 && before != code;
      before = code;
    }
    auto t = sweep(log, window);
    ASSERT_TRUE(t);
    EXPECT_EQ(t->idle, idle);
    EXPECT_EQ(t->single, single);
    EXPECT_EQ(t->partial, partial);
    EXPECT_EQ(t->all_busy, all_busy);
    EXPECT_EQ(t->unknown, unknown);
    EXPECT_EQ(t->state_changes, changes);
    uint64_t pair_sum = 0;
    for (const auto& [pair, ns] : t->pairs) pair_sum += ns;
    EXPECT_EQ(pair_sum, pairs);
    for (const auto& [who, b] : t->entities) {
      EXPECT_EQ(b.idle + b.same + b.other + b.unknown + b.no_sibling, oncpu[who]) << "entity " << who;
    }
  }
}

}  // namespace
}  // namespace smtscope::audit
