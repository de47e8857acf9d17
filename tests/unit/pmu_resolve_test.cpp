// SPDX-License-Identifier: Apache-2.0
// What is planned on which machine: every table, with SMT and the NMI watchdog on and off, and where something lacks.
#include <gtest/gtest.h>

#include <algorithm>

#include "pmu/fit.h"
#include "pmu_machines.h"

namespace smtscope::test {
namespace {

using pmu::Purpose;
using pmu::Topic;

CounterPlan planned(const CpuKind& kind, const PmuFacts& facts, const pmu::Wish& wish = {}) {
  auto plan = pmu::resolve(kind, facts, wish);
  if (!plan) ADD_FAILURE() << plan.error().what;
  return plan.value_or(CounterPlan());
}
CounterPlan planned(std::string_view id, const PmuFacts& facts, const pmu::Wish& wish = {}) {
  return planned(kind_of(id), facts, wish);
}

PmuFacts machine(bool smt, bool watchdog) {
  PmuFacts out = free_machine();
  out.smt_active = smt;
  out.nmi_watchdog = watchdog;
  return out;
}

const CounterEvent* event_of(const CounterPlan& plan, std::string_view name) {
  const auto at = std::find_if(plan.events.begin(), plan.events.end(),
                               [&](const CounterEvent& event) { return event.name == name; });
  return at == plan.events.end() ? nullptr : &*at;
}
bool counted(const CounterPlan& plan, std::string_view name) {
  const CounterEvent* event = event_of(plan, name);
  return event && event->reason == Reason::ok;
}
Reason reason_of(const CounterPlan& plan, std::string_view name) {
  const CounterEvent* event = event_of(plan, name);
  return event ? event->reason : Reason::lost;
}
bool remarked(const CounterPlan& plan, std::string_view text) {
  return std::any_of(plan.remarks.begin(), plan.remarks.end(),
                     [&](const std::string& remark) { return remark.find(text) != std::string::npos; });
}
std::vector<std::string> group_of(const CounterPlan& plan, uint32_t group) {
  std::vector<std::string> out;
  for (const CounterEvent& event : plan.events)
    if (event.reason == Reason::ok && event.group == group) out.push_back(event.name);
  return out;
}

// Of every table, with everything on and off: groups that fit, in order, with no event twice in one group; the basic
// events are those that the indexes name; what is not counted says why.
TEST(PmuResolve, EveryPlanHolds) {
  size_t plans = 0;
  for (const auto& table : pmu::microarchitectures())
    for (const bool smt : {false, true})
      for (const bool watchdog : {false, true})
        for (const Purpose purpose : {Purpose::always_on, Purpose::check}) {
          SCOPED_TRACE(
              fmt::format("{} smt {} watchdog {} check {}", table.id, smt, watchdog, purpose == Purpose::check));
          const CounterPlan plan =
              planned(table.id, machine(smt, watchdog), {.purpose = purpose, .without = {}, .own = {}});
          ++plans;
          EXPECT_EQ(plan.microarchitecture, table.id);
          uint32_t last = 0;
          std::map<uint32_t, std::vector<uint64_t>> groups;
          for (const CounterEvent& event : plan.events) {
            if (event.reason != Reason::ok) {
              EXPECT_FALSE(event.why.empty()) << event.name;
              continue;
            }
            EXPECT_GE(event.group, last);
            last = event.group;
            groups[event.group].push_back(table.find(event.name)->counters);
            const auto names = group_of(plan, event.group);
            EXPECT_EQ(std::count(names.begin(), names.end(), event.name), 1) << event.name;
          }
          for (auto& [group, counters] : groups) {
            if (watchdog) counters.push_back(table.find(table.cycles)->counters);
            EXPECT_TRUE(pmu::fits(counters, pmu::general_counters(table.general) | table.fixed_counters)) << group;
          }
          if (purpose == Purpose::always_on) {
            ASSERT_TRUE(plan.instructions);
            ASSERT_TRUE(plan.cycles);
          }
          if (plan.instructions) {
            EXPECT_EQ(plan.events[*plan.instructions].name, table.instructions);
          }
          if (plan.cycles) {
            EXPECT_EQ(plan.events[*plan.cycles].name, table.cycles);
          }
          if (plan.ref_cycles) {
            EXPECT_EQ(plan.events[*plan.ref_cycles].name, table.ref_cycles);
          }
          // slots leads its group, as the kernel wants it.
          for (uint32_t group = 0; group <= last; ++group)
            if (const auto names = group_of(plan, group); std::count(names.begin(), names.end(), "slots")) {
              EXPECT_EQ(names[0], "slots");
            }
        }
  EXPECT_EQ(plans, pmu::microarchitectures().size() * 8);
}

TEST(PmuResolve, SkylakeChoosesTheFormulasBySmt) {
  const CounterPlan off = planned("skx", machine(false, false));
  EXPECT_EQ(off.dialect, "tma_pre_icl_nosmt");
  EXPECT_EQ(group_of(off, 0).size(), 6u);
  EXPECT_FALSE(remarked(off, "partial"));
  const CounterPlan on = planned("clx", machine(true, false));
  EXPECT_EQ(on.dialect, "tma_pre_icl_smt_any");
  EXPECT_TRUE(counted(on, "cpu_clk_unhalted.thread_any"));
  EXPECT_TRUE(remarked(on, "partial"));
  // The any bit, where format/any says it is.
  EXPECT_EQ(event_of(on, "cpu_clk_unhalted.thread_any")->config, 0x20003cu);
  const CounterPlan watched = planned("skx", machine(false, true));
  EXPECT_TRUE(remarked(watched, "partial"));
  EXPECT_TRUE(remarked(watched, "NMI watchdog"));
  EXPECT_TRUE(counted(watched, "int_misc.recovery_cycles"));
  const CounterPlan check = planned("skx", machine(true, false), {.purpose = Purpose::check, .without = {}, .own = {}});
  EXPECT_EQ(group_of(check, 0).size(), 6u);
  EXPECT_EQ(group_of(check, 1), std::vector<std::string>{"cpu_clk_unhalted.ref_tsc"});
  EXPECT_EQ(reason_of(check, "cpu_clk_unhalted.thread"), Reason::partial);
  PmuFacts unsaid = machine(true, false);
  unsaid.smt_active.reset();
  EXPECT_EQ(planned("skx", unsaid).dialect, "tma_pre_icl_smt_any");
}

TEST(PmuResolve, WithoutPermissionNoEventOfTheWholeCore) {
  PmuFacts facts = machine(true, false);
  facts.may_count_cpus = false;
  const CounterPlan plan = planned("skx", facts);
  EXPECT_EQ(plan.dialect, "tma_pre_icl_ebs");
  EXPECT_EQ(reason_of(plan, "cpu_clk_unhalted.thread_any"), Reason::permission);
  EXPECT_TRUE(counted(plan, "cpu_clk_unhalted.one_thread_active"));
  EXPECT_TRUE(remarked(plan, "not"));
  // A kernel whose PMU has no any bit cannot count them either.
  CpuKind kind = kind_of("skx");
  kind.device->format.erase("any");
  const CounterPlan without = planned(kind, machine(true, false));
  EXPECT_EQ(without.dialect, "tma_pre_icl_ebs");
  EXPECT_EQ(reason_of(without, "cpu_clk_unhalted.thread_any"), Reason::unsupported);
}

TEST(PmuResolve, IceLakeTakesSlotsFromTheKernel) {
  const CounterPlan plan = planned("icx", machine(true, true));
  EXPECT_EQ(plan.dialect, "tma_icl_perf_metrics");
  EXPECT_EQ(plan.slots_per_cycle, 5u);
  EXPECT_EQ(event_of(plan, "slots")->config, 0x400u);
  EXPECT_EQ(event_of(plan, "topdown-be-bound")->config, 0x8300u);
  EXPECT_EQ(event_of(plan, "int_misc.clears_count")->config, 0x104010du);
  for (const char* name : {"br_misp_retired.all_branches", "longest_lat_cache.miss", "exe_activity.bound_on_stores",
                           "mem_load_l3_miss_retired.remote_dram"})
    EXPECT_TRUE(counted(plan, name)) << name;
  // Another code in sysfs is taken as it is.
  CpuKind kind = kind_of("icx");
  kind.device->events["slots"] = "event=0x00,umask=0x14";
  EXPECT_EQ(event_of(planned(kind, machine(true, true)), "slots")->config, 0x1400u);
}

TEST(PmuResolve, NoSlotsInSysfsNoTopdown) {
  for (const char* missing : {"slots", "topdown-bad-spec"}) {
    CpuKind kind = kind_of("spr");
    kind.device->events.erase(missing);
    const CounterPlan plan = planned(kind, machine(true, false));
    EXPECT_EQ(plan.dialect, "");
    EXPECT_EQ(plan.slots_per_cycle, 0u);
    EXPECT_EQ(reason_of(plan, missing), Reason::unsupported);
    EXPECT_NE(reason_of(plan, "topdown-retiring"), Reason::ok);
    EXPECT_TRUE(remarked(plan, "no top-down"));
    EXPECT_TRUE(plan.instructions && plan.cycles && plan.ref_cycles);
  }
  CpuKind old = kind_of("spr");
  for (const char* name : {"topdown-heavy-ops", "topdown-br-mispredict", "topdown-fetch-lat", "topdown-mem-bound"})
    old.device->events.erase(name);
  const CounterPlan four = planned(old, machine(true, false));
  EXPECT_EQ(four.dialect, "tma_spr_perf_metrics");
  EXPECT_EQ(reason_of(four, "topdown-mem-bound"), Reason::unsupported);
}

TEST(PmuResolve, RapidsAndItsSuccessorsCountTheCoresClocks) {
  for (const char* id : {"spr", "emr", "gnr"}) {
    const CounterPlan plan = planned(id, machine(true, false));
    EXPECT_EQ(plan.dialect, "tma_spr_perf_metrics");
    EXPECT_EQ(plan.slots_per_cycle, 6u);
    EXPECT_EQ(group_of(plan, 0).size(), 12u);
    EXPECT_TRUE(counted(plan, "cpu_clk_unhalted.ref_distributed"));
    EXPECT_TRUE(counted(plan, "mem_load_l3_miss_retired.local_dram"));
  }
  const CounterPlan watched = planned("spr", machine(true, true));
  EXPECT_EQ(watched.dialect, "tma_spr_perf_metrics");
  EXPECT_EQ(reason_of(watched, "longest_lat_cache.miss"), Reason::partial);
  PmuFacts one = machine(true, false);
  one.numa_nodes = 1;
  EXPECT_EQ(reason_of(planned("spr", one), "mem_load_l3_miss_retired.local_dram"), Reason::not_applicable);
}

TEST(PmuResolve, ZenHasSixCounters) {
  for (const auto& [id, dialect, slots] : {std::tuple{"zen4", "zen4_l1_group", 6u}, {"zen5", "zen5_l1_group", 8u}}) {
    const CounterPlan plan = planned(id, machine(true, false));
    EXPECT_EQ(plan.dialect, dialect);
    EXPECT_EQ(plan.slots_per_cycle, slots);
    EXPECT_EQ(group_of(plan, 0).size(), 6u);
    EXPECT_TRUE(counted(plan, "instructions"));
    EXPECT_EQ(event_of(plan, "de_no_dispatch_per_slot.smt_contention")->config, 0x1000060a0u);
    ASSERT_EQ(plan.derived.size(), 2u);
    EXPECT_EQ(plan.derived[0].name, "dispatched_minus_retired");
    EXPECT_EQ(plan.derived[0].expression.substr(0, 1), std::to_string(slots));
    EXPECT_TRUE(remarked(plan, "derived, not checked"));
    EXPECT_EQ(reason_of(plan, "ls_not_halted_p0_cyc"), Reason::partial);
    const CounterPlan watched = planned(id, machine(true, true));
    EXPECT_EQ(group_of(watched, 0), (std::vector<std::string>{"instructions", "ls_not_halted_cyc"}));
    EXPECT_EQ(group_of(watched, 1).size(), 3u);
    EXPECT_EQ(group_of(watched, 2).size(), 3u);
    EXPECT_TRUE(remarked(watched, "NMI watchdog"));
    const CounterPlan check = planned(id, machine(true, false), {.purpose = Purpose::check, .without = {}, .own = {}});
    EXPECT_TRUE(counted(check, "de_src_op_disp.all"));
    EXPECT_EQ(reason_of(check, "instructions"), Reason::partial);
    EXPECT_FALSE(check.instructions);
    EXPECT_EQ(check.cycles, 0u);
    const CounterPlan few = planned(id, machine(true, true), {.purpose = Purpose::check, .without = {}, .own = {}});
    EXPECT_EQ(group_of(few, 0).size(), 5u);
    EXPECT_EQ(reason_of(few, "de_src_op_disp.all"), Reason::partial);
    EXPECT_TRUE(remarked(few, "derived, not checked"));
  }
}

TEST(PmuResolve, WithoutTopdownThereIsRoomForMemory) {
  const CounterPlan plan = planned("zen4", machine(true, false), {.without = {Topic::topdown}, .own = {}});
  EXPECT_EQ(plan.dialect, "");
  EXPECT_TRUE(plan.derived.empty());
  for (const char* name : {"ls_not_halted_p0_cyc", "ls_any_fills_from_sys.dram_io_far", "ex_ret_brn_misp"})
    EXPECT_TRUE(counted(plan, name)) << name;
  EXPECT_TRUE(plan.ref_cycles);
}

TEST(PmuResolve, OlderZenHasNoSlots) {
  for (const char* id : {"zen2", "zen3"}) {
    const CounterPlan plan = planned(id, machine(true, false));
    EXPECT_EQ(plan.dialect, "");
    EXPECT_EQ(plan.slots_per_cycle, 0u);
    EXPECT_TRUE(counted(plan, "de_dis_uop_queue_empty"));
    EXPECT_TRUE(remarked(plan, "SMT contention is unknown"));
  }
}

TEST(PmuResolve, NeoverseByRevision) {
  const auto n2 = [](uint32_t implementer, uint32_t variant, uint32_t revision) {
    CpuKind kind = kind_of("neoverse-n2");
    kind.identity.midr = implementer << 24 | variant << 20 | 0xfu << 16 | 0xd49u << 4 | revision;
    return planned(kind, free_machine());
  };
  EXPECT_EQ(n2(0x41, 0, 0).dialect, "neoverse_arm_n2_r0p0");
  EXPECT_EQ(n2(0x41, 0, 2).dialect, "neoverse_arm_n2_r0p0");
  EXPECT_EQ(n2(0x41, 0, 3).dialect, "neoverse_arm_n2_r0p3");
  EXPECT_EQ(n2(0x41, 1, 0).dialect, "neoverse_arm_n2_r0p3");
  EXPECT_EQ(n2(0x6d, 0, 0).microarchitecture, "cobalt-100");
  EXPECT_EQ(n2(0x6d, 0, 0).dialect, "neoverse_arm_n2_r0p0");
  EXPECT_EQ(n2(0x48, 0, 0).microarchitecture, "");
  EXPECT_EQ(planned("neoverse-v2", free_machine()).slots_per_cycle, 8u);
  EXPECT_TRUE(counted(planned("neoverse-v3", free_machine()), "stall_frontend_flush"));
}

TEST(PmuResolve, NeoverseDerivesWhatDoesNotFit) {
  const CounterPlan plan = planned("neoverse-v1", free_machine());
  EXPECT_EQ(group_of(plan, 0).size(), 7u);
  EXPECT_TRUE(counted(plan, "inst_retired"));
  ASSERT_EQ(plan.derived.size(), 1u);
  EXPECT_EQ(plan.derived[0].name, "stall_slot");
  const CounterPlan check =
      planned("neoverse-v1", free_machine(), {.purpose = Purpose::check, .without = {}, .own = {}});
  EXPECT_TRUE(counted(check, "stall_slot"));
  EXPECT_TRUE(check.derived.empty());
  PmuFacts few = free_machine();
  few.counters = 4;
  EXPECT_EQ(planned("neoverse-v1", few).dialect, "neoverse_cycles");
}

// The kernel lists what the CPU has; an emulator's raw events open all the same and read 0.
TEST(PmuResolve, ArmEventsMustBeListed) {
  CpuKind kind = kind_of("neoverse-n1");
  kind.device->events = {
      {"cpu_cycles", "event=0x0011"}, {"stall_frontend", "event=0x0023"}, {"stall_backend", "event=0x0024"}};
  const CounterPlan bare = planned(kind, free_machine());
  EXPECT_FALSE(bare.instructions);
  EXPECT_EQ(reason_of(bare, "inst_retired"), Reason::unsupported);
  EXPECT_EQ(bare.dialect, "");
  ASSERT_TRUE(bare.cycles);
  EXPECT_EQ(bare.events[*bare.cycles].config, 0x11u);
  kind.device->events["inst_retired"] = "event=0x0008";
  EXPECT_EQ(planned(kind, free_machine()).dialect, "neoverse_cycles");
  kind.device->events["inst_retired"] = "event=0x0009";
  EXPECT_EQ(reason_of(planned(kind, free_machine()), "inst_retired"), Reason::implausible);
  CpuKind v2 = kind_of("neoverse-v2");
  v2.device->events.erase("stall_slot_backend");
  EXPECT_EQ(planned(v2, free_machine()).dialect, "neoverse_cycles");
  CpuKind wide = kind_of("neoverse-v2");
  wide.device->slots = 10;
  EXPECT_EQ(planned(wide, free_machine()).dialect, "neoverse_cycles");
  wide.device->slots = 0;  // not known
  EXPECT_EQ(planned(wide, free_machine()).dialect, "neoverse_arm_v2");
}

TEST(PmuResolve, RemoteAccessNeedsTwoSockets) {
  PmuFacts one = free_machine();
  one.packages = 1;
  EXPECT_EQ(reason_of(planned("neoverse-n1", one), "remote_access"), Reason::not_applicable);
  EXPECT_TRUE(counted(planned("neoverse-n1", free_machine()), "remote_access"));
}

TEST(PmuResolve, HybridByDevice) {
  CpuKind core = kind_of("adl_core"), atom = kind_of("gracemont");
  atom.device->type = 10;
  const CounterPlan large = planned(core, free_machine()), small = planned(atom, free_machine());
  EXPECT_EQ(large.dialect, "tma_spr_perf_metrics");
  EXPECT_EQ(small.dialect, "atom_5wide");
  EXPECT_EQ(small.events[*small.instructions].pmu_type, 10u);
  EXPECT_EQ(event_of(small, "topdown_be_bound.all")->config, 0x74u);
  // Without the device's name it is not said which of them it is.
  core.device->name = "cpu";
  EXPECT_EQ(planned(core, free_machine()).microarchitecture, "");
}

TEST(PmuResolve, UnknownModelCountsTheGenericEvents) {
  CpuKind kind = kind_of("icx");
  kind.identity.model = 0xfe;
  kind.device->events.clear();
  const CounterPlan plan = planned(kind, free_machine());
  EXPECT_EQ(plan.microarchitecture, "");
  ASSERT_EQ(plan.events.size(), 2u);
  EXPECT_EQ(plan.events[*plan.instructions].pmu_type, 0u);
  EXPECT_EQ(plan.events[*plan.instructions].config, 1u);
  EXPECT_EQ(plan.events[*plan.cycles].config, 0u);
  EXPECT_EQ(plan.dialect, "");
  PmuFacts hybrid = free_machine();
  hybrid.core_pmus = 2;
  kind.device->type = 10;
  EXPECT_EQ(planned(kind, hybrid).events[0].config, 0xa00000001u);
  // Top-down if the kernel names it.
  kind.device->events = metric_events(false);
  const CounterPlan metrics = planned(kind, hybrid);
  EXPECT_EQ(metrics.dialect, "perf_metrics_sum");
  EXPECT_EQ(metrics.events.size(), 7u);
  EXPECT_EQ(event_of(metrics, "slots")->pmu_type, 10u);
  kind.device->events["topdown-bad-spec"] = "event=0x00,umask=zz";
  EXPECT_EQ(planned(kind, hybrid).dialect, "");
  kind.identity = {};
  EXPECT_EQ(planned(kind, hybrid).events.size(), 2u);
}

TEST(PmuResolve, NoDeviceNoEvents) {
  CpuKind kind = kind_of("zen4");
  kind.device.reset();
  const CounterPlan plan = planned(kind, free_machine());
  EXPECT_TRUE(plan.events.empty());
  EXPECT_EQ(plan.title, "Zen 4");
  EXPECT_FALSE(plan.remarks.empty());
}

TEST(PmuResolve, CodesFollowTheFormatFiles) {
  CpuKind kind = kind_of("zen4");
  kind.device->format["umask"] = "config:40-47";
  kind.device->format["event"] = "config1:0-11";
  const CounterPlan plan = planned(kind, machine(true, false));
  const CounterEvent* event = event_of(plan, "de_no_dispatch_per_slot.smt_contention");
  EXPECT_EQ(event->config, 0x60ull << 40);
  EXPECT_EQ(event->config1, 0x1a0u);
  // A kernel that has no room for the upper bits of an event cannot count it.
  kind = kind_of("zen4");
  kind.device->format["event"] = "config:0-7";
  EXPECT_EQ(reason_of(planned(kind, machine(true, false)), "de_no_dispatch_per_slot.smt_contention"),
            Reason::unsupported);
  kind.device->format.clear();
  const CounterPlan none = planned(kind, machine(true, false));
  EXPECT_FALSE(none.instructions);
  EXPECT_EQ(reason_of(none, "instructions"), Reason::unsupported);
}

TEST(PmuResolve, TooManyEventsSayWhatFits) {
  pmu::Wish wish;
  for (const char* name : {"one", "two", "three", "four", "five"}) wish.own.push_back({name, {0x1234, 0, 0}});
  const auto plan = pmu::resolve(kind_of("icx"), machine(true, true), wish);
  ASSERT_TRUE(plan);
  EXPECT_TRUE(counted(*plan, "five"));
  for (const char* name : {"six", "seven"}) wish.own.push_back({name, {0x1234, 0, 0}});
  const auto error = pmu::resolve(kind_of("icx"), machine(true, true), wish);
  ASSERT_FALSE(error);
  EXPECT_EQ(error.error().kind, ErrorKind::usage);
  EXPECT_NE(error.error().what.find("one, two, three, four, five"), std::string::npos) << error.error().what;
  EXPECT_EQ(error.error().what.find("six"), std::string::npos) << error.error().what;
  EXPECT_NE(error.error().mend.find("top-down"), std::string::npos);
  wish.own.resize(1);
  const auto full = pmu::resolve(kind_of("zen4"), machine(true, false), wish);
  ASSERT_FALSE(full);
  EXPECT_NE(full.error().what.find("none"), std::string::npos) << full.error().what;
  CpuKind unknown = kind_of("zen4");
  unknown.identity.model = 0xff;
  EXPECT_FALSE(pmu::resolve(unknown, machine(true, false), wish));
}

TEST(PmuCode, PlacesAndRefuses) {
  const std::map<std::string, std::string> format = {{"event", "config:0-7,32-35"}, {"umask", "config:8-15"}};
  EXPECT_EQ(pmu::place({{"event", 0x1a0}, {"umask", 0x60}}, format)->config, 0x1000060a0u);
  EXPECT_FALSE(pmu::place({{"event", 0x10000}}, format));
  EXPECT_FALSE(pmu::place({{"cmask", 1}}, format));
  EXPECT_TRUE(pmu::place({{"cmask", 0}}, format));
  for (const char* bad : {"", "config", "config:", "config:7-0", "config:64", "config3:0-7", "config:a-b",
                          "config:0-7,", "config:-1", "config:0-99999999999999999999"})
    EXPECT_FALSE(pmu::place({{"event", 1}}, {{"event", bad}})) << bad;
  EXPECT_EQ(pmu::place({{"event", ~0ull}}, {{"event", "config1:0-63"}})->config1, ~0ull);
  EXPECT_EQ(pmu::parse_terms("event=0x3c, umask=1,any\n")->at("any"), 1u);
  for (const char* bad : {"", "event=", "event=0x", "event=?", "=1", "event=1,event=2", "event=-1", ",", "event=1,"})
    EXPECT_FALSE(pmu::parse_terms(bad)) << bad;
  EXPECT_EQ(pmu::terms_of(CpuVendor::intel, 0x108002c2)->at("cmask"), 0x10u);
  EXPECT_EQ(pmu::terms_of(CpuVendor::amd, 0x1000060a0)->at("event"), 0x1a0u);
  EXPECT_FALSE(pmu::terms_of(CpuVendor::intel, 1ull << 32));
  EXPECT_FALSE(pmu::terms_of(CpuVendor::amd, 1ull << 36));
}

}  // namespace
}  // namespace smtscope::test
