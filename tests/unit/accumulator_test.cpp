// SPDX-License-Identifier: Apache-2.0
#include "model/accumulator.h"

#include <gtest/gtest.h>

#include <limits>

namespace smtscope {
namespace {

constexpr std::array<std::string_view, 2> kParts = {"x", "y"};
constexpr MetricDesc kTime{"test.time", "s", MetricKind::counter, KeyKind::entity, "test.part", kParts, "help"};
constexpr MetricDesc kOther{"test.other", "s", MetricKind::counter, KeyKind::entity, "test.part", kParts, "help"};
constexpr MetricDesc kWait{"test.wait", "s", MetricKind::histogram, KeyKind::node, {}, {}, "help"};
constexpr MetricDesc kLevel{"test.level", "By", MetricKind::gauge, KeyKind::node, {}, {}, "help"};

Point counter(double delta, const std::string& who = "a", uint32_t part = 0, const MetricDesc& desc = kTime) {
  Point point;
  point.desc = &desc;
  point.part = part;
  point.delta = delta;
  point.attributes = {{"id", who, true}, {"name", "any", false}};
  return point;
}

double add(Accumulator& totals, Point point) {
  totals.add({&point, 1});
  return point.total;
}

TEST(Accumulator, SumsEachSeriesApart) {
  Accumulator totals;
  EXPECT_EQ(add(totals, counter(1)), 1);
  EXPECT_EQ(add(totals, counter(2)), 3);
  EXPECT_EQ(add(totals, counter(10, "b")), 10);
  EXPECT_EQ(add(totals, counter(20, "a", 1)), 20);
  EXPECT_EQ(add(totals, counter(40, "a", 0, kOther)), 40);
  Point from_hardware = counter(80);
  from_hardware.source = "hw_core";
  EXPECT_EQ(add(totals, from_hardware), 80);
  EXPECT_EQ(add(totals, counter(0)), 3);
  EXPECT_EQ(totals.series(), 5u);
}

TEST(Accumulator, ASeriesIsItsIdentityNotItsKeyOrName) {
  Accumulator totals;
  Point point = counter(1);
  point.key = {KeyKind::entity, 4, 0};
  EXPECT_EQ(add(totals, point), 1);
  point.key = {KeyKind::entity, 9, 0};  // the unit was restarted
  point.attributes = {{"id", "a", true}, {"name", "another name", false}};
  EXPECT_EQ(add(totals, point), 2);
  point.attributes = {{"id", int64_t{1}, true}, {"name", "another name", false}};
  EXPECT_EQ(add(totals, point), 1);
}

TEST(Accumulator, IdentitiesDoNotRunTogether) {
  Accumulator totals;
  Point first = counter(1), second = counter(1);
  first.attributes = {{"p", "x1:ay", true}, {"q", "z", true}};
  second.attributes = {{"p", "x", true}, {"q", "ay1:z", true}};
  EXPECT_EQ(add(totals, first), 1);
  EXPECT_EQ(add(totals, second), 1);
}

TEST(Accumulator, AnUnknownDeltaAddsNothingAndKeepsItsReason) {
  Accumulator totals;
  add(totals, counter(5));
  Point point = counter(1000);
  point.quality.reason = Reason::changed;
  totals.add({&point, 1});
  EXPECT_EQ(point.total, 5);
  EXPECT_EQ(point.quality.reason, Reason::changed);
  EXPECT_EQ(add(totals, counter(1)), 6);
}

TEST(Accumulator, ATotalIsNeverLowered) {
  for (const double bad : {-1.0, -1e-300, std::numeric_limits<double>::quiet_NaN(),
                           std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()}) {
    Accumulator totals;
    add(totals, counter(5));
    Point point = counter(bad);
    totals.add({&point, 1});
    EXPECT_EQ(point.total, 5) << bad;
    EXPECT_EQ(point.quality.reason, Reason::implausible) << bad;
    EXPECT_EQ(add(totals, counter(1)), 6) << bad;
  }
}

TEST(Accumulator, ALesserReadingStillCounts) {
  Accumulator totals;
  Point point = counter(2);
  point.quality = {Reason::multiplexed, 0.5F};
  EXPECT_EQ(add(totals, point), 2);
}

TEST(Accumulator, HistogramsAddBucketByBucket) {
  Accumulator totals;
  Point point;
  point.desc = &kWait;
  point.delta_histogram.emplace();
  point.delta_histogram->counts[3] = 2;
  point.delta_histogram->counts[kLadderBounds] = 1;
  point.delta_histogram->count = 3;
  point.delta_histogram->sum = 0.5;
  totals.add({&point, 1});
  EXPECT_EQ(*point.total_histogram, *point.delta_histogram);
  totals.add({&point, 1});
  EXPECT_EQ(point.total_histogram->counts[3], 4u);
  EXPECT_EQ(point.total_histogram->counts[kLadderBounds], 2u);
  EXPECT_EQ(point.total_histogram->count, 6u);
  EXPECT_EQ(point.total_histogram->sum, 1.0);
  EXPECT_EQ(point.delta_histogram->count, 3u);

  point.quality.reason = Reason::lost;
  totals.add({&point, 1});
  EXPECT_EQ(point.total_histogram->count, 6u);

  point.quality.reason = Reason::ok;
  point.delta_histogram->sum.reset();
  totals.add({&point, 1});
  EXPECT_EQ(point.total_histogram->count, 9u);
  EXPECT_EQ(point.total_histogram->sum, std::nullopt);
}

TEST(Accumulator, LeavesGaugesAlone) {
  Accumulator totals;
  Point point;
  point.desc = &kLevel;
  point.value = 7;
  totals.add({&point, 1});
  EXPECT_EQ(point.value, 7);
  EXPECT_EQ(point.total, 0);
  EXPECT_EQ(totals.series(), 0u);
}

TEST(Ladder, EachBoundIsInclusive) {
  EXPECT_EQ(ladder_cell(1), 0u);
  for (int i = 0; i < kLadderBounds; i++) {
    EXPECT_EQ(ladder_cell(ladder_upper_ns(i)), static_cast<size_t>(i));
    EXPECT_EQ(ladder_cell(ladder_upper_ns(i) + 1), static_cast<size_t>(i) + 1);
  }
  EXPECT_EQ(ladder_cell(0), static_cast<size_t>(kLadderBounds));
  EXPECT_EQ(ladder_cell(UINT64_MAX), static_cast<size_t>(kLadderBounds));
}

}  // namespace
}  // namespace smtscope
