// SPDX-License-Identifier: Apache-2.0
// Ice Lake, Tiger Lake, Rocket Lake: 5 slots a cycle, four metrics beside the counter of slots.
#include <iterator>

#include "pmu/microarchitecture.h"

namespace smtscope::pmu {
namespace {

constexpr std::string_view kPerfmon = "intel/perfmon ICX V1.30, ICL V1.24, TGL V1.19, RKL V1.04";
constexpr std::string_view kKernel = "kernel's fixed counters";
constexpr std::string_view kSysfs = "sysfs";
constexpr std::string_view kOffcore = "offcore_rsp";

constexpr Event kCoreEvents[] = {
    {.name = "slots",
     .library = "TOPDOWN:SLOTS",
     .what = "slots of this thread, not halted",
     .source = kSysfs,
     .counters = fixed(3)},
    {.name = "topdown-retiring", .what = "slots retired", .source = kSysfs, .counters = kNoCounter},
    {.name = "topdown-bad-spec", .what = "slots of bad speculation", .source = kSysfs, .counters = kNoCounter},
    {.name = "topdown-fe-bound", .what = "slots lost by the front end", .source = kSysfs, .counters = kNoCounter},
    {.name = "topdown-be-bound", .what = "slots lost by the back end", .source = kSysfs, .counters = kNoCounter},
    {.name = "inst_retired.any",
     .code = 0xc0,
     .library = "INST_RETIRED:ANY_P",
     .what = "instructions retired",
     .source = kKernel,
     .counters = kGeneral | fixed(0)},
    {.name = "cpu_clk_unhalted.thread",
     .code = 0x3c,
     .library = "CPU_CLK_UNHALTED:THREAD_P",
     .what = "cycles of this thread, not halted",
     .source = kKernel,
     .counters = kGeneral | fixed(1)},
    {.name = "cpu_clk_unhalted.ref_tsc",
     .code = 0x0300,
     .library = "UNHALTED_REFERENCE_CYCLES",
     .what = "cycles at the rate of the TSC, not halted",
     .source = kKernel,
     .counters = fixed(2)},
    {.name = "int_misc.uop_dropping",
     .code = 0x100d,
     .library = "INT_MISC:UOP_DROPPING",
     .what = "slots counted as the front end's that were not",
     .source = kPerfmon},
    {.name = "int_misc.clears_count",
     .code = 0x0104010d,
     .library = "INT_MISC:CLEARS_COUNT",
     .what = "clears of the pipeline",
     .source = kPerfmon},
    {.name = "idq_uops_not_delivered.cycles_0_uops_deliv.core",
     .code = 0x0500019c,
     .library = "IDQ_UOPS_NOT_DELIVERED:CYCLES_0_UOPS_DELIV_CORE",
     .what = "cycles in which the front end gave nothing",
     .source = kPerfmon},
    {.name = "idq_uops_not_delivered.core",
     .code = 0x019c,
     .library = "IDQ_UOPS_NOT_DELIVERED:CORE",
     .what = "slots that the front end left empty",
     .source = kPerfmon},
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
     .code = 0x020040a6,
     .library = "EXE_ACTIVITY:BOUND_ON_STORES",
     .what = "cycles with the store buffer full and no load outstanding",
     .source = kPerfmon},
    {.name = "resource_stalls.sb",
     .code = 0x08a2,
     .library = "RESOURCE_STALLS:SB",
     .what = "cycles stalled for a free store buffer",
     .source = kPerfmon},
    {.name = "uops_dispatched.port_4_9",
     .code = 0x10a1,
     .library = "UOPS_DISPATCHED:PORT_4_9",
     .what = "stores on their ports",
     .source = kPerfmon},
    {.name = "uops_retired.slots",
     .code = 0x02c2,
     .library = "UOPS_RETIRED:SLOTS",
     .what = "slots retired",
     .source = kPerfmon},
    {.name = "uops_issued.any",
     .code = 0x010e,
     .library = "UOPS_ISSUED:ANY",
     .what = "uops issued",
     .source = kPerfmon},
    {.name = "idq.ms_uops",
     .code = 0x3079,
     .library = "IDQ:MS_UOPS",
     .what = "uops of microcode",
     .source = kPerfmon,
     .counters = kLow},
    {.name = "idq.mite_uops",
     .code = 0x0479,
     .library = "IDQ:MITE_UOPS",
     .what = "uops of the legacy decoders",
     .source = kPerfmon,
     .counters = kLow},
    {.name = "uops_decoded.dec0",
     .code = 0x0156,
     .library = "UOPS_DECODED:DEC0",
     .what = "uops of decoder 0",
     .source = kPerfmon,
     .counters = kLow},
    {.name = "uops_decoded.dec0:cmask=1",
     .code = 0x01000156,
     .library = "UOPS_DECODED:DEC0:c=1",
     .what = "cycles of decoder 0",
     .source = kPerfmon,
     .counters = kLow},
    {.name = "topdown.slots_p",
     .code = 0x01a4,
     .library = "TOPDOWN:SLOTS_P",
     .what = "slots, on a general counter",
     .source = kPerfmon},
    {.name = "topdown.backend_bound_slots",
     .code = 0x02a4,
     .library = "TOPDOWN:BACKEND_BOUND_SLOTS",
     .what = "slots lost by the back end, on a general counter",
     .source = kPerfmon},
    {.name = "longest_lat_cache.miss",
     .code = 0x412e,
     .library = "LONGEST_LAT_CACHE:MISS",
     .what = "requests that missed the last level cache, prefetch left out",
     .source = kPerfmon},
};

std::vector<Event> core_events() { return {std::begin(kCoreEvents), std::end(kCoreEvents)}; }

constexpr Event kServerEvents[] = {{.name = "cpu_clk_unhalted.distributed",
                                    .code = 0x02ec,
                                    .library = "CPU_CLK_UNHALTED:DISTRIBUTED",
                                    .what = "cycles of the core, shared out between its threads",
                                    .source = kPerfmon},
                                   {.name = "cpu_clk_unhalted.ref_distributed",
                                    .code = 0x083c,
                                    .library = "CPU_CLK_UNHALTED:REF_DISTRIBUTED",
                                    .what = "crystal cycles of the core, shared out",
                                    .source = kPerfmon},
                                   {.name = "cpu_clk_unhalted.one_thread_active",
                                    .code = 0x023c,
                                    .library = "CPU_CLK_UNHALTED:ONE_THREAD_ACTIVE",
                                    .what = "crystal cycles with the sibling halted",
                                    .source = kPerfmon},
                                   {.name = "mem_load_l3_miss_retired.local_dram",
                                    .code = 0x01d3,
                                    .library = "MEM_LOAD_L3_MISS_RETIRED:LOCAL_DRAM",
                                    .what = "retired demand loads from memory of this socket",
                                    .source = kPerfmon,
                                    .counters = kLow},
                                   {.name = "mem_load_l3_miss_retired.remote_dram",
                                    .code = 0x02d3,
                                    .library = "MEM_LOAD_L3_MISS_RETIRED:REMOTE_DRAM",
                                    .what = "retired demand loads from memory of another socket",
                                    .source = kPerfmon,
                                    .counters = kLow},
                                   {.name = "mem_load_l3_miss_retired.remote_hitm",
                                    .code = 0x04d3,
                                    .library = "MEM_LOAD_L3_MISS_RETIRED:REMOTE_HITM",
                                    .what = "... from a modified line in a cache of another socket",
                                    .source = kPerfmon,
                                    .counters = kLow},
                                   {.name = "mem_load_l3_miss_retired.remote_fwd",
                                    .code = 0x08d3,
                                    .library = "MEM_LOAD_L3_MISS_RETIRED:REMOTE_FWD",
                                    .what = "... forwarded by a cache of another socket",
                                    .source = kPerfmon,
                                    .counters = kLow},
                                   {.name = "mem_load_l3_miss_retired.remote_pmm",
                                    .code = 0x10d3,
                                    .library = "MEM_LOAD_L3_MISS_RETIRED:REMOTE_PMM",
                                    .what = "... from persistent memory of another socket",
                                    .source = kPerfmon,
                                    .counters = kLow},
                                   {.name = "ocr.reads_to_core.local_dram",
                                    .code = 0x01b7,
                                    .library = "OFFCORE_RESPONSE_0:READS_TO_CORE_LOCAL_DRAM",
                                    .what = "reads with prefetch from memory of the own sub-NUMA cluster",
                                    .source = kPerfmon,
                                    .counters = kLow,
                                    .extra_field = kOffcore,
                                    .extra = 0x104000477},
                                   {.name = "ocr.reads_to_core.remote_dram",
                                    .code = 0x01b7,
                                    .library = "OFFCORE_RESPONSE_0:READS_TO_CORE_REMOTE_DRAM",
                                    .what = "... from memory of another socket",
                                    .source = kPerfmon,
                                    .counters = kLow,
                                    .extra_field = kOffcore,
                                    .extra = 0x730000477}};

std::vector<Event> server_events() {
  std::vector<Event> out = core_events();
  out.insert(out.end(), std::begin(kServerEvents), std::end(kServerEvents));
  return out;
}

constexpr std::string_view kInst = "inst_retired.any", kCycles = "cpu_clk_unhalted.thread";

std::vector<Plan> plans() {
  const std::vector<std::string_view> metrics = {
      "slots", "topdown-retiring", "topdown-bad-spec", "topdown-fe-bound", "topdown-be-bound", kInst, kCycles};
  std::vector<std::string_view> corrected = metrics;
  corrected.insert(corrected.end(), {"int_misc.uop_dropping", "int_misc.clears_count"});
  std::vector<std::string_view> second = corrected;
  second.insert(second.end(), {"idq_uops_not_delivered.cycles_0_uops_deliv.core", "br_misp_retired.all_branches",
                               "machine_clears.count"});
  const std::vector<std::string_view> memory = {"cycle_activity.stalls_mem_any", "cycle_activity.stalls_total",
                                                "exe_activity.1_ports_util", "exe_activity.2_ports_util",
                                                "exe_activity.bound_on_stores"};
  return {
      {.dialect = "tma_icl_perf_metrics", .groups = {corrected}},
      {.dialect = "perf_metrics_sum",
       .groups = {metrics},
       .remark = "no counter left for Intel's corrections: the metrics as plain perf stat prints them"},
      {.purpose = Purpose::check,
       .dialect = "tma_icl_perf_metrics",
       .groups = {second, memory},
       .remark =
           "partial: memory_bound and core_bound combine two groups that take turns where they do not fit at once"},
  };
}

}  // namespace

