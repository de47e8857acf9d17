// SPDX-License-Identifier: Apache-2.0
// Spread and change, rates of work, windows and what is kept of them.
#include <gtest/gtest.h>

#include "compare/spread.h"
#include "compare/window_plan.h"
#include "compare/window_rows.h"
#include "compare/window_sum.h"
#include "compare/work_rate.h"
#include "unit/recording_frames.h"

namespace smtscope {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;

std::vector<Sample> samples(const std::vector<double>& values) {
  std::vector<Sample> out;
  for (const double v : values) out.push_back({v, 1});
  return out;
}

TEST(Spread, IsLinearBetweenTheSortedValues) {
  const auto s = spread_of(samples({5, 1, 4, 2, 3}));
  ASSERT_TRUE(s);
  EXPECT_DOUBLE_EQ(s->median, 3);
  EXPECT_DOUBLE_EQ(*s->p10, 1.4);  // position 0.1 * 4 between 1 and 2
  EXPECT_DOUBLE_EQ(*s->p90, 4.6);
  EXPECT_DOUBLE_EQ(s->mean, 3);
  EXPECT_EQ(s->windows, 5u);
  EXPECT_DOUBLE_EQ(percentile({10, 20}, 0.5), 15);
  EXPECT_DOUBLE_EQ(percentile({10, 20}, 1), 20);
}

TEST(Spread, MeanIsOfTheTime) {
  const auto s = spread_of({{10, 1}, {40, 3}});
  EXPECT_DOUBLE_EQ(s->mean, 32.5);
  EXPECT_DOUBLE_EQ(s->median, 25);
}

TEST(Spread, OneWindowHasNone) {
  const auto s = spread_of(samples({7}));
  ASSERT_TRUE(s);
  EXPECT_DOUBLE_EQ(s->median, 7);
  EXPECT_FALSE(s->p10 || s->p90);
  EXPECT_FALSE(spread_of({}));
  const Change change = change_of(s, spread_of(samples({8, 8})));
  EXPECT_DOUBLE_EQ(*change.absolute, 1);
  EXPECT_FALSE(change.separate);
}

TEST(Change, SeparateMeansTheRangesDoNotTouch) {
  const auto low = spread_of(samples({1, 2, 3})), high = spread_of(samples({4, 5, 6})),
             mid = spread_of(samples({2, 3, 4}));
  EXPECT_TRUE(*change_of(low, high).separate);
  EXPECT_TRUE(*change_of(high, low).separate);
  EXPECT_FALSE(*change_of(low, mid).separate);
  EXPECT_FALSE(*change_of(low, low).separate);
  // The same value in all windows of both is no change, and touches itself.
  EXPECT_FALSE(*change_of(spread_of(samples({5, 5})), spread_of(samples({5, 5}))).separate);
  EXPECT_DOUBLE_EQ(*change_of(low, high).percent, 150);
  EXPECT_DOUBLE_EQ(*change_of(high, low).percent, -60);
}

TEST(Change, FromNothingHasNoPercent) {
  const Change change = change_of(spread_of(samples({0, 0})), spread_of(samples({1, 2})));
  EXPECT_DOUBLE_EQ(*change.absolute, 1.5);
  EXPECT_FALSE(change.percent);
  EXPECT_TRUE(*change.separate);
  const Change unknown = change_of(std::nullopt, spread_of(samples({1, 2})));
  EXPECT_FALSE(unknown.absolute || unknown.percent || unknown.separate);
}

TEST(Change, OfTotalsTakesTheMean) {
  const auto a = spread_of(samples({0, 0, 0, 8})), b = spread_of(samples({0, 0, 0, 16}));
  EXPECT_DOUBLE_EQ(*change_of(a, b).absolute, 0);
  EXPECT_DOUBLE_EQ(*change_of(a, b, Centre::mean).absolute, 2);
  EXPECT_DOUBLE_EQ(scaled(b, 0.5)->mean, 2);
  EXPECT_DOUBLE_EQ(*scaled(spread_of(samples({2, 4})), 2)->p90, 7.6);
  EXPECT_FALSE(scaled(std::nullopt, 2));
}

TEST(WorkRate, Forms) {
  const std::vector<std::pair<std::string, double>> good = {
      {"41000/s", 41000}, {"41k/s", 41000},      {"2.5M/min", 2.5e6 / 60}, {"7200/h", 2},  {"1G/s", 1e9},
      {"0.5/s", 0.5},     {" 41 k / s ", 41000}, {"1e3/s", 1000},          {"3K/s", 3000}, {"9/second", 9}};
  for (const auto& [text, rate] : good) {
    const auto parsed = parse_work_rate(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_DOUBLE_EQ(*parsed, rate) << text;
  }
  for (const char* text : {"", "s", "41000", "41000/", "/s", "41000/d", "41x/s", "0/s", "-5/s", "nan/s", "inf/s",
                           "1e999/s", "41,000/s", "41000/s/s", "k/s"}) {
    const auto parsed = parse_work_rate(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().kind, ErrorKind::usage);
    EXPECT_NE(parsed.error().mend.find("41000/s, 41k/s, 2.5M/min"), std::string::npos);
  }
  EXPECT_EQ(parse_work_rate("41000").error().what, "'41000' is not a rate of work: it does not say in what time");
  EXPECT_EQ(parse_work_rate("0/s").error().what, "'0/s' is not a rate of work: it must be more than 0");
}

TEST(WindowPlan, LeavesTheShorterSideTenWindows) {
  EXPECT_EQ(choose_window_ns(3600 * kSecond, 3600 * kSecond), 60 * kSecond);
  EXPECT_EQ(choose_window_ns(3600 * kSecond, 100 * kSecond), 10 * kSecond);
  EXPECT_EQ(choose_window_ns(99 * kSecond, 3600 * kSecond), 10 * kSecond);  // a tick short
  EXPECT_EQ(choose_window_ns(12 * kSecond, 12 * kSecond), kSecond);
  EXPECT_EQ(choose_window_ns(0, 5 * kSecond), kSecond);
  EXPECT_EQ(whole_intervals_ns(kSecond, 500'000'000), kSecond);
  EXPECT_EQ(whole_intervals_ns(kSecond, 10 * kSecond), 10 * kSecond);
  EXPECT_EQ(whole_intervals_ns(25 * kSecond, 10 * kSecond), 30 * kSecond);
  EXPECT_EQ(whole_intervals_ns(kSecond, 0), kSecond);
}

TEST(WindowRows, DropsTheLightestFirstAndKeepsTheirSums) {
  WindowRows rows(1, 8);
  const double one = 1;
  for (uint32_t w = 0; w < 4; w++)
    for (uint64_t thing = 1; thing <= 3; thing++) rows.add(thing, w, &one, static_cast<double>(thing));
  EXPECT_GE(rows.dropped(), 1u);
  EXPECT_TRUE(rows.find(1)->dropped);
  EXPECT_FALSE(rows.find(3)->dropped);
  EXPECT_EQ(rows.find(3)->windows.size(), 4u);
  EXPECT_DOUBLE_EQ(rows.find(1)->sums[0], 4);
  EXPECT_EQ(rows.find(9), nullptr);
}

TEST(WindowRows, RefusesThingsWithoutEnd) {
  WindowRows rows(1, 1000, 5);
  const double one = 1;
  for (uint64_t thing = 0; thing < 20; thing++) rows.add(thing, 0, &one, 1);
  EXPECT_EQ(rows.things().size(), 5u);
  EXPECT_EQ(rows.refused(), 15u);
}

TEST(NamedEntities, GoByKindAndName) {
  NamedEntities names(3);
  const uint32_t first = names.id_of({10, EntityKind::process, "redis", {}, {}, 71, "redis"});
  EXPECT_EQ(names.id_of({99, EntityKind::process, "redis", {}, {}, 72, "redis"}), first);
  EXPECT_NE(names.id_of({11, EntityKind::unit, "redis", {}, {}, {}, {}}), first);
  EXPECT_GE(first, kFirstEntity);
  EXPECT_EQ(names.id_of({kKernelEntity, EntityKind::kernel, "kernel", {}, {}, {}, {}}), kKernelEntity);
  // A kernel thread that is its own entity is not the one that stands for all.
  EXPECT_NE(names.id_of({12, EntityKind::kernel, "kernel", {}, {}, 3, "kernel"}), kKernelEntity);
  EXPECT_EQ(names.id_of({13, EntityKind::unit, "one too many", {}, {}, {}, {}}), kOtherEntity);
  EXPECT_EQ(names.left_out(), 1u);
}

TEST(WindowSum, AddsUpAndMergesNames) {
  NamedEntities names;
  WindowSum sum(names);
  const auto frames = [](uint64_t second, uint64_t value) {
    Frame frame = test::some_frame(second, value);
    auto snapshot = std::make_shared<Snapshot>(*frame.snapshot);
    snapshot->entities = {test::some_entity(4, "/a"), test::some_entity(9, "/a")};
    return snapshot;
  };
  sum.add(make_interval(*frames(1, 100), *frames(2, 300)));
  sum.add(make_interval(*frames(2, 300), *frames(3, 350)));
  const Interval all = sum.result();
  EXPECT_EQ(all.start_ns, kSecond);
  EXPECT_EQ(all.end_ns, 3 * kSecond);
  ASSERT_EQ(all.entities.size(), 1u);
  const uint32_t id = all.entities[0].id;
  EXPECT_EQ(all.entities[0].name, "/a");
  EXPECT_EQ(all.tables.at(Reading::entity_time).find({KeyKind::entity, id, 0})[0], 250u);
  // 4 beside 4 and 4 beside 9 are one pair now: once and twice the value.
  EXPECT_EQ(all.tables.at(Reading::pair_time).find({KeyKind::pair, id, id})[0], 750u);
  EXPECT_EQ(all.missing.at(Reading::cpu_time), Reason::permission);
  sum.clear();
  EXPECT_TRUE(sum.empty());
}

TEST(WindowSum, WhatOneIntervalHasNotIsMissing) {
  NamedEntities names;
  WindowSum sum(names);
  auto first = test::some_frame(1, 1), second = test::some_frame(2, 2), third = test::some_frame(3, 3);
  auto blind = std::make_shared<Snapshot>(*third.snapshot);
  blind->tables.erase(Reading::runqueue_count);
  blind->missing[Reading::runqueue_count] = Reason::over_budget;
  sum.add(make_interval(*first.snapshot, *second.snapshot));
  sum.add(make_interval(*second.snapshot, *blind));
  const Interval all = sum.result();
  EXPECT_FALSE(all.tables.contains(Reading::runqueue_count));
  EXPECT_EQ(all.missing.at(Reading::runqueue_count), Reason::over_budget);
  EXPECT_TRUE(all.tables.contains(Reading::entity_time));
}

TEST(WindowSum, WaitsOfAllAreThoseOfOne) {
  const auto first = test::some_frame(1, 100), second = test::some_frame(2, 300);
  const Interval all = waits_of_all(make_interval(*first.snapshot, *second.snapshot));
  ASSERT_EQ(all.entities.size(), 1u);
  EXPECT_EQ(all.tables.at(Reading::runqueue_count).find({KeyKind::entity, kOtherEntity, 0})[0], 200u);
  EXPECT_EQ(all.tables.at(Reading::runqueue_sum).find({KeyKind::entity, kOtherEntity, 0})[0], 200u * 90);
}

}  // namespace
}  // namespace smtscope
