// SPDX-License-Identifier: Apache-2.0
// Counters of an interval as they leave the node and as `stat` shows them: a Zen 4 whose slots close, and what is
// missing.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "derive/counters.h"
#include "unit/readings.h"
#include "views/stat_view.h"

namespace smtscope {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): the words of this test

constexpr uint32_t kService = 4;
constexpr uint64_t kSecond = 1'000'000'000;

CounterPlan zen_plan() {
  CounterPlan plan;
  plan.microarchitecture = "zen4";
  plan.pmu = "cpu";
  plan.dialect = "zen4_l1_group";
  plan.slots_per_cycle = 6;
  plan.cpus = {0, 1};
  for (const char* name :
       {"ls_not_halted_cyc", "de_no_dispatch_per_slot.no_ops_from_frontend", "de_no_dispatch_per_slot.backend_stalls",
        "de_no_dispatch_per_slot.smt_contention", "ex_ret_ops", "de_src_op_disp.all"})
    plan.events.push_back({name, 4, 0, 0, 0, 0, Reason::ok, ""});
  for (const char* name : {"instructions", "cycles"}) plan.events.push_back({name, 0, 0, 0, 0, 1, Reason::ok, ""});
  plan.events.push_back({"ref-cycles", 0, 0, 0, 0, 0, Reason::unsupported, "this CPU has none"});
  plan.instructions = 6;
  plan.cycles = 7;
  plan.ref_cycles = 8;
  return plan;
}

// Counts of one CPU in the order of the plan.
using CpuRow = std::vector<uint64_t>;
const CpuRow kClosing = {1000, 1000, 1000, 600, 3000, 3400, 2000, 1000};

// From nothing to `rows` in one second, of which the events of the second group ran `running`.
Interval zen_interval(const std::vector<CpuRow>& rows, double running = 1) {
  Snapshot before, after;
  const auto plans = std::make_shared<const std::vector<CounterPlan>>(std::vector<CounterPlan>{zen_plan()});
  for (Snapshot* s : {&before, &after}) {
    const bool end = s == &after;
    s->start_ns = s->end_ns = end ? 2 * kSecond : kSecond;
    s->topology = topology_of({{0, 1}});
    s->counter_plans = plans;
    s->entities = {cgroup_entity(kService, "/service")};
    put_core(*s, 0, end ? std::vector<uint64_t>{0, kSecond, 0} : std::vector<uint64_t>{0, 0, 0}, 0, s->end_ns);
    put(*s, Reading::entity_time, entity_key(kService), {end ? kSecond : 0, 0, 0, 0, 0});
    for (uint32_t cpu = 0; cpu < rows.size(); cpu++)
      for (uint32_t event = 0; event < rows[cpu].size(); event++) {
        const auto ran = static_cast<uint64_t>(event >= 6 ? running * kSecond : kSecond);
        put(*s, Reading::cpu_counter, {KeyKind::counter, cpu, event},
            {end ? rows[cpu][event] : 0, end ? kSecond : 0, end ? ran : 0});
      }
    const uint64_t n = end ? 1 : 0;
    put(*s, Reading::entity_counter, entity_key(kService, static_cast<uint32_t>(SliceClass::idle)),
        {n * kSecond / 2, n * 1200, n * 400, 0, 0});
    put(*s, Reading::entity_counter, entity_key(kService, static_cast<uint32_t>(SliceClass::other)),
        {n * kSecond / 4, n * 300, n * 200, 0, 0});
    put(*s, Reading::entity_counter, entity_key(kService, static_cast<uint32_t>(SliceClass::mixed)),
        {n * kSecond / 8, n * 100, n * 90, 0, n * kSecond / 8});
  }
  return make_interval(before, after);
}

// name, or name/part, -> delta.
std::map<std::string, Point> points_of(const Interval& interval) {
  std::map<std::string, Point> all;
  for (const Point& point : counter_points(interval)) {
    std::string name(point.desc->name);
    if (!point.desc->parts.empty()) name += "/" + std::string(point.desc->parts[point.part]);
    if (point.desc->key == KeyKind::cpu) name += "#" + std::to_string(point.key.a);
    all[name] = point;
  }
  return all;
}

