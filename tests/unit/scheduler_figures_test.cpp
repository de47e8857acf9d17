// SPDX-License-Identifier: Apache-2.0
#include "derive/scheduler_figures.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "unit/readings.h"

namespace smtscope {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): the words of this test

constexpr uint64_t kSecond = 1'000'000'000;

// C = 100 core-seconds, S = 40, D = 30.
struct Use {
  double yield;
  double want;
};

TEST(TrueUse, IsWorkOverCapacity) {
  for (const Use& use : {Use{0.9, .6700}, Use{1.05, .6810}, Use{1.3, .6077}, Use{1.6, .5500}}) {
    const auto range = true_use(40, 30, 100, 0, use.yield, use.yield);
    EXPECT_NEAR(range.low, use.want, 5e-5);
    EXPECT_NEAR(range.high, use.want, 5e-5);
  }
}

TEST(TrueUse, KnownPlacements) {
  // Ideal at 50 % and 75 %, random at 50 %, over the yields 1.05, 1.3, 1.6.
  const struct {
    double single, both;
    double want[3];
  } cases[] = {{.9007, .0497, {.907, .742, .613}}, {.5, .5, {.976, .885, .8125}}, {.5, .25, {.726, .635, .5625}}};
  const double yields[] = {1.05, 1.3, 1.6};
  for (const auto& test : cases)
    for (int i = 0; i < 3; i++)
      EXPECT_NEAR(true_use(test.single, test.both, 1, 0, yields[i], yields[i]).low, test.want[i], 6e-4);
}

TEST(TrueUse, TheRangeHasItsExtremesInside) {
  // At a yield of 1 it is 0.70: more than at both ends.
  const auto range = true_use(40, 30, 100, 0, 0.9, 1.7);
  EXPECT_NEAR(range.high, 0.70, 1e-12);
  EXPECT_NEAR(range.low, 91.0 / 170, 1e-12);
  EXPECT_EQ(range.yield_low, 0.9);
  EXPECT_EQ(range.yield_high, 1.7);
}

TEST(TrueUse, NoYieldOfTheRangeIsOutsideIt) {
  for (const double single : {0.0, 10.0, 70.0})
    for (const double both : {0.0, 1.0, 30.0})
      for (const double plain : {0.0, 50.0})
        for (const auto& [low, high] : {std::pair{0.9, 1.7}, {0.5, 0.8}, {1.2, 1.4}}) {
          const auto range = true_use(single, both, 100, plain, low, high);
          for (double y = low; y <= high; y += 0.01) {
            const double use = (single + y * both) / (100 * std::max(y, 1.0) + plain);
            EXPECT_GE(use, range.low - 1e-12);
            EXPECT_LE(use, range.high + 1e-12);
          }
        }
}

using Cores = std::vector<std::vector<uint32_t>>;

struct Between {
  Snapshot first, later;
  explicit Between(const Cores& cores, bool attested = true) {
    first.end_ns = 10 * kSecond;
    later.end_ns = 20 * kSecond;
    first.topology = later.topology = topology_of(cores, attested);
    later.bucket_upper_ns = std::make_shared<const std::vector<uint64_t>>(std::vector<uint64_t>{1024, 2048, 4096, 0});
    for (const auto& cpus : cores) put_core(first, cpus[0], {0}, 0, 10 * kSecond);
  }
  // Ten seconds of one core, by number of busy siblings.
  Between& core(uint32_t id, const std::vector<uint64_t>& seconds, uint64_t unknown = 0) {
    std::vector<uint64_t> ns;
    for (const uint64_t s : seconds) ns.push_back(s * kSecond);
    put_core(later, id, ns, unknown * kSecond, 20 * kSecond);
    return *this;
  }
  [[nodiscard]] SchedulerFigures figures() const { return scheduler_figures(make_interval(first, later)); }
};

TEST(Figures, TwoSiblings) {
  const SchedulerFigures f = Between({{0, 1}}).core(0, {3, 4, 3}).figures();
  ASSERT_EQ(f.cores.size(), 1u);
  const CoreFigures& core = f.cores[0];
  EXPECT_EQ(core.start_ns, 10 * kSecond);
  EXPECT_EQ(core.end_ns, 20 * kSecond);
  EXPECT_EQ(core.seconds.idle, 3);
  EXPECT_EQ(core.seconds.single, 4);
  EXPECT_EQ(core.seconds.partial, std::nullopt);
  EXPECT_EQ(core.seconds.all_busy, 3);
  EXPECT_EQ(core.busy_siblings, (std::vector<double>{3, 4, 3}));
  EXPECT_EQ(f.window_seconds, 10);
  EXPECT_DOUBLE_EQ(*f.capacity.cpu_used, .5);
  EXPECT_DOUBLE_EQ(*f.capacity.core_used, .7);
  EXPECT_DOUBLE_EQ(*f.capacity.all_busy, .3);
  ASSERT_TRUE(f.capacity.true_used);
  EXPECT_DOUBLE_EQ(f.capacity.true_used->high, .7);
}

