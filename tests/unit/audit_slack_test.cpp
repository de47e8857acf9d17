// SPDX-License-Identifier: Apache-2.0
// What is open while two observers read their clocks, by hand and against every way it may have been.
#include "audit/slack.h"

#include <gtest/gtest.h>

#include <random>

namespace smtscope::audit {
namespace {

using Pair = std::pair<Who, Who>;

TEST(AuditSlack, NothingIsOpenWithoutSlack) {
  const std::vector<Change> log = {{0, 0, kIdle}, {0, 1, kIdle}, {10, 0, 5}, {20, 1, 6}, {50, 1, 7}};
  const Slack s = slack_of(log, {{0, 1}, 0, 100});
  EXPECT_EQ(s.states, 0u);
  EXPECT_TRUE(s.pairs.empty());
  EXPECT_TRUE(s.entities.empty());
}

TEST(AuditSlack, AroundEachChangeWhatMayHaveRun) {
  // A from 10 +- 1, B beside it from 20 +- 3, C in its place from 50 +- 9.
  const std::vector<Change> log = {
      {0, 0, kIdle}, {0, 1, kIdle}, {10, 0, 5, false, 1}, {20, 1, 6, false, 3}, {50, 1, 7, false, 9}};
  const Slack s = slack_of(log, {{0, 1}, 5, 100});
  EXPECT_EQ(s.states, 2u + 6u);  // what runs beside A after 20 changes no state
  EXPECT_EQ(s.pairs, (std::map<Pair, uint64_t>{{{5, 6}, 6 + 18}, {{5, 7}, 18}}));
  EXPECT_EQ(s.entities, (std::map<Who, uint64_t>{{5, 2 + 6 + 18}, {6, 6 + 18}, {7, 18}}));
}

TEST(AuditSlack, AStalledSiblingIsOpenBesideAllThatTheOtherRuns) {
  // On one sibling A gives way to B somewhere in 20 .. 80; on the other C, D, C run meanwhile.
  const std::vector<Change> log = {{0, 0, 5}, {0, 1, 7}, {40, 1, 8}, {50, 0, 6, false, 30}, {60, 1, 7}};
  const Slack s = slack_of(log, {{0, 1}, 10, 100});
  EXPECT_EQ(s.states, 0u);
  EXPECT_EQ(s.pairs, (std::map<Pair, uint64_t>{{{5, 7}, 40}, {{6, 7}, 40}, {{5, 8}, 20}, {{6, 8}, 20}}));
}

TEST(AuditSlack, IsCutAtTheWindow) {
  const std::vector<Change> log = {{0, 0, 5}, {50, 0, kIdle, false, 10}};
  EXPECT_EQ(slack_of(log, {{0}, 45, 100}).states, 15u);
  EXPECT_EQ(slack_of(log, {{0}, 0, 55}).states, 15u);
  EXPECT_EQ(slack_of(log, {{0}, 60, 100}).states, 0u);
}

TEST(AuditSlack, ASwitchWithinOneEntityOpensNothing) {
  const std::vector<Change> log = {{0, 0, 5}, {0, 1, 6}, {50, 0, 5, false, 10}};
  EXPECT_TRUE(slack_of(log, {{0, 1}, 0, 100}).pairs.empty());
}

uint64_t value(const auto& map, const auto& key) {
  const auto at = map.find(key);
  return at == map.end() ? 0 : at->second;
}
uint64_t apart(uint64_t a, uint64_t b) { return a > b ? a - b : b - a; }

// Another observer reads its clock anywhere within the slack: its sweep is never further off than what is open.
TEST(AuditSlack, BoundsEveryOtherObserver) {
  std::mt19937 random(7);
  for (int round = 0; round < 2000; round++) {
    const uint32_t n = 1 + random() % 4;
    CoreWindow window{{}, 40, 360};
    std::vector<std::vector<Change>> ours, theirs;
    for (uint32_t cpu = 0; cpu < n; cpu++) {
      window.cpus.push_back(cpu);
      ours.emplace_back();
      theirs.emplace_back();
      for (uint64_t ns = random() % 20; ns < 400;) {
        const uint64_t slack = random() % 30;
        ns += slack;
        const Who who = random() % 4;
        ours.back().push_back({ns, cpu, who, false, slack});
        theirs.back().push_back({ns - slack + random() % (2 * slack + 1), cpu, who});
        ns += slack + 1 + random() % 40;
      }
    }
    const auto log = merged(ours);
    const Slack s = slack_of(log, window);
    auto a = sweep(log, window), b = sweep(merged(theirs), window);
    ASSERT_TRUE(a && b);
    EXPECT_LE(apart(a->idle, b->idle), s.states);
    EXPECT_LE(apart(a->single, b->single), s.states);
    EXPECT_LE(apart(a->partial, b->partial), s.states);
    EXPECT_LE(apart(a->all_busy, b->all_busy), s.states);
    for (const CoreTimes& side : {*a, *b}) {
      for (const auto& [pair, ns] : side.pairs)
        EXPECT_LE(apart(value(a->pairs, pair), value(b->pairs, pair)), value(s.pairs, pair));
      for (const auto& [who, beside] : side.entities) {
        const Beside x = a->entities[who], y = b->entities[who];
        EXPECT_LE(apart(x.idle, y.idle), value(s.entities, who));
        EXPECT_LE(apart(x.same, y.same), value(s.entities, who));
        EXPECT_LE(apart(x.other, y.other), value(s.entities, who));
      }
    }
  }
}

}  // namespace
}  // namespace smtscope::audit
