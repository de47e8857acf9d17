// SPDX-License-Identifier: Apache-2.0
// Zen 4 (6 slots a cycle) and Zen 5 (8): slots lost to the sibling are counted.
#include "pmu/microarchitecture.h"

namespace smtscope::pmu {
namespace {

constexpr std::string_view kInst = "instructions", kCycles = "ls_not_halted_cyc", kOps = "ex_ret_ops",
                           kFront = "de_no_dispatch_per_slot.no_ops_from_frontend",
                           kBack = "de_no_dispatch_per_slot.backend_stalls",
                           kSibling = "de_no_dispatch_per_slot.smt_contention", kDispatched = "de_src_op_disp.all";

std::vector<Event> slot_events(std::string_view source) {
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
      {.name = "ls_not_halted_p0_cyc",
       .code = 0x100000120,
       .library = "P0_FREQ_CYCLES_NOT_IN_HALT:P0_FREQ_CYCLES",
       .what = "cycles at the rate of P0, not halted",
       .source = source},
      {.name = kFront,
       .code = 0x1000001a0,
       .library = "DISPATCH_STALLS_1:FE_NO_OPS",
       .what = "slots without ops from the front end",
       .source = source},
      {.name = kBack,
       .code = 0x100001ea0,
       .library = "DISPATCH_STALLS_1:BE_STALLS",
       .what = "slots stalled by the back end",
       .source = source},
      {.name = kSibling,
       .code = 0x1000060a0,
       .library = "DISPATCH_STALLS_1:SMT_CONTENTION",
       .what = "slots that went to the sibling",
       .source = source},
      {.name = kOps, .code = 0xc1, .library = "RETIRED_OPS", .what = "ops retired", .source = source},
      {.name = kDispatched,
       .code = 0x07aa,
       .library = "OPS_SOURCE_DISPATCHED_FROM_DECODER:DECODER:OPCACHE:LOOP_BUFFER",
       .what = "ops dispatched",
       .source = source},
  };
}

std::vector<Event> retired_events(std::string_view source) {
  return {
      {.name = "ex_ret_brn",
       .code = 0xc2,
       .library = "RETIRED_BRANCH_INSTRUCTIONS",
       .what = "branches retired",
       .source = source},
      {.name = "ex_ret_brn_misp",
       .code = 0xc3,
       .library = "RETIRED_BRANCH_INSTRUCTIONS_MISPREDICTED",
       .what = "branches mispredicted, retired",
       .source = source},
      {.name = "ex_ret_ucode_ops",
       .code = 0x1000000c2,
       .library = "RETIRED_UCODE_OPS",
       .what = "ops of microcode",
       .source = source},
      {.name = "ex_no_retire.load_not_complete",
       .code = 0xa2d6,
       .library = "CYCLES_NO_RETIRE:NOT_COMPLETE_MISSING_LOAD",
       .what = "nothing retired: a load is not complete",
       .source = source},
      {.name = "ex_no_retire.not_complete",
       .code = 0x02d6,
       .library = "CYCLES_NO_RETIRE:NOT_COMPLETE_LOAD_AND_ALU",
       .what = "nothing retired: the oldest op is not complete",
       .source = source},
      {.name = "ex_no_retire.thread_not_selected",
       .code = 0x10d6,
       .library = "CYCLES_NO_RETIRE:THREAD_NOT_SELECTED",
       .what = "nothing retired: the sibling was selected",
       .source = source},
      {.name = "de_dispatch_stall_cycle_dynamic_tokens_part1.store_queue",
       .code = 0x04ae,
       .library = "DISPATCH_RESOURCE_STALL_CYCLES_1:STORE_QUEUE_RSRC_STALL",
       .what = "cycles that dispatch waited for the store queue",
       .source = source},
  };
}

std::vector<Event> fill_events(std::string_view source) {
  return {
      {.name = "ls_any_fills_from_sys.dram_io_near",
       .code = 0x0844,
       .library = "ANY_DATA_CACHE_FILLS_FROM_SYSTEM:DRAM_IO_NEAR",
       .what = "fills with prefetch from memory or devices of the same NUMA node",
       .source = source},
      {.name = "ls_any_fills_from_sys.dram_io_far",
       .code = 0x4044,
       .library = "ANY_DATA_CACHE_FILLS_FROM_SYSTEM:DRAM_IO_FAR",
       .what = "fills with prefetch from memory or devices of another NUMA node (with NPS4 also of this socket)",
       .source = source},
      {.name = "ls_any_fills_from_sys.far_cache",
       .code = 0x1044,
       .library = "ANY_DATA_CACHE_FILLS_FROM_SYSTEM:FAR_CACHE_NEAR_FAR",
       .what = "fills with prefetch from a cache of another NUMA node",
       .source = source},
      {.name = "ls_any_fills_from_sys.dram_io_all",
       .code = 0x4844,
       .library = "ANY_DATA_CACHE_FILLS_FROM_SYSTEM:DRAM_IO_NEAR:DRAM_IO_FAR",
       .what = "fills with prefetch from memory or devices",
       .source = source},
      {.name = "ls_any_fills_from_sys.all",
       .code = 0xff44,
       .what = "fills of the data cache, with prefetch",
       .source = source},
  };
}

std::vector<Event> shared_events(std::string_view source) {
  std::vector<Event> out = slot_events(source);
  for (const auto& events : {retired_events(source), fill_events(source)})
    out.insert(out.end(), events.begin(), events.end());
  return out;
}

std::vector<Plan> plans(const std::string& width) {
  const std::string slots = width + " * ls_not_halted_cyc";
  // Named as the formulas name it; what is left of the slots.
  const DerivedCount bad = {"dispatched_minus_retired",
                            slots +
                                " - ex_ret_ops - de_no_dispatch_per_slot.no_ops_from_frontend - "
                                "de_no_dispatch_per_slot.backend_stalls - de_no_dispatch_per_slot.smt_contention"};
  const DerivedCount cycles = {"cycles", "ls_not_halted_cyc"};
  const std::string_view dialect = width == "6" ? "zen4_l1_group" : "zen5_l1_group";
  return {
      {.dialect = dialect,
       .groups = {{kCycles, kInst, kFront, kBack, kSibling, kOps}},
       .derived = {bad, cycles},
       .remark = "bad_speculation is what is left of the slots: derived, not checked"},
      {.dialect = dialect,
       .groups = {{kInst, kCycles}, {kCycles, kFront, kSibling}, {kCycles, kBack, kOps}},
       .derived = {bad, cycles},
       .remark =
           "partial: five counters are left: two groups take turns; bad_speculation is what is left of the slots of "
           "both: derived, not checked"},
      {.purpose = Purpose::check,
       .dialect = dialect,
       .groups = {{kCycles, kFront, kBack, kSibling, kOps, kDispatched}},
       .derived = {cycles},
       .remark = "instructions are not counted: all six counters check each other"},
      {.purpose = Purpose::check,
       .dialect = dialect,
       .groups = {{kCycles, kFront, kBack, kSibling, kOps}},
       .derived = {bad, cycles},
       .remark =
           "instructions are not counted, and bad_speculation is what is left of the slots: derived, not checked"},
  };
}

}  // namespace

