// SPDX-License-Identifier: Apache-2.0
// Sapphire, Emerald and Granite Rapids, and the large cores of Alder Lake: 6 slots a cycle, eight metrics.
#include <iterator>

#include "pmu/microarchitecture.h"

namespace smtscope::pmu {
namespace {

constexpr std::string_view kPerfmon = "intel/perfmon SPR V1.39, EMR V1.24, GNR V1.20, ADL V1.40";
constexpr std::string_view kServer = "intel/perfmon SPR V1.39, EMR V1.24, GNR V1.20";
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
    {.name = "topdown-heavy-ops",
     .what = "of those retired: of heavy operations",
     .source = kSysfs,
     .counters = kNoCounter},
    {.name = "topdown-br-mispredict",
     .what = "of bad speculation: by branches",
     .source = kSysfs,
     .counters = kNoCounter},
    {.name = "topdown-fetch-lat", .what = "of the front end: by latency", .source = kSysfs, .counters = kNoCounter},
    {.name = "topdown-mem-bound", .what = "of the back end: by memory", .source = kSysfs, .counters = kNoCounter},
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
     .code = 0x10ad,
     .library = "INT_MISC:UOP_DROPPING",
     .what = "slots counted as the front end's that were not",
     .source = kPerfmon},
    {.name = "cpu_clk_unhalted.distributed",
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
     .code = 0x10b2,
     .library = "UOPS_DISPATCHED:PORT_4_9",
     .what = "stores on their ports",
     .source = kPerfmon},
    {.name = "uops_retired.slots",
     .code = 0x02c2,
     .library = "UOPS_RETIRED:SLOTS",
     .what = "slots retired",
     .source = kPerfmon},
    {.name = "uops_retired.heavy",
     .code = 0x01c2,
     .library = "UOPS_RETIRED:HEAVY",
     .what = "uops retired but the last of each instruction",
     .source = kPerfmon},
    {.name = "uops_issued.any",
     .code = 0x01ae,
     .library = "UOPS_ISSUED:ANY",
     .what = "uops issued",
     .source = kPerfmon},
    {.name = "idq_bubbles.core", .code = 0x019c, .what = "slots that the front end left empty", .source = kPerfmon},
    {.name = "idq_bubbles.cycles_0_uops_deliv.core",
     .code = 0x0600019c,
     .what = "cycles in which the front end gave nothing",
     .source = kPerfmon},
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
    {.name = "topdown.bad_spec_slots",
     .code = 0x04a4,
     .library = "TOPDOWN:BAD_SPEC_SLOTS",
     .what = "slots of bad speculation, on a general counter",
     .source = kPerfmon,
     .counters = kFirst},
    {.name = "topdown.br_mispredict_slots",
     .code = 0x08a4,
     .library = "TOPDOWN:BR_MISPREDICT_SLOTS",
     .what = "slots of mispredicted branches, on a general counter",
     .source = kPerfmon,
     .counters = kFirst},
    {.name = "topdown.memory_bound_slots",
     .code = 0x10a4,
     .library = "TOPDOWN:MEMORY_BOUND_SLOTS",
     .what = "slots lost to memory, on a general counter",
     .source = kPerfmon},
    {.name = "longest_lat_cache.miss",
     .code = 0x412e,
     .library = "LONGEST_LAT_CACHE:MISS",
     .what = "requests that missed the last level cache, prefetch left out",
     .source = kPerfmon},
};

std::vector<Event> core_events() { return {std::begin(kCoreEvents), std::end(kCoreEvents)}; }

std::vector<Event> server_events() {
  std::vector<Event> out = core_events();
  out.insert(out.end(), {{.name = "mem_load_l3_miss_retired.local_dram",
                          .code = 0x01d3,
                          .library = "MEM_LOAD_L3_MISS_RETIRED:LOCAL_DRAM",
                          .what = "retired demand loads from memory of this socket",
                          .source = kServer,
                          .counters = kLow},
                         {.name = "mem_load_l3_miss_retired.remote_dram",
                          .code = 0x02d3,
                          .library = "MEM_LOAD_L3_MISS_RETIRED:REMOTE_DRAM",
                          .what = "retired demand loads from memory of another socket",
                          .source = kServer,
                          .counters = kLow},
                         {.name = "mem_load_l3_miss_retired.remote_hitm",
                          .code = 0x04d3,
                          .library = "MEM_LOAD_L3_MISS_RETIRED:REMOTE_HITM",
                          .what = "... from a modified line in a cache of another socket",
                          .source = kServer,
                          .counters = kLow},
                         {.name = "mem_load_l3_miss_retired.remote_fwd",
                          .code = 0x08d3,
                          .library = "MEM_LOAD_L3_MISS_RETIRED:REMOTE_FWD",
                          .what = "... forwarded by a cache of another socket",
                          .source = kServer,
                          .counters = kLow},
                         {.name = "ocr.reads_to_core.local_dram",
                          .code = 0x012a,
                          .library = "OCR:READS_TO_CORE_LOCAL_DRAM",
                          .what = "reads with prefetch from memory of the own sub-NUMA cluster",
                          .source = kServer,
                          .counters = kLow,
                          .extra_field = kOffcore,
                          .extra = 0x104004477},
                         {.name = "ocr.reads_to_core.remote_dram",
                          .code = 0x012a,
                          .library = "OCR:READS_TO_CORE_REMOTE_DRAM",
                          .what = "... from memory of another socket",
                          .source = kServer,
                          .counters = kLow,
                          .extra_field = kOffcore,
                          .extra = 0x730004477},
                         {.name = "ocr.reads_to_core.local_socket_dram",
                          .code = 0x012a,
                          .library = "OCR:READS_TO_CORE_LOCAL_SOCKET_DRAM",
                          .what = "... from memory of this socket",
                          .source = kServer,
                          .counters = kLow,
                          .extra_field = kOffcore,
                          .extra = 0x70c004477}});
  return out;
}

