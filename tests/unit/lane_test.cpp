// SPDX-License-Identifier: Apache-2.0
// From snapshots to batches: intervals, totals, details and the budget of series.
#include "pipeline/lane.h"

#include <gtest/gtest.h>

#include "derive/agent.h"
#include "unit/readings.h"

namespace smtscope {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): the words of this test

constexpr uint64_t kSecond = 1'000'000'000;

std::shared_ptr<Snapshot> snapshot_at(uint64_t second, uint64_t entity_ns) {
  auto s = std::make_shared<Snapshot>();
  s->end_ns = second * kSecond;
  s->topology = topology_of({{0, 1}, {2, 3}});
  for (const uint32_t core : {0u, 2u}) put_core(*s, core, {(second - 1) * kSecond}, 0, second * kSecond);
  put(*s, Reading::entity_time, entity_key(4), {entity_ns, 0, 0, 0, 0});
  s->tables[Reading::pair_time].width = 1;
  s->entities.push_back(cgroup_entity(4, "/e"));
  s->missing[Reading::runqueue_count] = s->missing[Reading::runqueue_sum] = Reason::unsupported;
  put(*s, Reading::cpu_time, cpu_key(0), {second * kSecond, 0, second});
  return s;
}

Frame frame_of(std::shared_ptr<const Snapshot> snapshot, const AgentReadings& readings = {},
               std::vector<std::string> active = {"scheduler", "system"}) {
  Frame frame;
  frame.snapshot = std::move(snapshot);
  frame.agent = readings;
  frame.active = std::move(active);
  return frame;
}

const Point* find(const Batch& batch, std::string_view name, uint32_t part = 0, KeyKind kind = KeyKind::node) {
  for (const Point& point : batch.points)
    if (point.desc->name == name && point.part == part && point.key.kind == kind) return &point;
  return nullptr;
}

TEST(Lane, TotalsGoOnOverARestartOfTheCollectors) {
  Lane lane(kSecond, {}, 20000);
  EXPECT_EQ(lane.take(frame_of(snapshot_at(2, 100))), nullptr) << "one snapshot is no interval";
  auto batch = lane.take(frame_of(snapshot_at(3, 100 + kSecond)));
  ASSERT_NE(batch, nullptr);
  EXPECT_DOUBLE_EQ(find(*batch, "smtscope.entity.cpu.time", 0, KeyKind::entity)->total, 1);
  lane.restart();
  EXPECT_EQ(lane.take(frame_of(snapshot_at(10, 0))), nullptr);
  batch = lane.take(frame_of(snapshot_at(11, kSecond / 2)));
  ASSERT_NE(batch, nullptr);
  const Point* point = find(*batch, "smtscope.entity.cpu.time", 0, KeyKind::entity);
  EXPECT_DOUBLE_EQ(point->delta, 0.5);
  EXPECT_DOUBLE_EQ(point->total, 1.5) << "never lowered";
}

TEST(Lane, ASignalWithoutItsCollectorHasNoPointsButIsCounted) {
  Lane lane(kSecond, {}, 20000);
  AgentReadings readings;
  readings.collectors.push_back({"scheduler", 3, Reason::over_budget});
  (void)lane.take(frame_of(snapshot_at(2, 0), readings));
  const auto batch = lane.take(frame_of(snapshot_at(3, 9), readings, {"system"}));
  ASSERT_NE(batch, nullptr);
  EXPECT_EQ(find(*batch, "smtscope.node.core.time"), nullptr);
  EXPECT_NE(find(*batch, "system.cpu.time"), nullptr);
  const auto over_budget = static_cast<uint32_t>(Reason::over_budget) - 1;
  ASSERT_NE(find(*batch, "smtscope.reading.missing", over_budget), nullptr);
  EXPECT_EQ(find(*batch, "smtscope.reading.missing", over_budget)->delta, 1);
  EXPECT_EQ(find(*batch, "smtscope.collector.state", 3)->value, 1);
  EXPECT_EQ(find(*batch, "smtscope.collector.state", 0)->value, 0);
}

