// SPDX-License-Identifier: Apache-2.0
// Skylake and Cascade Lake: 4 slots a cycle. With SMT on the core's clocks need the any bit, which costs a counter.
#include <iterator>

#include "pmu/microarchitecture.h"

namespace smtscope::pmu {
namespace {

constexpr std::string_view kPerfmon = "intel/perfmon SKX V1.37, CLX V1.25, SKL V59";
constexpr std::string_view kKernel = "kernel's fixed counters";

constexpr Event kCoreEvents[] = {
    {.name = "inst_retired.any",
     .code = 0xc0,
     .library = "INST_RETIRED:ANY_P",
     .what = "instructions retired",
     .source = kKernel,
     .counters = kGeneral | fixed(0)},
    {.name = "cpu_clk_unhalted.thread",
     .code = 0x3c,
     .library = "CPU_CLK_THREAD_UNHALTED:THREAD_P",
     .what = "cycles of this thread, not halted",
     .source = kKernel,
     .counters = kGeneral | fixed(1)},
    {.name = "cpu_clk_unhalted.ref_tsc",
     .code = 0x0300,
     .library = "UNHALTED_REFERENCE_CYCLES",
     .what = "cycles at the rate of the TSC, not halted",
     .source = kKernel,
     .counters = fixed(2)},
    {.name = "cpu_clk_unhalted.thread_any",
     .code = 0x20003c,
     .library = "UNHALTED_CORE_CYCLES:t=1",
     .what = "cycles of the core: any thread not halted",
     .source = kPerfmon,
     .counters = kGeneral | fixed(1),
     .whole_core = true},
    {.name = "cpu_clk_unhalted.ref_xclk",
     .code = 0x013c,
     .library = "CPU_CLK_THREAD_UNHALTED:REF_XCLK",
     .what = "crystal cycles of this thread",
     .source = kPerfmon},
    {.name = "cpu_clk_unhalted.ref_xclk_any",
     .code = 0x20013c,
     .library = "CPU_CLK_THREAD_UNHALTED:REF_XCLK_ANY",
     .what = "crystal cycles of the core",
     .source = kPerfmon,
     .whole_core = true},
    {.name = "cpu_clk_unhalted.one_thread_active",
     .code = 0x023c,
     .library = "CPU_CLK_THREAD_UNHALTED:ONE_THREAD_ACTIVE",
     .what = "crystal cycles with the sibling halted",
     .source = kPerfmon},
    {.name = "idq_uops_not_delivered.core",
     .code = 0x019c,
     .library = "IDQ_UOPS_NOT_DELIVERED:CORE",
     .what = "slots that the front end left empty",
     .source = kPerfmon},
    {.name = "idq_uops_not_delivered.cycles_0_uops_deliv.core",
     .code = 0x0400019c,
     .library = "IDQ_UOPS_NOT_DELIVERED:CYCLES_0_UOPS_DELIV_CORE",
     .what = "cycles in which it gave nothing",
     .source = kPerfmon},
    {.name = "uops_issued.any",
     .code = 0x010e,
     .library = "UOPS_ISSUED:ANY",
     .what = "slots issued",
     .source = kPerfmon},
    {.name = "uops_retired.retire_slots",
     .code = 0x02c2,
     .library = "UOPS_RETIRED:RETIRE_SLOTS",
     .what = "slots retired",
     .source = kPerfmon},
    {.name = "uops_retired.macro_fused", .code = 0x04c2, .what = "fused pairs retired", .source = kPerfmon},
    {.name = "int_misc.recovery_cycles",
     .code = 0x010d,
     .library = "INT_MISC:RECOVERY_CYCLES",
     .what = "cycles of recovery after bad speculation",
     .source = kPerfmon},
    {.name = "int_misc.recovery_cycles_any",
     .code = 0x20010d,
     .library = "INT_MISC:RECOVERY_CYCLES_ANY",
     .what = "the same, of the core",
     .source = kPerfmon,
     .whole_core = true},
    {.name = "int_misc.clears_count", .code = 0x0104010d, .what = "clears of the pipeline", .source = kPerfmon},
    {.name = "br_misp_retired.all_branches",
     .code = 0x00c5,
     .library = "BR_MISP_RETIRED:ALL_BRANCHES",
     .what = "branches mispredicted, retired",
     .source = kPerfmon},
    {.name = "br_inst_retired.all_branches",
     .code = 0x00c4,
     .library = "BR_INST_RETIRED:ALL_BRANCHES",
     .what = "branches retired",
     .source = kPerfmon},
    {.name = "machine_clears.count",
     .code = 0x010401c3,
     .library = "MACHINE_CLEARS:COUNT",
     .what = "machine clears of any kind",
     .source = kPerfmon},
    {.name = "cycle_activity.stalls_mem_any",
     .code = 0x140014a3,
     .library = "CYCLE_ACTIVITY:STALLS_MEM_ANY",
     .what = "stalled with a load outstanding",
     .source = kPerfmon},
    {.name = "cycle_activity.stalls_total",
     .code = 0x040004a3,
     .library = "CYCLE_ACTIVITY:STALLS_TOTAL",
     .what = "stalled",
     .source = kPerfmon},
    {.name = "exe_activity.1_ports_util",
     .code = 0x02a6,
     .library = "EXE_ACTIVITY:1_PORTS_UTIL",
     .what = "one port busy",
     .source = kPerfmon},
    {.name = "exe_activity.2_ports_util",
     .code = 0x04a6,
     .library = "EXE_ACTIVITY:2_PORTS_UTIL",
     .what = "two ports busy",
     .source = kPerfmon},
    {.name = "exe_activity.bound_on_stores",
     .code = 0x40a6,
     .library = "EXE_ACTIVITY:BOUND_ON_STORES",
     .what = "cycles with the store buffer full and no load outstanding",
     .source = kPerfmon},
    {.name = "resource_stalls.sb",
     .code = 0x08a2,
     .library = "RESOURCE_STALLS:SB",
     .what = "cycles stalled for a free store buffer",
     .source = kPerfmon},
    {.name = "uops_dispatched_port.port_4",
     .code = 0x10a1,
     .library = "UOPS_DISPATCHED_PORT:PORT_4",
     .what = "cycles with a store on its port",
     .source = kPerfmon},
    {.name = "idq.ms_uops", .code = 0x3079, .library = "IDQ:MS_UOPS", .what = "uops of microcode", .source = kPerfmon},
    {.name = "longest_lat_cache.miss",
     .code = 0x412e,
     .library = "LONGEST_LAT_CACHE:MISS",
     .what = "demand requests that missed the last level cache",
     .source = kPerfmon},
};

std::vector<Event> core_events() { return {std::begin(kCoreEvents), std::end(kCoreEvents)}; }

std::vector<Event> with_numa(std::vector<Event> events, bool optane) {
  events.insert(events.end(),
                {{.name = "mem_load_l3_miss_retired.local_dram",
                  .code = 0x01d3,
                  .library = "MEM_LOAD_L3_MISS_RETIRED:LOCAL_DRAM",
                  .what = "retired demand loads from memory of this socket (with sub-NUMA clusters: all of it)",
                  .source = kPerfmon},
                 {.name = "mem_load_l3_miss_retired.remote_dram",
                  .code = 0x02d3,
                  .library = "MEM_LOAD_L3_MISS_RETIRED:REMOTE_DRAM",
                  .what = "retired demand loads from memory of another socket",
                  .source = kPerfmon},
                 {.name = "mem_load_l3_miss_retired.remote_hitm",
                  .code = 0x04d3,
                  .library = "MEM_LOAD_L3_MISS_RETIRED:REMOTE_HITM",
                  .what = "... from a modified line in a cache of another socket",
                  .source = kPerfmon},
                 {.name = "mem_load_l3_miss_retired.remote_fwd",
                  .code = 0x08d3,
                  .library = "MEM_LOAD_L3_MISS_RETIRED:REMOTE_FWD",
                  .what = "... forwarded by a cache of another socket",
                  .source = kPerfmon}});
  if (optane)
    events.push_back({.name = "mem_load_l3_miss_retired.remote_pmm",
                      .code = 0x10d3,
                      .what = "... from persistent memory of another socket",
                      .source = kPerfmon});
  return events;
}

constexpr std::string_view kInst = "inst_retired.any", kCycles = "cpu_clk_unhalted.thread",
                           kAny = "cpu_clk_unhalted.thread_any", kIdq = "idq_uops_not_delivered.core",
                           kIssued = "uops_issued.any", kSlots = "uops_retired.retire_slots",
                           kRecovery = "int_misc.recovery_cycles", kRecoveryAny = "int_misc.recovery_cycles_any",
                           kAlone = "cpu_clk_unhalted.one_thread_active", kXclk = "cpu_clk_unhalted.ref_xclk";

std::vector<Plan> plans() {
  return {
      {.smt = false, .dialect = "tma_pre_icl_nosmt", .groups = {{kInst, kCycles, kIdq, kIssued, kSlots, kRecovery}}},
      {.smt = false,
       .dialect = "tma_pre_icl_nosmt",
       .groups = {{kInst, kCycles}, {kCycles, kIdq, kSlots}, {kIssued, kSlots, kRecovery}},
       .remark = "partial: three general counters are left: two groups take turns; frontend_bound and retiring are of "
                 "one, bad_speculation and backend_bound combine both"},
      {.smt = true,
       .dialect = "tma_pre_icl_smt_any",
       .groups = {{kInst, kCycles}, {kAny, kIdq, kSlots}, {kAny, kIssued, kSlots, kRecoveryAny}},
       .remark =
           "partial: cycles of the core need a fifth general counter beside cycles of the thread: two groups take "
           "turns; frontend_bound and retiring are of one, bad_speculation of the other, backend_bound is what "
           "is left of both"},
      {.smt = true,
       .dialect = "tma_pre_icl_smt_any",
       .groups = {{kInst, kCycles}, {kAny, kIdq, kSlots}, {kIssued, kSlots, kRecoveryAny}},
       .remark = "partial: three general counters are left: two groups take turns; frontend_bound and retiring are of "
                 "one, bad_speculation and backend_bound combine both"},
      {.smt = true,
       .dialect = "tma_pre_icl_ebs",
       .groups = {{kInst, kCycles, kIdq, kSlots, kAlone, kXclk}},
       .remark = "partial: without the permission to count for the whole core only frontend_bound and retiring are "
                 "known; bad_speculation and backend_bound are not"},
      {.smt = true,
       .dialect = "tma_pre_icl_ebs",
       .groups = {{kInst, kCycles, kIdq, kAlone, kXclk}},
       .remark =
           "partial: only frontend_bound is known: no permission to count for the whole core, and no counter left "
           "for the others"},
      {.purpose = Purpose::check,
       .smt = true,
       .dialect = "tma_pre_icl_smt_any",
       .groups = {{kInst, kAny, kIdq, kIssued, kSlots, kRecoveryAny}},
       .remark = "cycles of the thread give way to those of the core, which are counted in their place"},
  };
}

Microarchitecture common() {
  Microarchitecture out;
  out.vendor = CpuVendor::intel;
  out.family = 6;
  out.slots_per_cycle = 4;
  // A core has 8, half of them a thread's while SMT is on in the BIOS; switching siblings off gives none back.
  out.general = out.general_single = 4;
  out.fixed_counters = fixed(0) | fixed(1) | fixed(2);
  out.instructions = kInst;
  out.cycles = kCycles;
  out.ref_cycles = "cpu_clk_unhalted.ref_tsc";
  out.plans = plans();
  out.extras = {
      {Topic::core, {kAlone, "cpu_clk_unhalted.ref_xclk_any"}},
      {Topic::misses, {"br_misp_retired.all_branches", "longest_lat_cache.miss"}},
      {Topic::stores, {"exe_activity.bound_on_stores"}},
  };
  return out;
}

}  // namespace

std::vector<Microarchitecture> intel_skylake() {
  const Extra numa{Topic::numa, {"mem_load_l3_miss_retired.local_dram", "mem_load_l3_miss_retired.remote_dram"}};
  Microarchitecture server = common();
  server.id = "skx";
  server.title = "Skylake server";
  server.models = {{0x55, 0x55}};
  server.steppings = {0, 4};
  server.library = "skx";
  server.events = with_numa(core_events(), false);
  server.extras.insert(server.extras.begin() + 1, numa);
  Microarchitecture later = server;
  later.id = "clx";
  later.title = "Cascade Lake server";
  later.steppings = {5, 15};
  later.library = "clx";
  later.events = with_numa(core_events(), true);
  Microarchitecture client = common();
  client.id = "skl";
  client.title = "Skylake client";
  client.models = {{0x4e, 0x4e}, {0x5e, 0x5e}, {0x8e, 0x8e}, {0x9e, 0x9e}, {0xa5, 0xa6}};
  client.library = "skl";
  client.events = core_events();
  return {server, later, client};
}

}  // namespace smtscope::pmu
