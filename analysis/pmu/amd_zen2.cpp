// SPDX-License-Identifier: Apache-2.0
// Zen 2 and Zen 3: no events of slots; cycles in which the front end starved or a queue was full.
#include "pmu/microarchitecture.h"

namespace smtscope::pmu {
namespace {

constexpr std::string_view kZen2 = "kernel pmu-events amdzen2";
constexpr std::string_view kZen3 = "kernel pmu-events amdzen3";
constexpr std::string_view kInst = "instructions", kCycles = "ls_not_halted_cyc", kOps = "ex_ret_ops",
                           kEmpty = "de_dis_uop_queue_empty", kStores = "de_dis_dispatch_token_stalls1.store_queue",
                           kLoads = "de_dis_dispatch_token_stalls1.load_queue", kMisses = "ex_ret_brn_misp",
                           kRetire = "de_dis_dispatch_token_stalls2.retire";

std::vector<Event> shared_events(std::string_view source) {
  return {
      {.name = kInst,
       .code = 0xc0,
       .library = "RETIRED_INSTRUCTIONS",
       .what = "instructions retired",
       .source = source},
      {.name = kCycles,
       .code = 0x76,
       .library = "CYCLES_NOT_IN_HALT",
       .what = "cycles of this thread, not halted",
       .source = source},
      {.name = kMisses,
       .code = 0xc3,
       .library = "RETIRED_BRANCH_INSTRUCTIONS_MISPREDICTED",
       .what = "branches mispredicted, retired",
       .source = source},
      {.name = "ex_ret_brn",
       .code = 0xc2,
       .library = "RETIRED_BRANCH_INSTRUCTIONS",
       .what = "branches retired",
       .source = source},
  };
}

Microarchitecture common() {
  Microarchitecture out;
  out.vendor = CpuVendor::amd;
  out.general = out.general_single = 6;
  out.instructions = kInst;
  out.cycles = kCycles;
  out.notes = {"this machine has no events of slots: no top-down metrics, and SMT contention is unknown"};
  return out;
}

Microarchitecture zen2() {
  Microarchitecture out = common();
  out.id = "zen2";
  out.title = "Zen 2";
  out.family = 0x17;
  out.models = {{0x30, 0x4f}, {0x60, 0x7f}, {0x90, 0x91}, {0xa0, 0xaf}};
  out.library = "amd64_fam17h_zen2";
  out.events = shared_events(kZen2);
  out.events.insert(out.events.end(),
                    {{.name = kOps, .code = 0xc1, .library = "RETIRED_UOPS", .what = "ops retired", .source = kZen2},
                     {.name = kEmpty,
                      .code = 0xa9,
                      .library = "UOPS_QUEUE_EMPTY",
                      .what = "cycles with the queue of ops empty",
                      .source = kZen2},
                     {.name = "de_dis_uops_from_decoder", .code = 0xffaa, .what = "ops dispatched", .source = kZen2},
                     {.name = kStores,
                      .code = 0x04ae,
                      .library = "DISPATCH_RESOURCE_STALL_CYCLES_1:STORE_QUEUE_RSRC_STALL",
                      .what = "cycles that dispatch waited for the store queue",
                      .source = kZen2},
                     {.name = kLoads,
                      .code = 0x02ae,
                      .library = "DISPATCH_RESOURCE_STALL_CYCLES_1:LOAD_QUEUE_RSRC_STALL",
                      .what = "cycles that dispatch waited for the load queue",
                      .source = kZen2},
                     {.name = "ls_refills_from_sys.lcl_dram",
                      .code = 0x0843,
                      .library = "DATA_CACHE_REFILLS_FROM_SYSTEM:LS_MABRESP_LCL_DRAM",
                      .what = "demand fills from memory or devices of this die",
                      .source = kZen2},
                     {.name = "ls_refills_from_sys.rmt_dram",
                      .code = 0x4043,
                      .library = "DATA_CACHE_REFILLS_FROM_SYSTEM:LS_MABRESP_RMT_DRAM",
                      .what = "demand fills from memory or devices of another die",
                      .source = kZen2},
                     {.name = "ls_refills_from_sys.rmt_cache",
                      .code = 0x1043,
                      .library = "DATA_CACHE_REFILLS_FROM_SYSTEM:LS_MABRESP_RMT_CACHE",
                      .what = "demand fills from a cache, the address at home on another die",
                      .source = kZen2}});
  out.plans = {{.groups = {{kInst, kCycles, kEmpty, kStores, kLoads}}}};
  out.extras = {{Topic::numa, {"ls_refills_from_sys.lcl_dram", "ls_refills_from_sys.rmt_dram"}},
                {Topic::misses, {kMisses}}};
  return out;
}

Microarchitecture zen3() {
  Microarchitecture out = common();
  out.id = "zen3";
  out.title = "Zen 3";
  out.family = 0x19;
  out.models = {{0x00, 0x0f}, {0x20, 0x5f}};
  out.library = "amd64_fam19h_zen3";
  out.events = shared_events(kZen3);
  out.events.insert(
      out.events.end(),
      {{.name = kOps, .code = 0xc1, .library = "RETIRED_OPS", .what = "ops retired", .source = kZen3},
       {.name = kEmpty,
        .code = 0xa9,
        .library = "UOPS_QUEUE_EMPTY",
        .what = "cycles with the queue of ops empty",
        .source = kZen3},
       {.name = kStores,
        .code = 0x04ae,
        .library = "DISPATCH_RESOURCE_STALL_CYCLES_1:STORE_QUEUE_RSRC_STALL",
        .what = "cycles that dispatch waited for the store queue, or would have while the sibling was selected",
        .source = kZen3},
       {.name = kLoads,
        .code = 0x02ae,
        .library = "DISPATCH_RESOURCE_STALL_CYCLES_1:LOAD_QUEUE_RSRC_STALL",
        .what = "cycles that dispatch waited for the load queue, or would have while the sibling was selected",
        .source = kZen3},
       {.name = kRetire,
        .code = 0x20af,
        .library = "DISPATCH_RESOURCE_STALL_CYCLES_2:RETIRE_TOKEN_STALL",
        .what = "cycles that dispatch waited for the retire queue",
        .source = kZen3},
       {.name = "ls_any_fills_from_sys.dram_io_near",
        .code = 0x0844,
        .library = "ANY_DATA_CACHE_FILLS_FROM_SYSTEM:MEM_IO_LCL",
        .what = "fills with prefetch from memory or devices of the same NUMA node",
        .source = kZen3},
       {.name = "ls_any_fills_from_sys.dram_io_far",
        .code = 0x4044,
        .library = "ANY_DATA_CACHE_FILLS_FROM_SYSTEM:MEM_IO_RMT",
        .what = "fills with prefetch from memory or devices of another NUMA node (with NPS4 also of this socket)",
        .source = kZen3},
       {.name = "ls_any_fills_from_sys.far_cache",
        .code = 0x1044,
        .library = "ANY_DATA_CACHE_FILLS_FROM_SYSTEM:EXT_CACHE_RMT",
        .what = "fills with prefetch from a cache of another NUMA node",
        .source = kZen3}});
  out.plans = {{.groups = {{kInst, kCycles, kEmpty, kStores, kRetire}}}};
  out.extras = {{Topic::numa, {"ls_any_fills_from_sys.dram_io_near", "ls_any_fills_from_sys.dram_io_far"}},
                {Topic::misses, {kMisses}}};
  out.notes.emplace_back("stalls of the store and load queue over-count while both threads run");
  return out;
}

}  // namespace

std::vector<Microarchitecture> amd_zen2() { return {zen2(), zen3()}; }

}  // namespace smtscope::pmu