const Event kSncDram = {.name = "ocr.reads_to_core.snc_dram",
                        .code = 0x012a,
                        .library = "OCR:READS_TO_CORE_SNC_DRAM",
                        .what = "... from memory of another sub-NUMA cluster of this socket",
                        .source = "intel/perfmon SPR V1.39, EMR V1.24",
                        .counters = kLow,
                        .extra_field = kOffcore,
                        .extra = 0x708004477};

constexpr std::string_view kInst = "inst_retired.any", kCycles = "cpu_clk_unhalted.thread";

std::vector<Plan> plans() {
  const std::vector<std::string_view> first = {"slots", "topdown-retiring", "topdown-bad-spec", "topdown-fe-bound",
                                               "topdown-be-bound"};
  std::vector<std::string_view> both = first, sum = first, four = first;
  both.insert(both.end(), {"topdown-heavy-ops", "topdown-br-mispredict", "topdown-fetch-lat", "topdown-mem-bound",
                           kInst, kCycles, "int_misc.uop_dropping"});
  four.insert(four.end(), {kInst, kCycles, "int_misc.uop_dropping"});
  sum.insert(sum.end(), {kInst, kCycles});
  return {
      {.dialect = "tma_spr_perf_metrics", .groups = {both}},
      {.dialect = "tma_spr_perf_metrics",
       .groups = {four},
       .remark = "partial: the kernel does not offer the metrics of level 2"},
      {.dialect = "perf_metrics_sum",
       .groups = {sum},
       .remark = "no counter left for Intel's corrections: the metrics as plain perf stat prints them"},
  };
}

}  // namespace

std::vector<Microarchitecture> intel_sapphire_rapids() {
  Microarchitecture spr;
  spr.id = "spr";
  spr.title = "Sapphire Rapids";
  spr.vendor = CpuVendor::intel;
  spr.family = 6;
  spr.models = {{0x8f, 0x8f}};
  spr.library = "spr";
  spr.slots_per_cycle = 6;
  spr.general = spr.general_single = 8;
  spr.fixed_counters = fixed(0) | fixed(1) | fixed(2) | fixed(3);
  spr.instructions = kInst;
  spr.cycles = kCycles;
  spr.ref_cycles = "cpu_clk_unhalted.ref_tsc";
  spr.events = server_events();
  spr.events.push_back(kSncDram);
  spr.plans = plans();
  spr.extras = {
      {Topic::core,
       {"cpu_clk_unhalted.distributed", "cpu_clk_unhalted.one_thread_active", "cpu_clk_unhalted.ref_distributed"}},
      {Topic::numa, {"mem_load_l3_miss_retired.local_dram", "mem_load_l3_miss_retired.remote_dram"}},
      {Topic::misses, {"br_misp_retired.all_branches", "longest_lat_cache.miss"}},
      {Topic::stores, {"exe_activity.bound_on_stores"}},
  };
  Microarchitecture emr = spr;
  emr.id = "emr";
  emr.title = "Emerald Rapids";
  emr.models = {{0xcf, 0xcf}};
  emr.library = {};
  Microarchitecture gnr = emr;
  gnr.id = "gnr";
  gnr.title = "Granite Rapids";
  gnr.models = {{0xad, 0xae}};
  gnr.events = server_events();
  gnr.events.push_back({.name = "mem_load_l3_miss_retired.remote_cxl_mem",
                        .code = 0x10d3,
                        .what = "... from CXL memory of another socket",
                        .source = "intel/perfmon GNR V1.20",
                        .counters = kLow});
  spr.events.push_back({.name = "mem_load_l3_miss_retired.remote_pmm",
                        .code = 0x10d3,
                        .library = "MEM_LOAD_L3_MISS_RETIRED:REMOTE_PMM",
                        .what = "... from persistent memory of another socket",
                        .source = "intel/perfmon SPR V1.39",
                        .counters = kLow});
  Microarchitecture client = emr;
  client.id = "adl_core";
  client.title = "Golden Cove, the large cores of Alder Lake and Raptor Lake";
  client.models = {{0x97, 0x97}, {0x9a, 0x9a}, {0xb7, 0xb7}, {0xba, 0xba}, {0xbf, 0xbf}};
  client.device = "cpu_core";
  client.events = core_events();
  client.extras.erase(client.extras.begin() + 1);
  return {spr, emr, gnr, client};
}

}  // namespace smtscope::pmu
