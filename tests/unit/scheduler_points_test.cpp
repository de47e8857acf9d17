// SPDX-License-Identifier: Apache-2.0
#include "derive/scheduler.h"

#include <gtest/gtest.h>

#include <map>
#include <numeric>
#include <set>

#include "derive/entity_attributes.h"
#include "derive/scheduler_figures.h"
#include "derive/scheduler_metrics.h"
#include "kernel/ledger_reader.h"
#include "unit/readings.h"

namespace smtscope {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): the words of this test

constexpr uint64_t kMs = 1'000'000;
constexpr uint32_t kA = 4, kB = 5, kC = 6;

std::shared_ptr<const std::vector<uint64_t>> kernel_bounds() {
  auto bounds = std::make_shared<std::vector<uint64_t>>();
  for (uint32_t k = 0; k < SMTSCOPE_BUCKETS; k++) bounds->push_back(bucket_upper_ns(k));
  return bounds;
}

// All tables, everything zero, two cores of n siblings.
Snapshot zero(const std::vector<std::vector<uint32_t>>& cores) {
  Snapshot s;
  s.end_ns = 1000 * kMs;
  s.topology = topology_of(cores);
  s.bucket_upper_ns = kernel_bounds();
  for (const auto& cpus : cores) put_core(s, cpus[0], {0}, 0, 1000 * kMs);
  for (const Reading reading : {Reading::entity_time, Reading::pair_time, Reading::runqueue_count,
                                Reading::runqueue_sum, Reading::placement_count})
    s.tables[reading].width = reading_width(reading);
  put(s, Reading::placement, {}, {0, 0, 0});
  put(s, Reading::anomaly, {}, {0, 0, 0, 0, 0, 0, 0, 0});
  return s;
}

Snapshot second(const std::vector<std::vector<uint32_t>>& cores) {
  Snapshot s = zero(cores);
  s.end_ns = 2000 * kMs;
  s.tables.erase(Reading::core_state);
  s.tables.erase(Reading::core_window);
  s.tables.erase(Reading::placement);
  s.tables.erase(Reading::anomaly);
  for (const auto& cpus : cores)
    put_core(s, cpus[0], {600 * kMs, 300 * kMs, cpus.size() > 1 ? 100 * kMs : 0}, 0, 2000 * kMs);
  put(s, Reading::placement, {}, {100, 6, 2});
  put(s, Reading::anomaly, {}, {0, 0, 0, 0, 0, 0, 0, 0});
  return s;
}

std::string text(const Attribute& attribute) {
  if (const auto* s = std::get_if<std::string>(&attribute.value)) return *s;
  if (const auto* n = std::get_if<int64_t>(&attribute.value)) return std::to_string(*n);
  return std::get<bool>(attribute.value) ? "true" : "false";
}

// "metric{identity}.part" -> point.
std::map<std::string, Point> by_series(const std::vector<Point>& points) {
  std::map<std::string, Point> all;
  for (const Point& point : points) {
    std::string name(point.desc->name.substr(9));  // without "smtscope."
    for (const Attribute& attribute : point.attributes)
      if (attribute.identity) name += "{" + text(attribute) + "}";
    if (!point.desc->parts.empty()) (name += '.') += point.desc->parts[point.part];
    EXPECT_TRUE(all.emplace(name, point).second) << name << " twice";
  }
  return all;
}

std::map<std::string, Point> points_of(const Snapshot& first, const Snapshot& later) {
  return by_series(scheduler_points(make_interval(first, later)));
}

double missing(const std::map<std::string, Point>& points, const std::string& reason) {
  return points.at("reading.missing{scheduler}." + reason).delta;
}

double all_missing(const std::map<std::string, Point>& points) {
  double sum = 0;
  for (const std::string_view reason : kReasonParts) sum += missing(points, std::string(reason));
  return sum;
}

TEST(SchedulerMetrics, ReasonsAreTheContractsWords) {
  for (size_t i = 0; i < kReasonParts.size(); i++) EXPECT_EQ(kReasonParts[i], reason_word(static_cast<Reason>(i + 1)));
}