TEST(Lane, WhatIsKnownOfTheNodeGoesToItsInfo) {
  Lane lane(kSecond, {}, 20000);
  lane.set_node_attributes({{"rack", "b7", false}});
  (void)lane.take(frame_of(snapshot_at(2, 0)));
  const auto batch = lane.take(frame_of(snapshot_at(3, 9)));
  ASSERT_NE(batch, nullptr);
  const Point* info = find(*batch, "smtscope.node.info");
  ASSERT_NE(info, nullptr);
  EXPECT_EQ(info->attributes.at(info->attributes.size() - 1), (Attribute{"rack", "b7", false}));
}

TEST(Lane, DetailHidesCores) {
  Lane lane(kSecond, {}, 20000);
  (void)lane.take(frame_of(snapshot_at(2, 0)));
  const auto batch = lane.take(frame_of(snapshot_at(3, 9)));
  ASSERT_NE(batch, nullptr);
  EXPECT_NE(find(*at_detail(batch, Detail::core), "smtscope.core.time", 0, KeyKind::core), nullptr);
  const auto node = at_detail(batch, Detail::node);
  EXPECT_EQ(find(*node, "smtscope.core.time", 0, KeyKind::core), nullptr);
  EXPECT_NE(find(*node, "smtscope.node.core.time"), nullptr);
  EXPECT_EQ(node->end_ns, batch->end_ns);
}

TEST(Lane, SeriesBeyondTheBudgetGoFinestFirstAndAreCounted) {
  const auto batch_of = [](Lane& lane) {
    (void)lane.take(frame_of(snapshot_at(2, 0)));
    return lane.take(frame_of(snapshot_at(3, 9)));
  };
  const auto count = [](const Batch& batch) {
    uint64_t series = 0;
    for (const Point& point : batch.points) series += series_of(point);
    return series;
  };
  Lane whole(kSecond, {}, 20000);
  const uint64_t all_series = count(*batch_of(whole));
  EXPECT_EQ(whole.series_dropped(), 0u);
  Lane lane(kSecond, {}, all_series - 8);  // two cores of four states
  const auto batch = batch_of(lane);
  ASSERT_NE(batch, nullptr);
  EXPECT_EQ(count(*batch), all_series - 8);
  EXPECT_EQ(lane.series_dropped(), 8u);
  EXPECT_NE(find(*batch, "smtscope.node.core.time"), nullptr);
  EXPECT_EQ(find(*batch, "smtscope.core.time", 0, KeyKind::core), nullptr);
}

TEST(AgentPoints, GrowthSinceTheTickBefore) {
  AgentReadings before, now;
  before.programs.push_back({"switch_word", 1000, 10, std::nullopt});
  now.programs.push_back({"switch_word", 3000, 30, 4096});
  before.exporters.push_back({"file", 100, 90, 5, 0, 5, 3000});
  now.exporters.push_back({"file", 150, 140, 6, 0, 4, 2400});
  now.ticks.counts[2] = now.ticks.count = 1;
  now.ticks.sum = 0.05;
  const std::vector<Point> points = agent_points(before, now);
  const Batch batch{points, 0, 0, 0};
  EXPECT_DOUBLE_EQ(find(batch, "smtscope.agent.bpf.time")->delta, 2e-6);
  EXPECT_EQ(find(batch, "smtscope.agent.bpf.runs")->delta, 20);
  EXPECT_EQ(find(batch, "smtscope.agent.bpf.memory")->value, 4096);
  EXPECT_EQ(find(batch, "smtscope.exporter.accepted")->delta, 50);
  EXPECT_EQ(find(batch, "smtscope.exporter.items", 0)->delta, 50);
  EXPECT_EQ(find(batch, "smtscope.exporter.items", 4)->delta, 1);
  EXPECT_EQ(find(batch, "smtscope.exporter.pending", 0)->value, 4);
  EXPECT_EQ(find(batch, "smtscope.agent.tick.duration")->delta_histogram->count, 1u);
  EXPECT_DOUBLE_EQ(*find(batch, "smtscope.agent.tick.duration")->delta_histogram->sum, 0.05);
}

}  // namespace
}  // namespace smtscope