TEST(CounterPoints, SlotsAreSharesTimesSlots) {
  const auto points = points_of(zen_interval({kClosing, kClosing}));
  const auto delta = [&](const std::string& name) { return points.at("smtscope." + name).delta; };
  EXPECT_DOUBLE_EQ(delta("node.instructions"), 4000);
  EXPECT_DOUBLE_EQ(delta("node.cycles"), 2000);
  EXPECT_DOUBLE_EQ(delta("node.topdown.slots/retiring"), 6000);
  EXPECT_DOUBLE_EQ(delta("node.topdown.slots/frontend_bound"), 2000);
  EXPECT_DOUBLE_EQ(delta("node.topdown.slots/backend_bound"), 2000);
  EXPECT_DOUBLE_EQ(delta("node.topdown.slots/bad_speculation"), 800);
  EXPECT_DOUBLE_EQ(delta("node.topdown.slots/smt_contention"), 1200);
  EXPECT_DOUBLE_EQ(delta("cpu.topdown.slots/smt_contention#1"), 600);
  EXPECT_DOUBLE_EQ(delta("cpu.instructions#0"), 2000);
  EXPECT_DOUBLE_EQ(delta("node.pmu.time/running"), 2);
  EXPECT_DOUBLE_EQ(delta("node.pmu.time/not_running"), 0);
  EXPECT_EQ(points.at("smtscope.node.topdown.slots/retiring").quality.reason, Reason::ok);
  EXPECT_EQ(points.at("smtscope.node.topdown.slots/retiring").source, "hw_core");
  EXPECT_FALSE(points.contains("smtscope.node.ref_cycles"));
  EXPECT_GE(delta("reading.missing/unsupported"), 1);
}

TEST(CounterPoints, AGroupThatDoesNotCloseHasNoSlots) {
  CpuRow open = kClosing;
  open[4] = 2000;  // ops retired: a fifth of the slots is nowhere
  open[5] = 2400;
  const auto points = points_of(zen_interval({open, open}));
  EXPECT_FALSE(points.contains("smtscope.node.topdown.slots/retiring"));
  EXPECT_GE(points.at("smtscope.reading.missing/implausible").delta, 5);
  EXPECT_DOUBLE_EQ(points.at("smtscope.node.instructions").delta, 4000);
}

TEST(CounterPoints, MultiplexedCountsAreScaledAndSaySo) {
  const auto points = points_of(zen_interval({kClosing, kClosing}, 0.5));
  const Point& instructions = points.at("smtscope.node.instructions");
  EXPECT_DOUBLE_EQ(instructions.delta, 8000);
  EXPECT_EQ(instructions.quality.reason, Reason::multiplexed);
  EXPECT_FLOAT_EQ(instructions.quality.running_share, 0.5F);
}

TEST(CounterPoints, ASiblingWithoutReadingsIsMissedNotTakenForZero) {
  const auto points = points_of(zen_interval({kClosing}));
  const Point& instructions = points.at("smtscope.node.instructions");
  EXPECT_DOUBLE_EQ(instructions.delta, 2000);
  EXPECT_EQ(instructions.quality.reason, Reason::partial);
  EXPECT_FALSE(points.contains("smtscope.cpu.instructions#1"));
}

// Accesses of two sources of an Intel machine, of which one lacks an event.
Interval numa_interval(Reason remote_fwd) {
  Interval interval = zen_interval({kClosing, kClosing});
  CounterPlan plan = zen_plan();
  plan.dialect.clear();
  plan.events.clear();
  for (const char* name :
       {"mem_load_l3_miss_retired.local_dram", "mem_load_l3_miss_retired.remote_dram",
        "mem_load_l3_miss_retired.remote_fwd", "ocr.reads_to_core.local_dram", "ocr.reads_to_core.remote_dram"})
    plan.events.push_back({name, 4, 0, 0, 0, 0, Reason::ok, ""});
  plan.events[2].reason = remote_fwd;
  plan.instructions = plan.cycles = plan.ref_cycles = std::nullopt;
  interval.counter_plans = std::make_shared<const std::vector<CounterPlan>>(std::vector<CounterPlan>{plan});
  return interval;
}

std::map<std::string, double> accesses_of(const Interval& interval) {
  std::map<std::string, double> found;
  for (const Point& point : counter_points(interval)) {
    if (point.desc->name != "smtscope.node.numa.accesses") continue;
    EXPECT_EQ(std::get<std::string>(point.attributes.at(0).value), point.source);
    found[std::string(point.source) + "/" + std::string(point.desc->parts[point.part])] = point.delta;
  }
  return found;
}