TEST(SchedulerPoints, StatesOfTwoSiblings) {
  const auto p = points_of(zero({{0, 1}, {2, 3}}), second({{0, 1}, {2, 3}}));
  EXPECT_EQ(p.at("core.time{0}.idle").delta, .6);
  EXPECT_EQ(p.at("core.time{2}.single").delta, .3);
  EXPECT_EQ(p.at("core.time{2}.all_busy").delta, .1);
  EXPECT_EQ(p.at("core.time{2}.unknown").delta, 0);
  EXPECT_FALSE(p.contains("core.time{2}.partial"));
  EXPECT_EQ(p.at("node.core.time.idle").delta, 1.2);
  EXPECT_EQ(p.at("node.core.time.all_busy").delta, .2);
  EXPECT_FALSE(p.contains("node.core.time.partial"));
  EXPECT_FALSE(p.contains("node.sibling.time.busy_0"));
  EXPECT_EQ(all_missing(p), 0);
  EXPECT_EQ(text(p.at("node.info").attributes.at(0)), "2");
  EXPECT_EQ(text(p.at("node.info").attributes.at(2)), "true");
}

TEST(SchedulerPoints, WithoutSiblingsNothingIsSaidOfThem) {
  const auto p = points_of(zero({{0}, {1}}), second({{0}, {1}}));
  EXPECT_EQ(p.at("core.time{0}.single").delta, .3);
  EXPECT_FALSE(p.contains("core.time{0}.all_busy"));
  EXPECT_FALSE(p.contains("node.core.time.all_busy"));
  EXPECT_FALSE(p.contains("node.placement.transitions.avoidable"));
  EXPECT_FALSE(p.contains("node.placement.idle_core.duration"));
  EXPECT_EQ(all_missing(p), 0);
}

TEST(SchedulerPoints, FourSiblingsByNumberBusy) {
  Snapshot first = zero({{0, 1, 2, 3}}), later = second({{0, 1, 2, 3}});
  later.tables.erase(Reading::core_state);
  later.tables.erase(Reading::core_window);
  put_core(later, 0, {100 * kMs, 200 * kMs, 300 * kMs, 250 * kMs, 150 * kMs}, 0, 2000 * kMs);
  const auto p = points_of(first, later);
  EXPECT_EQ(p.at("core.time{0}.partial").delta, .55);
  EXPECT_EQ(p.at("node.core.time.all_busy").delta, .15);
  EXPECT_EQ(p.at("node.sibling.time.busy_0").delta, .1);
  EXPECT_EQ(p.at("node.sibling.time.busy_3").delta, .25);
  EXPECT_EQ(p.at("node.sibling.time.busy_4").delta, .15);
  EXPECT_FALSE(p.contains("node.sibling.time.busy_5"));
}

TEST(SchedulerPoints, AChangedCoreHasUnknownOnly) {
  const auto p = points_of(zero({{0, 1}, {2, 3}}), second({{0, 1}, {2}}));
  EXPECT_EQ(p.at("core.time{2}.unknown").delta, .9);
  EXPECT_FALSE(p.contains("core.time{2}.idle"));
  EXPECT_EQ(p.at("node.core.time.idle").delta, .6);
  EXPECT_EQ(p.at("node.core.time.unknown").delta, .9);
  EXPECT_EQ(p.at("core.time{0}.idle").delta, .6);
  EXPECT_EQ(all_missing(p), 0);  // it is in the part
}

