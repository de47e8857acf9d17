// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "derive/numa.h"
#include "derive/numa_figures.h"
#include "derive/numa_metrics.h"
#include "readings.h"
#include "stat_fixture.h"
#include "views/stat_numa.h"

namespace smtscope {
namespace {

using test::put;

constexpr uint32_t kWeb = 7, kIdle = 8;

// Two readings, 1 s apart: `web` has 3000 bytes on node 0 and 1000 on node 1, and ran 1 s and 3 s there; `idle` has
// memory and no time.
struct Readings {
  Snapshot before, after;

  Readings() {
    auto topology = test::topology_of({{0, 1}, {2, 3}});
    topology->cores[1].node = 1;
    before.topology = after.topology = topology;
    after.end_ns = 1'000'000'000;
    after.entities = {test::cgroup_entity(kWeb, "/web"), test::cgroup_entity(kIdle, "/idle")};
    for (Snapshot* s : {&before, &after}) {
      const bool later = s == &after;
      for (const uint32_t node : {0, 1})
        put(*s, Reading::numa_alloc, {KeyKind::numa_node, node, 0},
            {0, 0, 0, 0, later ? 130u + node : 100u, later ? 110u : 100u});
      put(*s, Reading::numa_hint, {}, {later ? 50u : 10u, later ? 40u : 10u, 0, 0});
      put(*s, Reading::numa_placement, {}, {later ? 2u : 1u, 0, 0, 0});
      s->tables[Reading::entity_time].width = reading_width(Reading::entity_time);
      s->tables[Reading::entity_node_time].width = 1;
      s->tables[Reading::entity_resident].width = 1;
    }
    put(after, Reading::entity_time, {KeyKind::entity, kWeb, 0}, {4'000'000'000, 0, 0, 0, 0});
    put(after, Reading::entity_node_time, {KeyKind::entity, kWeb, 0}, {1'000'000'000});
    put(after, Reading::entity_node_time, {KeyKind::entity, kWeb, 1}, {3'000'000'000});
    resident(kWeb, 3000, 1000);
    resident(kIdle, 5, 5);
  }

  void resident(uint32_t entity, uint64_t node0, uint64_t node1) {
    put(after, Reading::entity_resident, {KeyKind::entity, entity, 0}, {node0});
    put(after, Reading::entity_resident, {KeyKind::entity, entity, 1}, {node1});
  }
  [[nodiscard]] Interval interval() const { return make_interval(before, after); }
};

TEST(NumaFigures, Differences) {
  const NumaFigures f = numa_figures(Readings().interval());
  EXPECT_EQ(f.allocations->local, 61);
  EXPECT_EQ(f.allocations->remote, 20);
  EXPECT_EQ(f.hint_faults->local, 30);
  EXPECT_EQ(f.hint_faults->remote, 10);
  EXPECT_EQ(f.decisions->moves, 1u);
  EXPECT_TRUE(f.several_nodes);
}

TEST(NumaFigures, ResidentByTheShareOfTime) {
  const NumaFigures f = numa_figures(Readings().interval());
  ASSERT_TRUE(f.resident.contains(kWeb));
  const ResidentFigures& web = f.resident.at(kWeb);
  EXPECT_EQ(web.bytes.local, 3000 * 0.25 + 1000 * 0.75);
  EXPECT_EQ(web.bytes.remote, 3000 * 0.75 + 1000 * 0.25);
  EXPECT_EQ(web.remote_least, 4000 - (1000 + 1000)) << "a quarter of the time fits 1000 bytes, the rest the other 1000";
  EXPECT_EQ(web.remote_most, 4000) << "it may never use what is near";
}

TEST(NumaFigures, OneNodeOfTimeOrMemoryLeavesNoDoubt) {
  Readings r;
  r.after.tables[Reading::entity_node_time] = Table{1, {}, {}};
  put(r.after, Reading::entity_node_time, {KeyKind::entity, kWeb, 1}, {1});
  const ResidentFigures web = numa_figures(r.interval()).resident.at(kWeb);
  EXPECT_EQ(web.bytes.remote, 3000);
  EXPECT_EQ(web.remote_least, 3000);
  EXPECT_EQ(web.remote_most, 3000);
}

TEST(NumaFigures, NodesWithMemoryAlone) {
  Readings r;
  auto topology = test::topology_of({{0, 1}});
  r.before.topology = r.after.topology = topology;
  for (Snapshot* s : {&r.before, &r.after}) {
    s->tables.erase(Reading::entity_node_time);
    s->missing[Reading::entity_node_time] = Reason::not_applicable;
  }
  EXPECT_EQ(numa_figures(r.interval()).resident.at(kWeb).bytes.remote, 1000) << "all CPUs are of node 0";
}

TEST(NumaFigures, WhatIsMissingSaysWhy) {
  Readings r;
  for (Snapshot* s : {&r.before, &r.after}) {
    s->tables.erase(Reading::numa_hint);
    s->missing[Reading::numa_hint] = Reason::disabled;
    s->tables.erase(Reading::entity_resident);
    s->missing[Reading::entity_resident] = Reason::permission;
  }
  const NumaFigures f = numa_figures(r.interval());
  EXPECT_FALSE(f.hint_faults);
  EXPECT_EQ(f.hint_faults_reason, Reason::disabled);
  EXPECT_EQ(resident_reason_of(f, test::cgroup_entity(kWeb, "/web")), Reason::permission);
}

TEST(NumaFigures, ANodeThatCameIsLeftOut) {
  Readings r;
  put(r.after, Reading::numa_alloc, {KeyKind::numa_node, 2, 0}, {0, 0, 0, 0, 1000, 1000});
  EXPECT_EQ(numa_figures(r.interval()).allocations->all(), 81);
}

TEST(NumaFigures, MemoryAloneListsNobody) {
  const Interval interval = Readings().interval();
  ASSERT_EQ(interval.entities.size(), 1u);
  EXPECT_EQ(interval.entities[0].id, kWeb);
  EXPECT_FALSE(numa_figures(interval).resident.contains(kIdle));
  EXPECT_FALSE(interval.tables.at(Reading::entity_resident).find({KeyKind::entity, kIdle, 0})) << "nor adds to `other`";
}

const Point* find(const std::vector<Point>& points, NumaMetric which, uint32_t part) {
  for (const Point& point : points)
    if (point.desc == &metric(which) && point.part == part) return &point;
  return nullptr;
}

TEST(NumaPoints, AreTheFiguresWithTheirSource) {
  const auto points = numa_points(Readings().interval());
  const Point* remote = find(points, NumaMetric::allocations, kRemotePart);
  ASSERT_TRUE(remote);
  EXPECT_EQ(remote->delta, 20);
  EXPECT_EQ(remote->source, "sw_alloc");
  const Point* hint = find(points, NumaMetric::hint_faults, kLocalPart);
  ASSERT_TRUE(hint);
  EXPECT_EQ(hint->delta, 30);
  EXPECT_EQ(hint->source, "sw_hint");
  const Point* resident = find(points, NumaMetric::resident, kRemotePart);
  ASSERT_TRUE(resident);
  EXPECT_EQ(resident->value, 2500);
  EXPECT_EQ(resident->source, "sw_placement");
  EXPECT_EQ(resident->key.a, kWeb);
}

TEST(NumaPoints, MissingReadingsAreCounted) {
  Readings r;
  for (Snapshot* s : {&r.before, &r.after}) {
    s->tables.erase(Reading::numa_hint);
    s->missing[Reading::numa_hint] = Reason::disabled;
  }
  double disabled = 0, all = 0;
  for (const Point& point : numa_points(r.interval())) {
    if (point.desc->name != "smtscope.reading.missing") continue;
    all += point.delta;
    if (point.desc->parts[point.part] == "disabled") disabled += point.delta;
  }
  EXPECT_EQ(disabled, 1);
  EXPECT_EQ(all, 1);
}

TEST(NumaPoints, NothingWithOneNode) {
  Snapshot before;
  before.topology = test::topology_of({{0, 1}});
  for (const Reading reading :
       {Reading::numa_alloc, Reading::numa_hint, Reading::numa_placement, Reading::entity_resident})
    before.missing[reading] = Reason::not_applicable;
  const Interval interval = make_interval(before, before);
  EXPECT_TRUE(numa_points(interval).empty());
  EXPECT_EQ(resident_reason_of(numa_figures(interval), test::cgroup_entity(kWeb, "/web")), Reason::not_applicable);
}

TEST(StatNuma, LinesAndJson) {
  Readings r;
  r.resident(kWeb, 30'000'000, 10'000'000);
  r.after.tables[Reading::entity_resident] = Table{1, {}, {}};
  r.resident(kWeb, 30'000'000, 10'000'000);
  StatView view;
  view.numa = numa_figures(r.interval());
  EntityFigures web;
  web.who = r.after.entities[0];
  view.figures.entities = {web};
  EXPECT_EQ(numa_lines(view, 200),
            "NUMA        25 % of 81 allocations remote; 25 % of 40 hint faults remote; tasks: 1 moved to their "
            "memory; memory away from the CPU time (estimate): /web 25 MB of 40 MB\n");
  Object out;
  put_numa(view, web.who, out);
  EXPECT_EQ(out.json["numa"].dump(),
            R"([{"source":"sw_placement","local":15000000.0,"remote":25000000.0,"unit":"By"}])");
  Object other;
  put_numa(view, r.after.entities[1], other);
  EXPECT_TRUE(other.json["numa"].is_null());
  EXPECT_EQ(other.why["numa"], "not_counted");
  view.numa = NumaFigures();
  EXPECT_EQ(numa_lines(view, 200), "");
}

}  // namespace
}  // namespace smtscope