TEST(CounterPoints, AccessesBySourceNeverAdded) {
  // Twice the counts of kClosing, by event: 1000 local; 1000 + 1000 remote; 600 and 3000 offcore.
  EXPECT_EQ(
      accesses_of(numa_interval(Reason::ok)),
      (std::map<std::string, double>{
          {"hw_core/local", 2000}, {"hw_core/remote", 4000}, {"hw_offcore/local", 1200}, {"hw_offcore/remote", 6000}}));
  // Part of a sum is not the sum.
  EXPECT_EQ(accesses_of(numa_interval(Reason::partial)).count("hw_core/remote"), 0u);
  // What this machine never has is no part of it.
  EXPECT_EQ(accesses_of(numa_interval(Reason::not_applicable)).at("hw_core/remote"), 2000);
}

TEST(CounterPoints, EntitiesBySliceClass) {
  const auto points = points_of(zen_interval({kClosing, kClosing}));
  EXPECT_DOUBLE_EQ(points.at("smtscope.entity.instructions/sibling_idle").delta, 1200);
  EXPECT_DOUBLE_EQ(points.at("smtscope.entity.instructions/sibling_other").delta, 300);
  EXPECT_DOUBLE_EQ(points.at("smtscope.entity.instructions/mixed").delta, 100);
  EXPECT_DOUBLE_EQ(points.at("smtscope.entity.cycles/sibling_other").delta, 200);
  EXPECT_DOUBLE_EQ(points.at("smtscope.entity.counted.time/mixed").delta, 0.125);
}

TEST(CounterViews, JsonIsTheContracts) {
  const RunFacts run;
  const auto json = nlohmann::json::parse(stat_json(stat_view(run, zen_interval({kClosing, kClosing}))));
  const auto& core = json["cores"][0];
  EXPECT_EQ(core["counters"]["instructions"], 4000);
  EXPECT_TRUE(core["counters"]["ref_cycles"].is_null());
  EXPECT_EQ(core["why"]["counters.ref_cycles"], "unsupported");
  EXPECT_EQ(core["topdown"]["dialect"], "zen4_l1_group");
  EXPECT_NEAR(core["topdown"]["smt_contention"].get<double>(), 10, 1e-9);
  EXPECT_EQ(core["topdown"]["validity"], "ok");
  const auto& entity = json["entities"][0];
  EXPECT_EQ(entity["counters"]["instructions"], 1600);
  EXPECT_EQ(entity["counters"]["by_sibling"]["other"]["cycles"], 200);
  EXPECT_EQ(entity["counters"]["by_sibling"]["idle"]["seconds"], 0.5);
  EXPECT_TRUE(entity["counters"]["ref_cycles"].is_null());
  EXPECT_EQ(entity["why"]["counters.by_sibling.idle.ref_cycles"], "unsupported");
  EXPECT_NEAR(entity["counters"]["clean_share"].get<double>(), 0.75 / 0.875, 1e-9);
  EXPECT_NEAR(entity["counters"]["running_share"].get<double>(), 0.875, 1e-9);
  EXPECT_TRUE(entity["topdown"].is_null());
  EXPECT_EQ(entity["why"]["topdown"], "not_counted");
}

TEST(CounterViews, WithoutCountersEverythingIsNullWithItsReason) {
  Interval interval = zen_interval({kClosing, kClosing});
  for (const Reading reading : {Reading::cpu_counter, Reading::entity_counter}) {
    interval.tables.erase(reading);
    interval.missing[reading] = Reason::permission;
  }
  const RunFacts run;
  const auto json = nlohmann::json::parse(stat_json(stat_view(run, interval)));
  for (const auto* thing : {&json["cores"][0], &json["entities"][0]})
    for (const char* name : {"counters", "topdown"}) {
      EXPECT_TRUE((*thing)[name].is_null());
      EXPECT_EQ((*thing)["why"][name], "permission");
    }
  const std::string text = stat_text(stat_view(run, interval), {});
  EXPECT_EQ(text.find("Work"), std::string::npos);
  EXPECT_EQ(text.find("WORK "), std::string::npos);
}

TEST(CounterViews, TextShowsWorkSlotsAndWorkloads) {
  const RunFacts run;
  const std::string text = stat_text(stat_view(run, zen_interval({kClosing, kClosing})), {true, 100});
  EXPECT_NE(text.find("Work: 4.00 k instructions/s, 2.00 per cycle of a thread"), std::string::npos) << text;
  EXPECT_NE(text.find("10.0 % ###"), std::string::npos) << text;
  EXPECT_NE(text.find("/service"), std::string::npos);
  // All its slices, with idle siblings, beside another.
  EXPECT_NE(text.find("2.32"), std::string::npos) << text;
  EXPECT_NE(text.find("3.00"), std::string::npos) << text;
  EXPECT_NE(text.find("1.50"), std::string::npos) << text;
}

}  // namespace
}  // namespace smtscope
