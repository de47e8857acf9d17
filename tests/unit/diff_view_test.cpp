// SPDX-License-Identifier: Apache-2.0
// Windows of recordings, what is the same on both sides, and what the numbers are.
#include <gtest/gtest.h>

#include "unit/diff_frames.h"

namespace smtscope {
namespace {

using test::DiffNode;
using test::feed;
using test::fill_usual;
using test::node_run;
using test::shared_second;
using test::TwoSides;

constexpr uint64_t kSecond = 1'000'000'000;

const DiffEntity& entity(const DiffView& view, const std::string& name) {
  for (const DiffEntity& e : view.entities)
    if (e.who.name == name) return e;
  ADD_FAILURE() << name;
  return view.entities.front();
}

TEST(DiffSide, CutsIntoWholeWindows) {
  NamedEntities names;
  diff::Side side(names, 5 * kSecond);
  DiffNode node;
  side.add(node.begin());
  feed(side, node, 13, 0.2, 20);
  side.finish();
  EXPECT_EQ(side.windows(), 2u);
  EXPECT_DOUBLE_EQ(side.window_seconds()[0], 5);
  EXPECT_EQ(side.partial().times, 1u);
  EXPECT_DOUBLE_EQ(side.partial().seconds, 3);
  EXPECT_EQ(side.frames(), 14u);
}

TEST(DiffSide, AWindowDoesNotCrossABreakNorATopology) {
  NamedEntities names;
  diff::Side side(names, 4 * kSecond);
  DiffNode node;
  side.add(node.begin());
  feed(side, node, 6, 0.2, 20);
  Frame anew = node.after(shared_second(0.2, 20, 0));
  anew.begin = true;
  side.add(anew);
  feed(side, node, 5, 0.2, 20);
  DiffNode one_cpu(node_run(), 1);
  node.topology = one_cpu.topology;
  feed(side, node, 5, 0.2, 20);
  side.finish();
  EXPECT_EQ(side.windows(), 3u);
  EXPECT_EQ(side.across_breaks(), 1u);
  EXPECT_EQ(side.across_changes(), 1u);
  EXPECT_EQ(side.partial().times, 2u);  // 2 s before the break, 1 s before the change; none at the end
  EXPECT_DOUBLE_EQ(side.partial().seconds, 3);
}

// An entity that the collector forgot had time before: it counts in its window.
TEST(DiffSide, KeepsWhatWasForgotten) {
  TwoSides sides(10 * kSecond);
  DiffNode a, b;
  sides.a.add(a.begin());
  feed(sides.a, a, 5, 0.2, 20);
  a.forget(7);
  for (size_t i = 0; i < 5; i++) {
    test::Second second = shared_second(0, 20, 0);
    second.doing.erase(second.doing.begin() + 1);
    second.pairs.clear();
    sides.a.add(a.after(second));
  }
  sides.b.add(b.begin());
  feed(sides.b, b, 10, 0.2, 20);
  const auto view = sides.view();
  ASSERT_TRUE(view);
  EXPECT_NEAR(entity(*view, "settle.service").a_rate, 0.45, 1e-9);
  EXPECT_NEAR(entity(*view, "settle.service").b_rate, 0.9, 1e-9);
}

TEST(DiffView, Numbers) {
  TwoSides sides;
  fill_usual(sides);
  const auto view = sides.view();
  ASSERT_TRUE(view) << view.error().what;
  EXPECT_EQ(view->a.windows, 12u);
  EXPECT_EQ(view->b.windows, 12u);
  EXPECT_TRUE(view->conditions.empty());
  const DiffFigure& both = diff::node_figure(*view, "all_busy");
  EXPECT_NEAR(both.a->median, 0.05, 1e-3);  // 0.1 of 2 core seconds
  EXPECT_NEAR(both.b->median, 0.15, 1e-3);
  EXPECT_TRUE(*both.change.separate);
  const DiffFigure& idle = diff::node_figure(*view, "core_idle_rate");
  const DiffFigure& busy = diff::node_figure(*view, "core_busy_rate");
  EXPECT_NEAR(idle.a->mean + busy.a->mean, 2, 1e-9);  // the cores
  EXPECT_NEAR(diff::node_figure(*view, "oncpu_rate").a->mean, 1.41, 0.01);
  EXPECT_NEAR(diff::node_figure(*view, "transitions").b->median, 100, 1e-9);
  EXPECT_NEAR(diff::node_figure(*view, "waits").a->median, 1060, 1e-6);
  EXPECT_FALSE(diff::node_figure(*view, "core_partial_rate").a);
  EXPECT_EQ(diff::node_figure(*view, "core_partial_rate").a_why, Reason::not_applicable);
  const DiffEntity& redis = entity(*view, "redis.service");
  EXPECT_NEAR(redis.figure("sibling_other").a->median, 0.2, 1e-9);
  EXPECT_NEAR(redis.figure("sibling_other").b->median, 0.6, 1e-9);
  EXPECT_TRUE(*redis.figure("sibling_other").change.separate);
  EXPECT_FALSE(*redis.figure("oncpu_rate").change.separate);
  EXPECT_GE(redis.figure("wait_p99").b->median, 900);
  ASSERT_EQ(view->pairs.size(), 1u);
  EXPECT_EQ(view->pairs[0].first.name, "redis.service");  // less time of its own
  EXPECT_NEAR(*view->pairs[0].b_share, 0.6, 1e-9);
}

TEST(DiffView, PerUnitOfWorkIsATotalOverATotal) {
  TwoSides sides;
  fill_usual(sides);
  sides.options.work = DiffWork{1000, 500};
  const auto view = sides.view();
  const DiffFigure& cpu = diff::node_figure(*view, "oncpu_rate");
  ASSERT_TRUE(cpu.per_work);
  EXPECT_NEAR(cpu.per_work->a->mean, cpu.a->mean / 1000, 1e-12);
  EXPECT_NEAR(cpu.per_work->b->mean, cpu.b->mean / 500, 1e-12);
  EXPECT_NEAR(*cpu.per_work->change.percent, 100, 1);
  EXPECT_FALSE(diff::node_figure(*view, "all_busy").per_work);
  EXPECT_FALSE(diff::node_figure(*view, "wait_p99").per_work);
  EXPECT_NE(view->sentence.find("A unit of work took"), std::string::npos) << view->sentence;
}

TEST(DiffView, NewAndGone) {
  TwoSides sides;
  DiffNode a, b;
  sides.a.add(a.begin());
  feed(sides.a, a, 12, 0.2, 20);
  sides.b.add(b.begin());
  for (size_t i = 0; i < 12; i++) {
    test::Second second = shared_second(0.2, 20, test::wobble(i));
    second.doing[1].who = test::service(7, "batch.service");
    sides.b.add(b.after(second));
  }
  const auto view = sides.view();
  const DiffEntity& gone = entity(*view, "settle.service");
  EXPECT_TRUE(gone.in_a && !gone.in_b);
  // It used nothing, which is known; how it sat is not.
  EXPECT_DOUBLE_EQ(gone.figure("oncpu_rate").b->median, 0);
  EXPECT_TRUE(*gone.figure("oncpu_rate").change.separate);
  EXPECT_FALSE(gone.figure("sibling_other").b);
  EXPECT_EQ(gone.figure("sibling_other").b_why, Reason::too_few);
  EXPECT_TRUE(entity(*view, "batch.service").in_b);
  EXPECT_NE(view->sentence.find("batch.service is new (0.90 CPUs)"), std::string::npos) << view->sentence;
}

TEST(DiffView, ReadingsThatAreMissingAreUnknown) {
  TwoSides sides;
  DiffNode a, b;
  sides.a.add(a.begin());
  feed(sides.a, a, 12, 0.2, 20);
  b.missing = {{Reading::runqueue_count, Reason::over_budget}, {Reading::runqueue_sum, Reason::over_budget}};
  sides.b.add(b.begin());
  feed(sides.b, b, 12, 0.2, 20);
  const auto view = sides.view();
  const DiffFigure& waits = diff::node_figure(*view, "waits");
  EXPECT_TRUE(waits.a);
  EXPECT_FALSE(waits.b);
  EXPECT_EQ(waits.b_why, Reason::over_budget);
  EXPECT_FALSE(waits.change.absolute || waits.change.separate);
  const DiffFigure& own = entity(*view, "redis.service").figure("waits");
  EXPECT_FALSE(own.b);
  EXPECT_EQ(own.b_why, Reason::over_budget);
  EXPECT_EQ(entity(*view, "redis.service").figure("wait_p99").b_why, Reason::over_budget);
}

TEST(DiffView, SidesWithoutAWindow) {
  TwoSides sides(60 * kSecond);
  fill_usual(sides);
  const auto view = sides.view();
  ASSERT_FALSE(view);
  EXPECT_EQ(view.error().kind, ErrorKind::usage);
  EXPECT_EQ(view.error().what, "A (before.smtscope) holds no whole window of 1m: 13 ticks in 12.0 s");
  TwoSides lone;
  DiffNode node;
  lone.a.add(node.begin());
  lone.b.add(node.begin());
  EXPECT_EQ(lone.view().error().what, "A (before.smtscope) holds no whole window of 1s: one tick alone");
}

TEST(DiffView, OneWindowHasNoSpread) {
  TwoSides sides(10 * kSecond);
  fill_usual(sides);
  const auto view = sides.view();
  ASSERT_TRUE(view);
  EXPECT_EQ(view->a.windows, 1u);
  EXPECT_FALSE(diff::node_figure(*view, "all_busy").change.separate);
  EXPECT_NE(view->sentence.find("Each side has one window only"), std::string::npos) << view->sentence;
}

TEST(DiffView, NothingChanged) {
  TwoSides sides;
  DiffNode a, b;
  sides.a.add(a.begin());
  feed(sides.a, a, 12, 0.2, 20);
  sides.b.add(b.begin());
  feed(sides.b, b, 12, 0.2, 20);
  EXPECT_EQ(sides.view()->sentence, "No change beyond the spread of windows.");
}

TEST(DiffView, OfOneEntity) {
  TwoSides sides;
  fill_usual(sides);
  sides.options.of = "redis";
  const auto view = sides.view();
  ASSERT_TRUE(view) << view.error().what;
  ASSERT_EQ(view->entities.size(), 1u);
  EXPECT_EQ(view->entities[0].who.name, "redis.service");
  ASSERT_EQ(view->pairs.size(), 1u);
  sides.options.of = "nobody";
  const auto none = sides.view();
  ASSERT_FALSE(none);
  EXPECT_EQ(exit_status(none.error().kind), 2);
  EXPECT_EQ(none.error().what, "--of: nothing is called 'nobody' in these recordings");
  EXPECT_EQ(none.error().mend, "name one of: kernel, redis.service, settle.service");
}

TEST(DiffView, OfSeveral) {
  TwoSides sides;
  DiffNode a;
  sides.a.add(a.begin());
  for (size_t i = 0; i < 3; i++) {
    test::Second second = shared_second(0.2, 20, 0);
    second.doing[1].who = {7, EntityKind::cgroup, "redis.service", "/user/redis.service", 8, {}, {}};
    sides.a.add(a.after(second));
  }
  DiffNode b;
  sides.b.add(b.begin());
  feed(sides.b, b, 3, 0.2, 20);
  sides.options.of = "redis.service";
  const auto view = sides.view();
  ASSERT_FALSE(view);
  EXPECT_EQ(view.error().kind, ErrorKind::usage);
  EXPECT_EQ(view.error().what, "--of: 2 entities are called 'redis.service'");
  EXPECT_EQ(view.error().mend, "name one of: /system.slice/redis.service (unit), /user/redis.service (cgroup)");
}

TEST(DiffConditions, WhatMattersMostIsFirst) {
  auto other = node_run();
  other->host.smt_control = "off";
  other->host.smt_active = false;
  other->host.mitigations = {{"mds", "Vulnerable"}, {"meltdown", "Mitigation: PTI"}, {"tsx", "Not affected"}};
  other->host.governor = "powersave";
  other->host.kernel = "6.12.1";
  other->host.core_scheduling = "in use (3 processes)";
  other->interval_ns = 500'000'000;
  TwoSides sides;
  fill_usual(sides, other);
  const auto view = sides.view();
  std::vector<std::string> what;
  for (const auto& c : view->conditions) what.push_back(c.what);
  EXPECT_EQ(what, (std::vector<std::string>{"SMT", "mitigation of mds", "mitigation of tsx", "governor", "kernel",
                                            "core scheduling", "interval"}));
  EXPECT_EQ(view->conditions[0].a, "on, active");
  EXPECT_EQ(view->conditions[0].b, "off, not active");
  EXPECT_FALSE(view->conditions[2].a);  // it was not listed
  EXPECT_EQ(view->conditions[5].b, "in use");
  EXPECT_TRUE(view->comparable);
}

TEST(DiffConditions, ThatChangedWhileRecording) {
  auto later = std::make_shared<RunFacts>(*node_run());
  later->host.governor = "powersave";
  TwoSides sides;
  DiffNode a, b;
  sides.a.add(a.begin());
  feed(sides.a, a, 3, 0.2, 20);
  Frame frame = a.after(shared_second(0.2, 20, 0));
  frame.run = later;
  sides.a.add(frame);
  sides.b.add(b.begin());
  feed(sides.b, b, 3, 0.2, 20);
  const auto view = sides.view();
  ASSERT_EQ(view->conditions.size(), 1u);
  EXPECT_EQ(view->conditions[0].a, "performance, then powersave");
  EXPECT_EQ(diff::changed_within(view->a.conditions).size(), 1u);
}

TEST(DiffConditions, GroupedDifferently) {
  auto by_pid = node_run();
  by_pid->grouping = "process";
  TwoSides sides;
  fill_usual(sides, by_pid);
  const auto view = sides.view();
  EXPECT_FALSE(view->comparable);
  EXPECT_TRUE(view->entities.empty() && view->pairs.empty());
  EXPECT_TRUE(diff::node_figure(*view, "oncpu_rate").b);
  sides.options.of = "redis.service";
  EXPECT_EQ(sides.view().error().kind, ErrorKind::usage);
  EXPECT_TRUE(diff::comparable_groupings("cgroup v2", "cgroup v1 (cpu)"));
}

}  // namespace
}  // namespace smtscope