TEST(Figures, WithoutASiblingBusyIsSingle) {
  const SchedulerFigures f = Between(Cores{{0}, {1}}).core(0, {2, 8}).core(1, {10}).figures();
  EXPECT_EQ(f.cores[0].seconds.single, 8);
  EXPECT_EQ(f.cores[0].seconds.all_busy, std::nullopt);
  EXPECT_EQ(f.cores[0].busy_siblings.size(), 2u);
  EXPECT_EQ(f.node.all_busy, std::nullopt);
  EXPECT_EQ(f.capacity.all_busy, std::nullopt);
  EXPECT_DOUBLE_EQ(*f.capacity.cpu_used, .4);
  EXPECT_DOUBLE_EQ(*f.capacity.core_used, .4);
  EXPECT_DOUBLE_EQ(f.capacity.true_used->low, .4);
  EXPECT_DOUBLE_EQ(f.capacity.true_used->high, .4);
}

TEST(Figures, FourAndEightSiblings) {
  const SchedulerFigures f = Between({{0, 1, 2, 3}}).core(0, {1, 2, 3, 3, 1}).figures();
  EXPECT_EQ(f.cores[0].seconds.single, 2);
  EXPECT_EQ(f.cores[0].seconds.partial, 6);
  EXPECT_EQ(f.cores[0].seconds.all_busy, 1);
  EXPECT_DOUBLE_EQ(*f.capacity.cpu_used, (2 + 2 * 3 + 3 * 3 + 4) / 40.0);
  EXPECT_EQ(f.capacity.true_used, std::nullopt);
  EXPECT_EQ(f.capacity.true_used_reason, Reason::unsupported);

  const SchedulerFigures eight = Between({{0, 1, 2, 3, 4, 5, 6, 7}}).core(0, {0, 1, 1, 1, 1, 1, 1, 2, 2}).figures();
  EXPECT_EQ(eight.cores[0].seconds.partial, 7);
  EXPECT_EQ(eight.cores[0].seconds.all_busy, 2);
  EXPECT_EQ(eight.cores[0].busy_siblings.size(), 9u);
}

TEST(Figures, AHybridNodeWeighsCoresByTheirTime) {
  const SchedulerFigures f = Between({{0, 1}, {2}}).core(0, {3, 4, 3}).core(2, {5, 5}).figures();
  EXPECT_EQ(f.node.idle, 8);
  EXPECT_EQ(f.node.single, 9);
  EXPECT_EQ(f.node.all_busy, 3);
  EXPECT_DOUBLE_EQ(*f.capacity.cpu_used, (4 + 2 * 3 + 5) / 30.0);
  EXPECT_DOUBLE_EQ(*f.capacity.core_used, 12 / 20.0);
  EXPECT_DOUBLE_EQ(*f.capacity.all_busy, .3);  // of the core that can
  ASSERT_TRUE(f.capacity.true_used);
  EXPECT_DOUBLE_EQ(f.capacity.true_used->low, (9 + 1.7 * 3) / (17 + 10));
  EXPECT_DOUBLE_EQ(f.capacity.true_used->high, 12 / 20.0);
}

TEST(Figures, SharesAreOfKnownTime) {
  const SchedulerFigures f = Between({{0, 1}}).core(0, {1, 0, 1}, 8).figures();
  EXPECT_EQ(f.cores[0].seconds.unknown, 8);
  EXPECT_DOUBLE_EQ(*f.capacity.cpu_used, .5);
  EXPECT_DOUBLE_EQ(f.capacity.true_used->high, .5);
  const SchedulerFigures nothing = Between({{0, 1}}).core(0, {0}, 10).figures();
  EXPECT_EQ(nothing.capacity.cpu_used, std::nullopt);
  EXPECT_EQ(nothing.capacity.core_used, std::nullopt);
  EXPECT_EQ(nothing.capacity.all_busy, std::nullopt);
  EXPECT_EQ(nothing.capacity.true_used, std::nullopt);
  EXPECT_EQ(nothing.capacity.true_used_reason, Reason::too_few);
}

TEST(Figures, WithoutAttestationOnlyTheClaimIsMissing) {
  const SchedulerFigures f = Between({{0, 1}}, false).core(0, {3, 4, 3}).figures();
  EXPECT_EQ(f.capacity.true_used, std::nullopt);
  EXPECT_EQ(f.capacity.true_used_reason, Reason::not_attested);
  EXPECT_DOUBLE_EQ(*f.capacity.cpu_used, .5);
  EXPECT_EQ(f.node.all_busy, 3);
}

