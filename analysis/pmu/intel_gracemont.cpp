// SPDX-License-Identifier: Apache-2.0
// Gracemont: the small cores of Alder Lake and Raptor Lake, and Alder Lake-N, which has no others. 5 slots a cycle.
#include "pmu/microarchitecture.h"

namespace smtscope::pmu {
namespace {

constexpr std::string_view kPerfmon = "intel/perfmon ADL V1.40, Gracemont";
constexpr std::string_view kInst = "inst_retired.any", kCycles = "cpu_clk_unhalted.core";

}  // namespace

std::vector<Microarchitecture> intel_gracemont() {
  Microarchitecture out;
  out.id = "gracemont";
  out.title = "Gracemont, the small cores of Alder Lake and Raptor Lake";
  out.vendor = CpuVendor::intel;
  out.device = "cpu_atom";
  out.family = 6;
  out.models = {{0x97, 0x97}, {0x9a, 0x9a}, {0xb7, 0xb7}, {0xba, 0xba}, {0xbf, 0xbf}};
  out.slots_per_cycle = 5;
  out.general = out.general_single = 6;
  out.fixed_counters = fixed(0) | fixed(1) | fixed(2);
  out.instructions = kInst;
  out.cycles = kCycles;
  out.ref_cycles = "cpu_clk_unhalted.ref_tsc";
  out.events = {
      {.name = kInst,
       .code = 0xc0,
       .what = "instructions retired",
       .source = kPerfmon,
       .counters = kGeneral | fixed(0)},
      {.name = kCycles,
       .code = 0x3c,
       .what = "cycles, not halted",
       .source = kPerfmon,
       .counters = kGeneral | fixed(1)},
      {.name = "cpu_clk_unhalted.ref_tsc",
       .code = 0x0300,
       .what = "cycles at the rate of the TSC, not halted",
       .source = "kernel's fixed counters",
       .counters = fixed(2)},
      {.name = "topdown_retiring.all", .code = 0xc2, .what = "slots retired", .source = kPerfmon},
      {.name = "topdown_fe_bound.all", .code = 0x71, .what = "slots lost by the front end", .source = kPerfmon},
      {.name = "topdown_be_bound.all", .code = 0x74, .what = "slots lost by the back end", .source = kPerfmon},
      {.name = "topdown_bad_speculation.all", .code = 0x73, .what = "slots of bad speculation", .source = kPerfmon},
      {.name = "br_misp_retired.all_branches",
       .code = 0xc5,
       .what = "branches mispredicted, retired",
       .source = kPerfmon},
      {.name = "br_inst_retired.all_branches", .code = 0xc4, .what = "branches retired", .source = kPerfmon},
      {.name = "longest_lat_cache.miss",
       .code = 0x412e,
       .what = "requests that missed the last level cache",
       .source = kPerfmon},
      {.name = "mem_scheduler_block.st_buf",
       .code = 0x0104,
       .what = "cycles blocked by a full store buffer",
       .source = kPerfmon},
  };
  out.plans = {{.dialect = "atom_5wide",
                .groups = {{kInst, kCycles, "topdown_retiring.all", "topdown_fe_bound.all", "topdown_be_bound.all"}}}};
  out.extras = {{Topic::misses, {"br_misp_retired.all_branches", "longest_lat_cache.miss"}},
                {Topic::stores, {"mem_scheduler_block.st_buf"}}};
  Microarchitecture alone = out;
  alone.id = "gracemont_n";
  alone.title = "Gracemont, Alder Lake-N";
  alone.device = {};
  alone.models = {{0xbe, 0xbe}};
  return {out, alone};
}

}  // namespace smtscope::pmu