std::vector<Microarchitecture> amd_zen4() {
  constexpr std::string_view kZen4 = "kernel pmu-events amdzen4", kZen5 = "kernel pmu-events amdzen5";
  Microarchitecture zen4;
  zen4.id = "zen4";
  zen4.title = "Zen 4";
  zen4.vendor = CpuVendor::amd;
  zen4.family = 0x19;
  zen4.models = {{0x10, 0x1f}, {0x60, 0xaf}};
  zen4.library = "amd64_fam19h_zen4";
  zen4.slots_per_cycle = 6;
  zen4.general = zen4.general_single = 6;
  zen4.instructions = kInst;
  zen4.cycles = kCycles;
  zen4.ref_cycles = "ls_not_halted_p0_cyc";
  zen4.plans = plans("6");
  zen4.extras = {{Topic::numa, {"ls_any_fills_from_sys.dram_io_near", "ls_any_fills_from_sys.dram_io_far"}},
                 {Topic::misses, {"ex_ret_brn_misp"}},
                 {Topic::stores, {"de_dispatch_stall_cycle_dynamic_tokens_part1.store_queue"}}};
  Microarchitecture zen5 = zen4;
  zen4.events = shared_events(kZen4);
  zen4.events.push_back({.name = "resyncs_or_nc_redirects",
                         .code = 0x96,
                         .library = "RESYNCS",
                         .what = "restarts of the pipeline",
                         .source = kZen4});
  zen4.events.push_back({.name = "de_no_dispatch_per_slot.no_ops_from_frontend:cmask=6",
                         .code = 0x1060001a0,
                         .library = "DISPATCH_STALLS_1:FE_NO_OPS:c=6",
                         .what = "cycles in which the front end gave nothing",
                         .source = kZen4});
  zen5.id = "zen5";
  zen5.title = "Zen 5";
  zen5.family = 0x1a;
  zen5.models = {{0x00, 0x2f}, {0x40, 0x4f}, {0x60, 0x7f}};
  zen5.library = {};
  zen5.slots_per_cycle = 8;
  zen5.plans = plans("8");
  zen5.events = shared_events(kZen5);
  zen5.events.push_back(
      {.name = "bp_redirects.resync", .code = 0x019f, .what = "restarts of the pipeline", .source = kZen5});
  zen5.events.push_back({.name = "de_no_dispatch_per_slot.no_ops_from_frontend:cmask=8",
                         .code = 0x1080001a0,
                         .what = "cycles in which the front end gave nothing",
                         .source = kZen5});
  return {zen4, zen5};
}

}  // namespace smtscope::pmu