TEST(Figures, AChangedCoreIsUnknownAlsoInTheNodesSums) {
  Between between({{0, 1}, {2, 3}});
  between.later.topology = topology_of({{0, 1}, {2}});
  between.core(0, {3, 4, 3}).core(2, {1, 2, 7});
  const SchedulerFigures f = between.figures();
  ASSERT_EQ(f.cores.size(), 2u);
  EXPECT_EQ(f.cores[0].reason, Reason::ok);
  EXPECT_EQ(f.cores[1].reason, Reason::changed);
  EXPECT_EQ(f.cores[1].seconds.unknown, 10);  // also what was all busy while it had a sibling
  EXPECT_EQ(f.cores[1].seconds.single, 0);
  EXPECT_EQ(f.cores[1].busy_siblings, (std::vector<double>{0, 0}));
  EXPECT_EQ(f.node.idle, 3);
  EXPECT_EQ(f.node.single, 4);
  EXPECT_EQ(f.node.all_busy, 3);
  EXPECT_EQ(f.node.unknown, 10);
  EXPECT_DOUBLE_EQ(*f.capacity.cpu_used, .5);
}

TEST(Figures, WithoutCoresTheWindowIsTheIntervals) {
  Between between({{0, 1}});
  between.first.tables.clear();
  const SchedulerFigures f = between.figures();
  EXPECT_EQ(f.start_ns, 10 * kSecond);
  EXPECT_EQ(f.end_ns, 20 * kSecond);
  EXPECT_EQ(f.window_seconds, 10);
  EXPECT_EQ(f.capacity.cpu_used, std::nullopt);
}

RunqueueFigures waits(const std::vector<std::pair<uint32_t, uint64_t>>& buckets, uint64_t sum_ns = 0) {
  Between between({{0, 1}});
  between.core(0, {10});
  put(between.first, Reading::runqueue_count, entity_key(9, 0), {0});
  put(between.first, Reading::runqueue_sum, entity_key(9), {0});
  put(between.first, Reading::entity_time, entity_key(9), {0, 0, 0, 0, 0});
  put(between.later, Reading::entity_time, entity_key(4), {kSecond, 0, 0, 0, 0});
  put(between.later, Reading::runqueue_sum, entity_key(4), {sum_ns});
  between.later.tables[Reading::runqueue_count].width = 1;
  for (const auto& [bucket, count] : buckets)
    put(between.later, Reading::runqueue_count, entity_key(4, bucket), {count});
  between.later.entities = {cgroup_entity(4, "/a")};
  const SchedulerFigures f = between.figures();
  EXPECT_EQ(f.entities.size(), 1u);
  return f.entities.at(0).runqueue.value();
}

TEST(RunQueueFigures, PercentilesAreUpperBoundsOfTheirBucket) {
  const RunqueueFigures r = waits({{0, 50}, {1, 49}, {2, 1}}, 123'000'000);
  EXPECT_EQ(r.count, 100u);
  EXPECT_EQ(r.sum_seconds, .123);
  EXPECT_EQ(r.p50_us, 1.024);  // the 50th of 100
  EXPECT_EQ(r.p99_us, 2.048);  // the 99th
  EXPECT_EQ(r.max_us, 4.096);
  EXPECT_EQ(r.buckets.size(), 3u);
}

TEST(RunQueueFigures, OneMoreMovesThePercentile) {
  EXPECT_EQ(waits({{0, 50}, {1, 51}}).p50_us, 2.048);  // the 51st of 101
  EXPECT_EQ(waits({{0, 98}, {1, 2}}).p99_us, 2.048);   // the 99th of 100
  EXPECT_EQ(waits({{0, 99}, {1, 1}}).p99_us, 1.024);
  EXPECT_EQ(waits({{1, 1}}).p50_us, 2.048);
  EXPECT_EQ(waits({{1, 1}}).p99_us, 2.048);
}

TEST(RunQueueFigures, TheLastBucketHasNoBound) {
  const RunqueueFigures r = waits({{0, 1}, {3, 9}});
  EXPECT_EQ(r.p50_us, std::nullopt);
  EXPECT_EQ(r.max_us, std::nullopt);
  EXPECT_EQ(r.buckets[1].upper_us, std::nullopt);
  EXPECT_EQ(r.buckets[1].count, 9u);
}

TEST(RunQueueFigures, WithoutWaitsThereIsNoPercentile) {
  const RunqueueFigures r = waits({});
  EXPECT_EQ(r.count, 0u);
  EXPECT_EQ(r.p50_us, std::nullopt);
  EXPECT_EQ(r.max_us, std::nullopt);
}

