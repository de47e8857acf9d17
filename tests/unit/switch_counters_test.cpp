// SPDX-License-Identifier: Apache-2.0
// Slices of counters by entity and by what ran beside it, with counters that count what the test says.
#include <gtest/gtest.h>

#include <cerrno>

#include "slice_world.h"

namespace smtscope::native {
namespace {

constexpr std::uint32_t kIdle = SMTSCOPE_ID_IDLE, kUnknown = SMTSCOPE_ID_UNKNOWN, kA = SMTSCOPE_ID_FIRST;
constexpr std::uint32_t kB = kA + 1, kC = kA + 2;  // in order of their first switch
class SwitchCounters : public ::testing::TestWithParam<Variant> {
 protected:
  // Seeded in this order; what was counted until then is nobody's.
  void begin() {
    s.events[0].counter = s.events[1].counter = 1'000'000;
    seed_all(w);
    ASSERT_TRUE(w.close(0));
    s.pass(10);
  }
  Slices end(unsigned cpu, unsigned period = 1) {
    w.finish();
    EXPECT_EQ(w.difference(), "");
    return s.slices(cpu, period);
  }

  SliceWorld s{GetParam(), {2}};
  World& w = s.world;
  Task a{10, 100}, a2{11, 100}, b{20, 200}, c{30, 300};
};

TEST_P(SwitchCounters, EachEntityGetsWhatWasCountedWhileItRan) {
  begin();
  s.count(0, 3);
  w.switch_to(0, a);  // ends idle, across the close
  s.pass(20);
  s.count(0, 500);
  w.switch_to(0, b);  // ends a beside idle
  s.pass(7);
  s.count(0, 11);
  s.count(1, 99);
  w.switch_to(1, a);  // ends idle of CPU 1, across what CPU 0 did
  s.pass(4);
  s.count(0, 13);
  s.count(1, 5);
  w.switch_to(0, c);  // ends b, across the change beside it
  s.pass(30);
  s.count(0, 70);
  s.count(1, 80);
  w.switch_to(0, w.idle(0));  // ends c beside a
  s.pass(6);
  s.count(1, 40);
  w.switch_to(1, c);  // ends a of CPU 1
  w.finish();
  EXPECT_EQ(s.slices(0, 1), (Slices{{{kIdle, SMTSCOPE_SLICE_MIXED}, {10, 3, 0, 1}},
                                    {{kA, SMTSCOPE_SLICE_IDLE}, {20, 500, 0, 1}},
                                    {{kB, SMTSCOPE_SLICE_MIXED}, {11, 24, 0, 1}},
                                    {{kC, SMTSCOPE_SLICE_OTHER}, {30, 70, 0, 1}}}));
  EXPECT_EQ(end(1),
            (Slices{{{kIdle, SMTSCOPE_SLICE_MIXED}, {37, 99, 0, 1}}, {{kA, SMTSCOPE_SLICE_MIXED}, {40, 125, 0, 1}}}));
}

TEST_P(SwitchCounters, SameEntityBesideItself) {
  begin();
  w.switch_to(1, a);
  w.switch_to(0, a2);
  s.pass(20);
  s.count(0, 9);
  w.switch_to(0, w.idle(0));
  EXPECT_EQ(end(0).at({kA, SMTSCOPE_SLICE_SAME}), (Sliced{20, 9, 0, 1}));
}

TEST_P(SwitchCounters, NothingIsReadWithinOneEntity) {
  begin();
  w.switch_to(0, a);
  const unsigned reads = s.reads;
  for (int i = 0; i < 10; i++) {
    s.pass(5);
    s.count(0, 1);
    w.switch_to(0, i & 1 ? a : a2);
  }
  EXPECT_EQ(s.reads, reads);
  EXPECT_EQ(w.cpu(0).switches, 11u);
  EXPECT_EQ(kernel().counting[0].reads, reads / kSliceEvents - kernel().counting[1].reads);
  w.switch_to(0, b);
  EXPECT_EQ(end(0).at({kA, SMTSCOPE_SLICE_IDLE}), (Sliced{50, 10, 0, 1}));
}

TEST_P(SwitchCounters, LostSwitchIsNobodysSlice) {
  begin();
  w.switch_to(0, a);
  s.pass(20);
  s.count(0, 8);
  w.lose_switch(0, b);
  s.pass(5);
  s.count(0, 4);
  w.switch_to(0, a2);  // the id of a again: the slice ends all the same
  s.pass(3);
  s.count(0, 2);
  w.switch_to(0, c);
  const Slices found = end(0);
  EXPECT_EQ(found.at({kUnknown, SMTSCOPE_SLICE_UNKNOWN}), (Sliced{25, 12, 0, 1}));
  EXPECT_EQ(found.at({kA, SMTSCOPE_SLICE_IDLE}), (Sliced{3, 2, 0, 1}));
}

TEST_P(SwitchCounters, LostSwitchSeenByACut) {
  begin();
  w.switch_to(0, a);
  s.pass(20);
  s.count(0, 8);
  w.lose_switch(0, b);
  w.flush(0);
  s.pass(5);
  s.count(0, 4);
  w.switch_to(0, c);
  const Slices found = end(0);
  EXPECT_EQ(found.at({kUnknown, SMTSCOPE_SLICE_UNKNOWN}), (Sliced{25, 12, 0, 2}));
  EXPECT_EQ(found.count({kA, SMTSCOPE_SLICE_IDLE}), 0u);
}

TEST_P(SwitchCounters, FailedReadTakesTwoSlices) {
  begin();
  w.switch_to(0, a);
  s.pass(20);
  s.count(0, 8);
  s.error = -EBUSY;
  w.switch_to(0, b);  // ends a without counts
  s.error = 0;
  s.pass(30);
  s.count(0, 5);
  w.switch_to(0, c);  // ends b, which has no base
  s.pass(40);
  s.count(0, 6);
  w.switch_to(0, w.idle(0));
  const Slices found = end(0);
  EXPECT_EQ(found.at({kA, SMTSCOPE_SLICE_IDLE}), (Sliced{0, 0, 20, 1}));
  EXPECT_EQ(found.at({kB, SMTSCOPE_SLICE_IDLE}), (Sliced{0, 0, 30, 1}));
  EXPECT_EQ(found.at({kC, SMTSCOPE_SLICE_IDLE}), (Sliced{40, 6, 0, 1}));
  EXPECT_EQ(kernel().counting[0].failed_reads, 1u);
  EXPECT_EQ(kernel().counting[0].error, -EBUSY);
}

TEST_P(SwitchCounters, SharedAndStoppedAndExchangedEventsDoNotCount) {
  begin();
  w.switch_to(0, a);
  s.pass(20);
  s.count(0, 8);
  s.events[0].running -= 16;  // another event had the counter for a moment
  w.switch_to(0, b);
  s.pass(30);
  s.events[0].enabled -= 30 << SMTSCOPE_TICK_SHIFT;  // stopped
  s.events[0].running -= 30 << SMTSCOPE_TICK_SHIFT;
  w.switch_to(0, c);
  s.pass(40);
  s.count(0, 7);
  kernel().counting[0].generation++;  // user space takes one out
  w.switch_to(0, a);
  s.pass(50);
  s.count(0, 7);
  kernel().counting[0].generation++;  // and has put another one in
  w.switch_to(0, b);
  s.pass(60);
  s.count(0, 9);
  w.switch_to(0, w.idle(0));
  const Slices found = end(0);
  EXPECT_EQ(found.at({kA, SMTSCOPE_SLICE_IDLE}), (Sliced{0, 0, 70, 2}));
  EXPECT_EQ(found.at({kC, SMTSCOPE_SLICE_IDLE}), (Sliced{0, 0, 40, 1}));
  EXPECT_EQ(found.at({kB, SMTSCOPE_SLICE_IDLE}), (Sliced{60, 9, 30, 2}));
}

TEST_P(SwitchCounters, TheFirstReadingIsNobodys) {
  s.events[0].counter = 1'000'000;
  w.switch_to(0, a);  // before the seeding
  s.pass(20);
  s.count(0, 8);
  w.switch_to(0, b);
  const Slices found = end(0, 0);
  EXPECT_EQ(found, (Slices{{{kA, SMTSCOPE_SLICE_UNKNOWN}, {20, 8, 0, 1}}})) << "the sibling is not seeded";
}

TEST_P(SwitchCounters, WhatMigratesCountsWhereItRan) {
  begin();
  w.switch_to(0, a);
  s.pass(20);
  s.count(0, 8);
  w.switch_to(0, w.idle(0));
  s.pass(5);
  w.switch_to(1, a);
  s.pass(30);
  s.count(1, 4);
  w.switch_to(1, w.idle(1));
  w.finish();
  EXPECT_EQ(s.slices(0, 1).at({kA, SMTSCOPE_SLICE_IDLE}), (Sliced{20, 8, 0, 1}));
  EXPECT_EQ(end(1).at({kA, SMTSCOPE_SLICE_IDLE}), (Sliced{30, 4, 0, 1}));
}

TEST_P(SwitchCounters, ACutEndsASliceInItsWindow) {
  begin();
  w.switch_to(0, a);
  s.pass(20);
  s.count(0, 8);
  w.flush(0);
  ASSERT_TRUE(w.close(0));
  s.pass(30);
  s.count(0, 5);
  w.flush(0);  // across the close
  s.pass(40);
  s.count(0, 6);
  w.switch_to(0, b);
  w.finish();
  EXPECT_EQ(s.slices(0, 1).at({kA, SMTSCOPE_SLICE_IDLE}), (Sliced{20, 8, 0, 1}));
  EXPECT_EQ(end(0, 2),
            (Slices{{{kA, SMTSCOPE_SLICE_MIXED}, {30, 5, 0, 1}}, {{kA, SMTSCOPE_SLICE_IDLE}, {40, 6, 0, 1}}}));
}

TEST_P(SwitchCounters, ACloseInARunBooksWhereTheStateWent) {
  begin();
  w.switch_to(0, a);
  s.pass(20);
  s.count(0, 8);
  ASSERT_TRUE(w.drain(0));
  at_point(w, GetParam() == Variant::word ? NATIVE_SWAPPED : NATIVE_PUSHED, [&] {
    s.pass(1);
    ASSERT_TRUE(w.close(0));
  });
  w.switch_to(0, b);
  s.pass(4);
  s.count(0, 2);
  w.switch_to(0, a);
  w.finish();
  EXPECT_EQ(s.slices(0, 1).at({kA, SMTSCOPE_SLICE_IDLE}), (Sliced{20, 8, 0, 1}));
  EXPECT_EQ(end(0, 2), (Slices{{{kB, SMTSCOPE_SLICE_MIXED}, {5, 2, 0, 1}}}));
}

TEST_P(SwitchCounters, TimersCutLongSlicesOfBusyCpus) {
  begin();
  const unsigned before = s.reads;
  s.pass(1'000'000);
  w.flush(1, true);
  EXPECT_EQ(s.reads, before) << "idle";
  w.switch_to(0, a);
  const unsigned begun = s.reads;
  s.pass(187'000);
  w.flush(0, true);
  EXPECT_EQ(s.reads, begun) << "not yet 3 ms";
  s.pass(1'000);
  w.flush(0, true);
  EXPECT_EQ(s.reads, begun + kSliceEvents);
  s.pass(200'000);
  at_point(w, NATIVE_CLOCK, [&] { w.flush(0, true); });  // in the middle of a run
  w.switch_to(0, b);
  EXPECT_EQ(s.reads, begun + 2 * kSliceEvents);
  EXPECT_EQ(end(0).at({kA, SMTSCOPE_SLICE_IDLE}).slices, 2u);
}

TEST_P(SwitchCounters, MoreEntitiesThanSlots) {
  begin();
  std::vector<std::unique_ptr<Task>> tasks;
  for (unsigned i = 0; i < 3 * SMTSCOPE_COUNTER_SLOTS; i++) {
    tasks.push_back(std::make_unique<Task>(1000 + static_cast<int>(i), 10'000 + i));
    w.switch_to(0, *tasks.back());
    s.pass(2);
    s.count(0, 1);
  }
  w.switch_to(0, w.idle(0));
  std::uint64_t ticks = 0, count = 0;
  const Slices found = end(0);
  for (const auto& [key, sum] : found) {
    if (key.first == kIdle) continue;
    ticks += sum.ticks;
    count += sum.count;
  }
  EXPECT_EQ(ticks, 2u * 3 * SMTSCOPE_COUNTER_SLOTS);
  EXPECT_EQ(count, 3u * SMTSCOPE_COUNTER_SLOTS);
  EXPECT_GT(found.at({SMTSCOPE_ID_OTHER, SMTSCOPE_SLICE_IDLE}).slices, 2u * SMTSCOPE_COUNTER_SLOTS);
}

TEST(SwitchCountersAlone, ACoreOfOneCpuHasNoSibling) {
  for (const Variant variant : {Variant::word, Variant::queue}) {
    SliceWorld s(variant, {1});
    Task a{10, 100};
    seed_all(s.world);
    s.world.switch_to(0, a);
    ASSERT_TRUE(s.world.close(0));
    s.pass(20);
    s.count(0, 8);
    s.world.switch_to(0, s.world.idle(0));
    s.world.finish();
    EXPECT_EQ(s.slices(0, 1), (Slices{{{kA, SMTSCOPE_SLICE_NO_SIBLING}, {20, 8, 0, 1}}}));
  }
}

// A sibling could not say that it switched: what ran beside this CPU is not known until somebody puts it in.
TEST(SwitchCountersGivenUp, ACutKnowsOfIt) {
  SliceWorld s(Variant::queue, {2});
  Task a{10, 100}, b{20, 200}, c{30, 300};
  seed_all(s.world);
  s.world.switch_to(0, a);
  s.pass(20);
  s.count(0, 8);
  const smtscope_core_record record = kernel().core_queues[0].front();
  kernel().core_queues[0].clear();  // somebody holds it, and puts it back as it was
  s.world.switch_to(1, b);
  kernel().core_queues[0].push_back(record);
  s.world.flush(0);
  s.pass(30);
  s.count(0, 5);
  s.world.switch_to(0, c);
  s.pass(40);
  s.count(0, 6);
  s.world.switch_to(0, s.world.idle(0));
  s.world.finish();
  EXPECT_EQ(s.slices(0, 0).at({kA, SMTSCOPE_SLICE_UNKNOWN}), (Sliced{50, 13, 0, 2}));
  EXPECT_EQ(s.slices(0, 0).count({kA, SMTSCOPE_SLICE_IDLE}), 0u);
  EXPECT_EQ(s.slices(0, 0).at({kA + 2, SMTSCOPE_SLICE_OTHER}), (Sliced{40, 6, 0, 1}));
}

TEST(SwitchCountersWide, FourSiblings) {
  SliceWorld s(Variant::queue, {4});
  Task a{10, 100}, a2{11, 100}, b{20, 200}, c{30, 300};
  seed_all(s.world);
  s.world.switch_to(1, a);
  s.world.switch_to(0, a2);
  s.pass(20);
  s.count(0, 8);
  s.world.switch_to(0, b);  // ends a beside a
  s.pass(30);
  s.count(0, 9);
  s.world.switch_to(0, c);  // ends b beside a
  s.world.finish();
  EXPECT_EQ(s.slices(0, 0).at({kA, SMTSCOPE_SLICE_SAME}), (Sliced{20, 8, 0, 1}));
  EXPECT_EQ(s.slices(0, 0).at({kB, SMTSCOPE_SLICE_OTHER}), (Sliced{30, 9, 0, 1}));
}

INSTANTIATE_TEST_SUITE_P(Variants, SwitchCounters, ::testing::Values(Variant::word, Variant::queue),
                         [](const auto& variant) { return variant.param == Variant::word ? "word" : "queue"; });

}  // namespace
}  // namespace smtscope::native
