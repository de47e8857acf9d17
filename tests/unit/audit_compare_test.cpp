// SPDX-License-Identifier: Apache-2.0
// Comparisons worked out by hand: what agrees, each way to differ, each inconsistency, and when nothing can be said.
#include "audit/compare.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

namespace smtscope::audit {
namespace {

constexpr uint64_t kSecond = 1'000'000'000, kStart = 500 * kSecond;
constexpr Who kA = 71, kB = 72;

// One core of two siblings for one second: idle .3, A alone .2, A beside B .4, A beside A .1.
OnlineInterval online() {
  OnlineInterval i;
  OnlineCore core;
  core.id = 4;
  core.cpus = {4, 5};
  core.start_ns = kStart;
  core.end_ns = kStart + kSecond;
  core.states = {0.3, 0.2, 0, 0.5, 0};
  core.busy_siblings = {0.3, 0.2, 0.5};
  i.cores = {core};
  i.entities = {{10, kA, "a.service", {0.2, 0.2, 0.4, 0, 0}}, {11, kB, "b.service", {0, 0, 0.4, 0, 0}}};
  i.pairs = {{10, 11, 0.4}, {10, 10, 0.1}};
  return i;
}

CoreTimes swept() {
  CoreTimes t;
  t.idle = 300'000'000;
  t.single = 200'000'000;
  t.all_busy = 500'000'000;
  t.busy_siblings = {t.idle, t.single, t.all_busy};
  t.pairs = {{{kA, kB}, 400'000'000}, {{kA, kA}, 100'000'000}};
  t.entities[kA] = {.idle = 200'000'000, .same = 200'000'000, .other = 400'000'000};
  t.entities[kB] = {.other = 400'000'000};
  t.changes = 200;
  t.state_changes = 100;
  return t;
}

OfflineCore both(const CoreTimes& t) {
  Slack slack;
  slack.states = 15'000;
  slack.pairs = {{{kA, kB}, 40'000}, {{kA, kA}, 10'000}};
  slack.entities = {{kA, 80'000}, {kB, 40'000}};
  return {t, t, slack};
}

LogFacts log_facts() { return {.records = 200, .cpus = 2}; }

Report compared(const OnlineInterval& o, const CoreTimes& t, const LogFacts& log = log_facts()) {
  Comparison c("cgroup");
  c.add(o, {both(t)});
  return c.report(log);
}

// The same with a change to the online side.
Report changed(const std::function<void(OnlineInterval&)>& change) {
  OnlineInterval o = online();
  change(o);
  return compared(o, swept());
}

const StateRow* row(const Report& r, State state) {
  for (const StateRow& s : r.states)
    if (s.state == state) return &s;
  return nullptr;
}

bool says(const std::vector<std::string>& lines, std::string_view part) {
  for (const std::string& line : lines)
    if (line.find(part) != std::string::npos) return true;
  return false;
}

TEST(AuditCompare, EqualNumbersAgree) {
  const Report r = compared(online(), swept());
  EXPECT_EQ(r.verdict, Verdict::agrees) << r.reason;
  EXPECT_TRUE(r.inconsistencies.empty());
  EXPECT_EQ(r.window_seconds, 1.0);
  EXPECT_EQ(r.intervals, 1u);
  ASSERT_EQ(r.states.size(), 4u);  // no partial with two siblings
  EXPECT_EQ(row(r, kStatePartial), nullptr);
  EXPECT_EQ(row(r, kStateAllBusy)->core, 4u);
  EXPECT_EQ(row(r, kStateAllBusy)->offline, 0.5);
  // 2e-5 of a second and the slack of the changes of state.
  EXPECT_NEAR(row(r, kStateIdle)->allowed, 2e-5 + 15e-6, 1e-12);
  EXPECT_NEAR(row(r, kStateUnknown)->allowed, 2e-5 + 15e-6, 1e-12);
  ASSERT_EQ(r.pairs.size(), 2u);
  EXPECT_EQ(r.pairs[0].difference(), 0);
}

TEST(AuditCompare, ADifferenceCountsFromWhatIsAllowed) {
  const auto shift = [](double by) {
    return changed([by](OnlineInterval& o) {
      o.cores[0].states[kStateIdle] += by;
      o.cores[0].states[kStateSingle] -= by;
      o.cores[0].busy_siblings[0] += by;
      o.cores[0].busy_siblings[1] -= by;
      o.entities[0].oncpu[kBesideIdle] -= by;
    });
  };
  EXPECT_EQ(shift(34e-6).verdict, Verdict::agrees);
  const Report r = shift(36e-6);
  EXPECT_EQ(r.verdict, Verdict::differs);
  EXPECT_TRUE(r.inconsistencies.empty()) << r.inconsistencies.front();
  EXPECT_NE(r.reason.find("core 4"), std::string::npos) << r.reason;
  EXPECT_NE(r.reason.find("2 of 10 numbers"), std::string::npos) << r.reason;
}

TEST(AuditCompare, TimeOfTheWrongPairDiffers) {
  const Report r = changed([](OnlineInterval& o) {
    o.pairs = {{10, 11, 0.395}, {10, 10, 0.105}};
    o.entities[0].oncpu = {0.2, 0.21, 0.395, 0, 0};
    o.entities[1].oncpu = {0, 0, 0.395, 0, 0};
  });
  EXPECT_EQ(r.verdict, Verdict::differs);
  EXPECT_TRUE(r.inconsistencies.empty()) << r.inconsistencies.front();
  EXPECT_NE(r.reason.find("a.service"), std::string::npos) << r.reason;
  EXPECT_GT(r.pairs[0].excess(), 1);
  EXPECT_GT(r.pairs[1].excess(), 1);
  EXPECT_NEAR(r.pairs[0].difference() * r.pairs[0].difference(), 0.005 * 0.005, 1e-12);
}

TEST(AuditCompare, TheDistanceOfTheClockReadingsIsAllowed) {
  OfflineCore offline = both(swept());
  offline.slack.states = 260'000'000;
  offline.slack.pairs = {{{kA, kB}, 5'000'000}};
  offline.slack.entities = {{kA, 6'000'000}};
  Comparison c("cgroup");
  c.add(online(), {offline});
  const Report r = c.report(log_facts());
  for (const PairRow& p : r.pairs) EXPECT_NEAR(p.allowed, p.b.who == kB ? 5.1e-3 : 1e-4, 1e-12) << p.b.name;
  for (const EntityRow& e : r.entities) EXPECT_NEAR(e.allowed, e.entity.who == kA ? 6.1e-3 : 1e-4, 1e-12);
  // ... but where they are too far apart nothing is proven.
  EXPECT_EQ(r.verdict, Verdict::inconclusive);
  EXPECT_NE(r.reason.find("distance of the two clock readings"), std::string::npos) << r.reason;
}

TEST(AuditCompare, WhatOnlyOneSideSawIsListed) {
  OnlineInterval o = online();
  CoreTimes t = swept();
  t.pairs[{kA, 99}] = 30'000;
  o.entities.push_back({12, 73, "c.service", {}});
  o.pairs.push_back({10, 12, 0.0});
  const Report r = compared(o, t);
  ASSERT_EQ(r.pairs.size(), 3u);  // without the one that is nothing on both sides
  EXPECT_EQ(r.pairs[0].b.name, "cgroup:99");
  EXPECT_FALSE(r.pairs[0].b.id);
  EXPECT_EQ(*r.pairs[0].a.id, 10u);
  EXPECT_EQ(r.verdict, Verdict::agrees) << r.reason;
}

TEST(AuditCompare, TwoEntitiesOfOneNumberAreComparedTogether) {
  const Report r = changed([](OnlineInterval& o) {  // a process id that was used twice
    o.entities = {{10, kA, "old", {0.1, 0.2, 0.3, 0, 0}}, {12, kA, "new", {0.1, 0, 0.1, 0, 0}}, o.entities[1]};
    o.pairs = {{10, 11, 0.3}, {11, 12, 0.1}, {10, 10, 0.1}};
  });
  EXPECT_EQ(r.verdict, Verdict::agrees) << r.reason;
  EXPECT_EQ(r.pairs.size(), 2u);
}

TEST(AuditCompare, IntervalsAndCoresAddUp) {
  Comparison c("pid");
  OnlineInterval o = online();
  OnlineCore second = o.cores[0];
  second.id = 6;
  second.cpus = {6, 7};
  o.cores.push_back(second);
  for (auto& e : o.entities)
    for (double& s : e.oncpu) s *= 2;
  for (auto& p : o.pairs) p.seconds *= 2;
  for (int i = 0; i < 3; i++) {
    c.add(o, {both(swept()), both(swept())});
    for (OnlineCore& core : o.cores) {
      core.start_ns += kSecond;
      core.end_ns += kSecond;
    }
  }
  const Report r = c.report(log_facts());
  EXPECT_EQ(r.verdict, Verdict::agrees) << r.reason;
  EXPECT_EQ(r.window_seconds, 3.0);
  EXPECT_NEAR(r.core_seconds, 6.0, 1e-9);
  EXPECT_EQ(r.states.size(), 8u);
  EXPECT_EQ(r.changes, 1200u);
  EXPECT_NEAR(r.pairs[0].online + r.pairs[1].online, 3.0, 1e-9);
}

// Lost switches: the log's two rules say .04 and .10 unknown.
struct Hidden {
  OnlineInterval o = online();
  CoreTimes hindsight = swept(), without = swept();
  explicit Hidden(double unknown) {
    hindsight.unknown = 100'000'000;
    hindsight.idle -= 100'000'000;
    without.unknown = 40'000'000;
    without.idle -= 40'000'000;
    o.cores[0].states[kStateUnknown] = unknown;
    o.cores[0].states[kStateIdle] -= unknown;
    o.cores[0].busy_siblings[0] -= unknown;
  }
  Report report() {
    Comparison c("cgroup");
    c.add(o, {{hindsight, without, {}}});
    return c.report(log_facts());
  }
};

TEST(AuditCompare, EitherRuleForLostSwitchesIsHonest) {
  EXPECT_EQ(Hidden(0.04).report().verdict, Verdict::agrees);
  EXPECT_EQ(Hidden(0.10).report().verdict, Verdict::agrees);
  EXPECT_EQ(Hidden(0.07).report().verdict, Verdict::agrees);
  EXPECT_EQ(row(Hidden(0.041).report(), kStateUnknown)->offline, 0.04);
  EXPECT_EQ(row(Hidden(0.099).report(), kStateUnknown)->offline, 0.10);
}

TEST(AuditCompare, UnknownTimeThatTheLogDoesNotExplainDiffers) {
  const Report r = Hidden(0.17).report();
  EXPECT_EQ(r.verdict, Verdict::differs);
  EXPECT_NE(r.reason.find("core 4 unknown"), std::string::npos) << r.reason;
}

TEST(AuditCompare, UpdatesGivenUpExplainUnknownTime) {
  Hidden h(0.17);
  h.o.contended = 1;
  h.o.lost_seconds = 0.07;
  const Report r = h.report();
  EXPECT_EQ(r.verdict, Verdict::agrees) << r.reason;
  EXPECT_TRUE(says(r.notes, "given up"));
}

TEST(AuditCompare, HindsightMayHideMuch) {
  Hidden h(0.04);
  h.hindsight.unknown = 300'000'000;
  h.hindsight.idle = 0;
  const Report r = h.report();
  EXPECT_EQ(r.verdict, Verdict::agrees) << r.reason;
  EXPECT_GT(row(r, kStateUnknown)->allowed, 0.25);
  EXPECT_LT(row(r, kStateIdle)->allowed, 1e-4);
}

TEST(AuditCompare, WhatWentToOtherForWantOfRoomIsAllowedFor) {
  const auto move = [](double dropped) {
    return changed([dropped](OnlineInterval& o) {
      o.pairs = {{10, 11, 0.35}, {10, 10, 0.1}, {3, 10, 0.05}};
      o.entities[1].oncpu[kBesideOther] = 0.35;
      o.entities.push_back({3, kOther, "other", {0, 0, 0.05, 0, 0}});
      o.dropped_seconds = dropped;
    });
  };
  const Report r = move(0.05);
  EXPECT_EQ(r.verdict, Verdict::agrees) << r.reason;
  EXPECT_TRUE(says(r.notes, "want of room"));
}

TEST(AuditInconsistency, StatesThatDoNotSumToTheWindow) {
  const Report r = changed([](OnlineInterval& o) { o.cores[0].states[kStateIdle] -= 2e-6; });
  EXPECT_EQ(r.verdict, Verdict::differs);
  EXPECT_TRUE(says(r.inconsistencies, "its states sum to 0.999998000 s in a window of 1.000000000 s"));
  EXPECT_TRUE(changed([](OnlineInterval& o) { o.cores[0].states[kStateIdle] -= 5e-7; }).inconsistencies.empty());
}

TEST(AuditInconsistency, BusyCountsThatAreNotTheStates) {
  EXPECT_TRUE(says(changed([](OnlineInterval& o) { o.cores[0].busy_siblings[1] += 1e-5; }).inconsistencies,
                   "number of busy siblings"));
}

TEST(AuditInconsistency, PairsThatAreNotAllBusy) {
  const Report r = changed([](OnlineInterval& o) { o.pairs[0].seconds -= 2e-6; });
  EXPECT_EQ(r.verdict, Verdict::differs);
  EXPECT_TRUE(says(r.inconsistencies, "pairs sum to 0.499998000 s, all busy to 0.500000000 s"));
}

TEST(AuditInconsistency, EntitiesThatAreNotTheBusySiblings) {
  EXPECT_TRUE(says(changed([](OnlineInterval& o) { o.entities[0].oncpu[kBesideIdle] -= 2e-6; }).inconsistencies,
                   "splits of entities sum to 1.199998000 s, busy siblings to 1.200000000 s"));
  // Beside an unknown sibling is no known busy time.
  EXPECT_TRUE(changed([](OnlineInterval& o) { o.entities[0].oncpu[kBesideUnknown] += 2e-6; }).inconsistencies.empty());
}

TEST(AuditInconsistency, NegativeAndImpossibleValues) {
  EXPECT_TRUE(says(changed([](OnlineInterval& o) { o.entities[1].oncpu[kBesideIdle] = -0.25; }).inconsistencies,
                   "b.service: sibling_idle is -0.250000000 s: below 0"));
  EXPECT_TRUE(says(changed([](OnlineInterval& o) { o.cores[0].states[kStateSingle] = 1.5; }).inconsistencies,
                   "core 4: single is 1.500000000 s where 1.000000000 s is the most"));
  EXPECT_TRUE(says(
      changed([](OnlineInterval& o) { o.pairs[1].seconds = std::numeric_limits<double>::quiet_NaN(); }).inconsistencies,
      "is no number"));
  EXPECT_TRUE(says(changed([](OnlineInterval& o) { o.cores[0].end_ns = kStart - 7; }).inconsistencies,
                   "its window ends 7 ns before it begins"));
  EXPECT_TRUE(says(changed([](OnlineInterval& o) { o.entities.pop_back(); }).inconsistencies, "names an entity"));
}

TEST(AuditInconsistency, OfEachKindTheWorstWithItsNumber) {
  Comparison c("cgroup");
  OnlineInterval o = online();
  for (double by : {1e-5, 3e-5, 2e-5}) {
    o.cores[0].states[kStateIdle] = 0.3 - by;
    c.add(o, {both(swept())});
    o.cores[0].start_ns += kSecond;
    o.cores[0].end_ns += kSecond;
  }
  const Report r = c.report(log_facts());
  EXPECT_TRUE(says(r.inconsistencies, "sum to 0.999970000 s"));
  EXPECT_TRUE(says(r.inconsistencies, "(the worst of 3 such)"));
}

TEST(AuditInconsistency, WindowsThatDoNotFollowEachOther) {
  OnlineInterval next = online();
  next.cores[0].start_ns += kSecond + 12;
  next.cores[0].end_ns += kSecond + 12;
  Comparison c("cgroup"), skipped("cgroup");
  c.add(online(), {both(swept())});
  c.add(next, {both(swept())});
  EXPECT_TRUE(says(c.report(log_facts()).inconsistencies, "a window begins 12 ns after the one before it ended"));
  skipped.add(online(), {both(swept())});
  skipped.skip();
  skipped.add(next, {both(swept())});
  EXPECT_TRUE(skipped.report(log_facts()).inconsistencies.empty());
}

TEST(AuditInconsistency, LossesThatTheOnlineSideDidNotCount) {
  LogFacts log = log_facts();
  log.seen_losses = 10;
  const Report r = compared(online(), swept(), log);
  EXPECT_EQ(r.verdict, Verdict::differs);
  EXPECT_TRUE(says(r.inconsistencies, "the log shows 10 lost switches, the online side counted 0"));
  OnlineInterval counted = online();
  counted.lost = 9;  // one fell on the edge of a window
  EXPECT_EQ(compared(counted, swept(), log).verdict, Verdict::agrees);
  log.seen_losses = 0;
  log.hidden_losses = 10;  // the online side cannot know of these
  EXPECT_EQ(compared(online(), swept(), log).verdict, Verdict::agrees);
}

TEST(AuditInconsistency, AClockThatGoesBack) {
  LogFacts log = log_facts();
  log.backwards = 3;
  log.most_backwards_ns = 80;  // the kernel's fast clock, while timekeeping is updated
  EXPECT_EQ(compared(online(), swept(), log).verdict, Verdict::agrees);
  log.most_backwards_ns = 5'000;
  const Report r = compared(online(), swept(), log);
  EXPECT_EQ(r.verdict, Verdict::differs);
  EXPECT_TRUE(says(r.inconsistencies, "3 clock readings"));
}

TEST(AuditVerdict, AnIncompleteLogProvesNothing) {
  LogFacts log = log_facts();
  log.dropped = 5;
  OnlineInterval o = online();
  o.cores[0].states = {0.2, 0.3, 0, 0.5, 0};
  o.cores[0].busy_siblings = {0.2, 0.3, 0.5};
  o.entities[0].oncpu[kBesideIdle] = 0.3;
  const Report r = compared(o, swept(), log);
  EXPECT_EQ(r.verdict, Verdict::inconclusive);
  EXPECT_TRUE(says(r.inconsistencies, "no room for 5 switches"));
  EXPECT_NE(r.reason.find("not complete"), std::string::npos) << r.reason;
  // ... but sums that are broken are broken.
  o.pairs[0].seconds -= 0.1;
  EXPECT_EQ(compared(o, swept(), log).verdict, Verdict::differs);
}

TEST(AuditVerdict, NothingToCompareIsInconclusive) {
  EXPECT_EQ(Comparison("cgroup").report({}).verdict, Verdict::inconclusive);
  CoreTimes t = swept();
  t.changes = 0;
  EXPECT_NE(compared(online(), t).reason.find("nothing happened"), std::string::npos);
  OnlineInterval o = online();
  o.cores[0].end_ns = kStart + kSecond / 20;
  for (double& s : o.cores[0].states) s /= 20;
  for (double& s : o.cores[0].busy_siblings) s /= 20;
  for (auto& e : o.entities)
    for (double& s : e.oncpu) s /= 20;
  for (auto& p : o.pairs) p.seconds /= 20;
  EXPECT_NE(compared(o, swept()).reason.find("too short"), std::string::npos);
}

}  // namespace
}  // namespace smtscope::audit