TEST(RunQueueFigures, NotMeasuredIsNotZero) {
  Between between({{0, 1}});
  between.core(0, {10});
  put(between.first, Reading::entity_time, entity_key(9), {0, 0, 0, 0, 0});
  put(between.later, Reading::entity_time, entity_key(4), {kSecond, 0, 0, 0, 0});
  between.later.entities = {cgroup_entity(4, "/a")};
  between.later.missing[Reading::runqueue_count] = Reason::unsupported;
  ASSERT_EQ(between.figures().entities.size(), 1u);
  EXPECT_FALSE(between.figures().entities[0].runqueue.has_value());
}

PlacementFigures placement(uint64_t transitions, uint64_t sampled, uint64_t avoidable, bool smt = true) {
  Between between(smt ? Cores{{0, 1}} : Cores{{0}});
  between.core(0, {10});
  put(between.first, Reading::placement, {}, {0, 0, 0});
  put(between.first, Reading::placement_count, {}, {0});
  put(between.later, Reading::placement, {}, {transitions, sampled, avoidable});
  put(between.later, Reading::placement_count, {KeyKind::node, 1, 0}, {avoidable});
  return between.figures().placement;
}

TEST(Placement, WilsonInterval) {
  // By hand: p = .5, n = 10, z = 1.96: .5 +- .2634; 0 of 10: up to z2 / (n + z2).
  const PlacementFigures half = placement(160, 10, 5);
  EXPECT_NEAR(*half.avoidable_low, .2366, 1e-4);
  EXPECT_NEAR(*half.avoidable_high, .7634, 1e-4);
  const PlacementFigures none = placement(160, 10, 0);
  EXPECT_NEAR(*none.avoidable_low, 0, 1e-12);
  EXPECT_NEAR(*none.avoidable_high, 3.841459 / 13.841459, 1e-6);
  const PlacementFigures all = placement(160, 10, 10);
  EXPECT_NEAR(*all.avoidable_low, 10 / 13.841459, 1e-6);
  EXPECT_NEAR(*all.avoidable_high, 1, 1e-12);
  EXPECT_EQ(all.buckets.size(), 1u);
  EXPECT_EQ(all.buckets[0].upper_us, 2.048);
}

TEST(Placement, WithoutSamplesThereIsNoShare) {
  const PlacementFigures p = placement(7, 0, 0);
  EXPECT_EQ(p.transitions, 7u);
  EXPECT_EQ(p.avoidable_low, std::nullopt);
  EXPECT_EQ(p.avoidable_high, std::nullopt);
}

TEST(Placement, WithoutSiblingsItDoesNotApply) { EXPECT_EQ(placement(0, 0, 0, false).transitions, std::nullopt); }

TEST(Figures, EntitiesAndPairsComeBusiestFirst) {
  Between between({{0, 1}});
  between.core(0, {0, 4, 6});
  put(between.first, Reading::entity_time, entity_key(9), {0, 0, 0, 0, 0});
  put(between.first, Reading::pair_time, pair_key(9, 9), {0});
  put(between.later, Reading::entity_time, entity_key(4), {kSecond, 0, 2 * kSecond, 0, 0});
  put(between.later, Reading::entity_time, entity_key(5), {3 * kSecond, 8 * kSecond, 2 * kSecond, 0, 0});
  put(between.later, Reading::pair_time, pair_key(4, 5), {2 * kSecond});
  put(between.later, Reading::pair_time, pair_key(5, 5), {4 * kSecond});
  between.later.entities = {cgroup_entity(4, "/a"), cgroup_entity(5, "/b")};
  const SchedulerFigures f = between.figures();
  ASSERT_EQ(f.entities.size(), 2u);
  EXPECT_EQ(f.entities[0].who.id, 5u);
  EXPECT_EQ(f.entities[0].busy_seconds(), 13);
  EXPECT_EQ(f.entities[1].oncpu[kClassOther], 2);
  ASSERT_EQ(f.pairs.size(), 2u);
  EXPECT_EQ(f.pairs[0].seconds, 4);
  EXPECT_EQ(f.pairs[1].a, 4u);
}

TEST(Figures, WhatTheAccountingLost) {
  Between between({{0, 1}});
  between.core(0, {10});
  put(between.first, Reading::anomaly, {}, {1, 1, 1, 1, 1, 1, 1, 1});
  put(between.later, Reading::anomaly, {}, {3, 500'000'001, 4, 5, 6, 250'000'001, 7, 8});
  between.later.word_variant = false;
  const LostFigures lost = between.figures().lost;
  EXPECT_FALSE(lost.word_variant);
  EXPECT_EQ(lost.switches, 2u);
  EXPECT_EQ(lost.seconds, .5);
  EXPECT_EQ(lost.contended, 3u);
  EXPECT_EQ(lost.clamped, 4u);
  EXPECT_EQ(lost.pairs_dropped, 5u);
  EXPECT_EQ(lost.pairs_dropped_seconds, .25);
  EXPECT_EQ(lost.entities_dropped, 6u);
}

}  // namespace
}  // namespace smtscope