std::vector<Microarchitecture> intel_icelake() {
  Microarchitecture server;
  server.id = "icx";
  server.title = "Ice Lake server";
  server.vendor = CpuVendor::intel;
  server.family = 6;
  server.models = {{0x6a, 0x6a}, {0x6c, 0x6c}};
  server.library = "icx";
  server.slots_per_cycle = 5;
  server.general = server.general_single = 8;
  server.fixed_counters = fixed(0) | fixed(1) | fixed(2) | fixed(3);
  server.instructions = kInst;
  server.cycles = kCycles;
  server.ref_cycles = "cpu_clk_unhalted.ref_tsc";
  server.events = server_events();
  server.plans = plans();
  server.extras = {
      {Topic::numa, {"mem_load_l3_miss_retired.local_dram", "mem_load_l3_miss_retired.remote_dram"}},
      {Topic::misses, {"br_misp_retired.all_branches", "longest_lat_cache.miss"}},
      {Topic::stores, {"exe_activity.bound_on_stores"}},
  };
  Microarchitecture client = server;
  client.id = "icl";
  client.title = "Ice Lake, Tiger Lake or Rocket Lake client";
  client.models = {{0x7d, 0x7e}, {0x8c, 0x8d}, {0xa7, 0xa7}};
  client.library = "icl";
  client.events = core_events();
  client.extras.erase(client.extras.begin());
  return {server, client};
}

}  // namespace smtscope::pmu