TEST(SchedulerPoints, EntitiesWithTheirWaits) {
  Snapshot later = second({{0, 1}, {2, 3}});
  put(later, Reading::entity_time, entity_key(kA), {200 * kMs, 0, 100 * kMs, 0, 0});
  put(later, Reading::entity_time, entity_key(kB), {5 * kMs, 0, 100 * kMs, 0, 0});
  put(later, Reading::pair_time, pair_key(kA, kB), {100 * kMs});
  put(later, Reading::runqueue_count, entity_key(kA, 0), {3});
  put(later, Reading::runqueue_count, entity_key(kA, SMTSCOPE_BUCKETS - 1), {1});
  put(later, Reading::runqueue_sum, entity_key(kA), {18'000 * kMs});
  later.entities = {cgroup_entity(kA, "/a"), cgroup_entity(kB, "/b")};
  const auto p = points_of(zero({{0, 1}, {2, 3}}), later);
  const std::string a = exported_entity_id(later.entities[0]), b = exported_entity_id(later.entities[1]);
  EXPECT_EQ(p.at("entity.cpu.time{" + a + "}.sibling_idle").delta, .2);
  EXPECT_EQ(p.at("entity.cpu.time{" + a + "}.sibling_other").delta, .1);
  EXPECT_EQ(p.at("entity.cpu.time{" + a + "}.no_sibling").delta, 0);  // a known zero
  EXPECT_EQ(p.at("entity.info{" + a + "}").value, 1);
  const Histogram& waits = *p.at("entity.runqueue.wait{" + a + "}").delta_histogram;
  EXPECT_EQ(waits.count, 4u);
  EXPECT_EQ(waits.sum, 18);
  EXPECT_EQ(waits.counts[0], 3u);
  EXPECT_EQ(waits.counts[kLadderBounds], 1u);
  EXPECT_EQ(p.at("entity.runqueue.wait{" + b + "}").delta_histogram->count, 0u);
  const auto [low, high] = std::minmax(a, b);
  const Point& pair = p.at("pair.time{" + low + "}{" + high + "}");
  EXPECT_EQ(pair.delta, .1);
  EXPECT_EQ(text(pair.attributes.at(2)), low == a ? "/a" : "/b");
  EXPECT_EQ(text(pair.attributes.at(3)), low == a ? "/b" : "/a");
}

TEST(SchedulerPoints, EveryKernelBucketLiesInOneCellOfTheLadder) {
  uint64_t lower = 0;
  for (uint32_t k = 0; k < SMTSCOPE_BUCKETS; k++) {
    const uint64_t upper = bucket_upper_ns(k);
    EXPECT_EQ(ladder_cell(lower + 1), ladder_cell(upper)) << k;
    Snapshot later = second({{0, 1}});
    put(later, Reading::runqueue_count, entity_key(kA, k), {k + 1});
    put(later, Reading::runqueue_sum, entity_key(kA), {1});
    later.entities = {cgroup_entity(kA, "/a")};
    const auto p = points_of(zero({{0, 1}}), later);
    const Histogram& waits =
        *p.at("entity.runqueue.wait{" + exported_entity_id(later.entities[0]) + "}").delta_histogram;
    EXPECT_EQ(waits.counts[ladder_cell(upper)], k + 1);
    EXPECT_EQ(std::accumulate(waits.counts.begin(), waits.counts.end(), uint64_t{0}), waits.count);
    lower = upper;
  }
}

TEST(SchedulerPoints, OneOutsideIsOneSeries) {
  // A unit was restarted: another entity, the same name.
  Entity was = cgroup_entity(kA, "/system.slice/x.service"), is = cgroup_entity(kB, "/system.slice/x.service");
  was.kind = is.kind = EntityKind::unit;
  was.name = is.name = "x.service";
  Snapshot later = second({{0, 1}});
  put(later, Reading::entity_time, entity_key(kA), {2 * kMs, 0, 7 * kMs, 0, 0});
  put(later, Reading::entity_time, entity_key(kB), {3 * kMs, 0, 7 * kMs, 0, 0});
  put(later, Reading::entity_time, entity_key(kC), {0, 0, 10 * kMs, 0, 0});
  put(later, Reading::pair_time, pair_key(kA, kC), {4 * kMs});
  put(later, Reading::pair_time, pair_key(kB, kC), {6 * kMs});
  put(later, Reading::pair_time, pair_key(kA, kB), {1 * kMs});
  put(later, Reading::runqueue_count, entity_key(kA, 0), {3});
  put(later, Reading::runqueue_count, entity_key(kB, 0), {4});
  put(later, Reading::runqueue_sum, entity_key(kA), {1 * kMs});
  put(later, Reading::runqueue_sum, entity_key(kB), {2 * kMs});
  later.entities = {was, is, cgroup_entity(kC, "/c")};
  const auto p = points_of(zero({{0, 1}}), later);
  EXPECT_DOUBLE_EQ(p.at("entity.cpu.time{unit:x.service}.sibling_idle").delta, .005);
  EXPECT_EQ(p.at("entity.runqueue.wait{unit:x.service}").delta_histogram->count, 7u);
  EXPECT_DOUBLE_EQ(*p.at("entity.runqueue.wait{unit:x.service}").delta_histogram->sum, .003);
  EXPECT_DOUBLE_EQ(p.at("pair.time{" + exported_entity_id(later.entities[2]) + "}{unit:x.service}").delta, .01);
  EXPECT_DOUBLE_EQ(p.at("pair.time{unit:x.service}{unit:x.service}").delta, .001);
}

TEST(SchedulerPoints, NamesOutside) {
  Entity e = cgroup_entity(kA, "/system.slice/ssh.service");
  e.kind = EntityKind::unit;
  e.name = "ssh.service";
  EXPECT_EQ(exported_entity_id(e), "unit:ssh.service");
  e.cgroup = "/ssh.service";
  EXPECT_EQ(exported_entity_id(e), "unit:ssh.service");
  e.cgroup = "/user.slice/user-1.slice/user@1.service/app.slice/ssh.service";  // somebody else's
  EXPECT_EQ(exported_entity_id(e).size(), 16u);
  EXPECT_EQ(exported_entity_id(e), exported_entity_id(cgroup_entity(kB, *e.cgroup)));
  EXPECT_EQ(exported_entity_id(cgroup_entity(kA, "a")), "af63dc4c8601ec8c");  // FNV-1a's published value
  EXPECT_NE(exported_entity_id(cgroup_entity(kA, "/a")), exported_entity_id(cgroup_entity(kA, "/b")));
  Entity gone;
  gone.id = kA;
  gone.kind = EntityKind::cgroup;
  gone.name = "cgroup:77";
  EXPECT_EQ(exported_entity_id(gone).size(), 16u);
  gone.kind = EntityKind::process;
  gone.pid = 12;
  EXPECT_EQ(exported_entity_id(gone), "pid:12");
  gone.kind = EntityKind::kernel;
  EXPECT_EQ(exported_entity_id(gone), "pid:12");
  gone.pid.reset();
  EXPECT_EQ(exported_entity_id(gone), "kernel");
  gone.kind = EntityKind::other;
  EXPECT_EQ(exported_entity_id(gone), "other");
}

TEST(SchedulerPoints, PlacementIsNotExtrapolated) {
  Snapshot later = second({{0, 1}});
  put(later, Reading::placement_count, {KeyKind::node, 40, 0}, {2});
  const auto p = points_of(zero({{0, 1}}), later);
  EXPECT_EQ(p.at("node.placement.transitions.avoidable").delta, 2);
  EXPECT_EQ(p.at("node.placement.transitions.unavoidable").delta, 4);
  EXPECT_EQ(p.at("node.placement.transitions.unknown").delta, 94);
  const Histogram& idle = *p.at("node.placement.idle_core.duration").delta_histogram;
  EXPECT_EQ(idle.count, 2u);
  EXPECT_EQ(idle.sum, std::nullopt);
  EXPECT_EQ(idle.counts[ladder_cell(bucket_upper_ns(40))], 2u);
}

TEST(SchedulerPoints, CountersReadOutOfStepDoNotGoBelowZero) {
  Snapshot later = second({{0, 1}});
  later.tables.erase(Reading::placement);
  put(later, Reading::placement, {}, {3, 4, 5});
  const auto p = points_of(zero({{0, 1}}), later);
  EXPECT_EQ(p.at("node.placement.transitions.unavoidable").delta, 0);
  EXPECT_EQ(p.at("node.placement.transitions.unknown").delta, 0);
}

TEST(SchedulerPoints, AnomaliesAndWhatTheyLeaveUnknown) {
  Snapshot later = second({{0, 1}});
  auto p = points_of(zero({{0, 1}}), later);
  EXPECT_EQ(p.at("scheduler.anomalies.lost").delta, 0);
  EXPECT_EQ(p.at("scheduler.anomaly.time.clamped").delta, 0);
  later.tables.erase(Reading::anomaly);
  put(later, Reading::anomaly, {}, {1, 20 * kMs, 3, 4, 5, 60 * kMs, 7, 8});
  p = points_of(zero({{0, 1}}), later);
  EXPECT_EQ(p.at("scheduler.anomalies.lost").delta, 1);
  EXPECT_EQ(p.at("scheduler.anomalies.contended").delta, 3);
  EXPECT_EQ(p.at("scheduler.anomalies.clamped").delta, 4);
  EXPECT_EQ(p.at("scheduler.anomalies.pair_dropped").delta, 5);
  EXPECT_EQ(p.at("scheduler.anomalies.entity_dropped").delta, 7);
  EXPECT_EQ(p.at("scheduler.anomaly.time.lost").delta, .02);
  EXPECT_FALSE(p.contains("scheduler.anomaly.time.clamped"));
  EXPECT_EQ(missing(p, "not_counted"), 4);
  EXPECT_EQ(missing(p, "lost"), 8);  // waits that were not booked
}

TEST(SchedulerPoints, WhatIsMissingIsAbsentAndCounted) {
  struct Case {
    Reading reading;
    std::vector<std::string> gone;
  };
  const Case cases[] = {
      {Reading::core_state, {"core.time{0}.idle", "node.core.time.idle", "node.core.time.unknown"}},
      {Reading::core_window, {"core.time{0}.idle", "node.core.time.idle", "node.core.time.unknown"}},
      {Reading::entity_time, {"entity.cpu.time{kernel}.sibling_idle"}},
      {Reading::pair_time, {"pair.time{kernel}{kernel}"}},
      {Reading::runqueue_count, {"entity.runqueue.wait{kernel}"}},
      {Reading::runqueue_sum, {"entity.runqueue.wait{kernel}"}},
      {Reading::placement, {"node.placement.transitions.avoidable", "node.placement.idle_core.duration"}},
      {Reading::placement_count, {"node.placement.transitions.avoidable", "node.placement.idle_core.duration"}},
      {Reading::anomaly, {"scheduler.anomalies.lost", "scheduler.anomaly.time.lost"}},
  };
  Snapshot later = second({{0, 1}});
  put(later, Reading::entity_time, entity_key(kKernelEntity), {1, 2, 0, 0, 0});
  put(later, Reading::pair_time, pair_key(kKernelEntity, kKernelEntity), {1});
  put(later, Reading::runqueue_count, entity_key(kKernelEntity), {1});
  put(later, Reading::runqueue_sum, entity_key(kKernelEntity), {1});
  later.entities = {{kKernelEntity, EntityKind::kernel, "kernel", {}, {}, {}, {}}};
  const auto whole = points_of(zero({{0, 1}}), later);
  for (const Case& test : cases) {
    SCOPED_TRACE(static_cast<int>(test.reading));
    Snapshot less = later;
    less.tables.erase(test.reading);
    less.missing[test.reading] = Reason::over_budget;
    const auto p = points_of(zero({{0, 1}}), less);
    std::set<std::string> gone(test.gone.begin(), test.gone.end());
    for (const auto& [name, point] : whole) {
      const std::string metric = name.substr(0, name.find('{'));
      const bool same_metric =
          std::any_of(gone.begin(), gone.end(), [&](const std::string& g) { return whole.at(g).desc == point.desc; });
      EXPECT_EQ(p.contains(name), !same_metric) << name;
    }
    EXPECT_EQ(missing(p, "over_budget"), 1);
    EXPECT_EQ(all_missing(p), 1);
  }
}

TEST(SchedulerPoints, AResetEntityIsUnknownAlone) {
  Snapshot first = zero({{0, 1}}), later = second({{0, 1}});
  put(first, Reading::entity_time, entity_key(kA), {9 * kMs, 0, 0, 0, 0});
  put(later, Reading::entity_time, entity_key(kA), {1 * kMs, 0, 0, 0, 0});
  put(later, Reading::runqueue_count, entity_key(kA), {1});
  put(later, Reading::runqueue_sum, entity_key(kA), {16});
  put(later, Reading::entity_time, entity_key(kB), {1 * kMs, 0, 0, 0, 0});
  later.entities = {cgroup_entity(kA, "/a"), cgroup_entity(kB, "/b")};
  const auto p = points_of(first, later);
  const std::string a = exported_entity_id(later.entities[0]), b = exported_entity_id(later.entities[1]);
  EXPECT_FALSE(p.contains("entity.cpu.time{" + a + "}.sibling_idle"));
  EXPECT_FALSE(p.contains("entity.runqueue.wait{" + a + "}"));
  EXPECT_EQ(p.at("entity.cpu.time{" + b + "}.sibling_idle").delta, .001);
  EXPECT_EQ(missing(p, "changed"), 1);
}

TEST(SchedulerPoints, AgreeWithTheFiguresOfStat) {
  Snapshot later = second({{0, 1}, {2, 3}});
  put(later, Reading::entity_time, entity_key(kA), {123'456'789, 7, 98'765'432, 11, 0});
  later.entities = {cgroup_entity(kA, "/a")};
  const Interval interval = make_interval(zero({{0, 1}, {2, 3}}), later);
  const SchedulerFigures f = scheduler_figures(interval);
  const auto p = by_series(scheduler_points(interval));
  EXPECT_EQ(p.at("node.core.time.single").delta, f.node.single);
  const std::string a = "entity.cpu.time{" + exported_entity_id(later.entities[0]) + "}.";
  for (uint32_t c = 0; c < kClassColumns; c++)
    EXPECT_EQ(p.at(a + std::string(kSiblingStateParts[c])).delta, f.entities.at(0).oncpu[c]);
}

}  // namespace
}  // namespace smtscope
