// SPDX-License-Identifier: Apache-2.0
// Skylake and Cascade Lake: 4 slots a cycle, TMA 5.01. What the core's clocks are is the SMT correction.
#include "topdown/dialect.h"

namespace smtscope::topdown {
namespace {

const std::vector<std::string> kModels = {"skylake",    "skx",      "cascadelake",        "clx",
                                          "cooperlake", "kabylake", "intel-4wide-pre-icl"};

std::vector<Formula> formulas(const std::string& clocks, const std::string& recovery, bool two_threads) {
  std::vector<Formula> out = {
      {"$core_clks", clocks, Kind::local},
      {"$recovery", recovery, Kind::local},
      {"$slots", "4 * $core_clks", Kind::local},
      {"frontend_bound", "IDQ_UOPS_NOT_DELIVERED.CORE / $slots"},
      {"retiring", "UOPS_RETIRED.RETIRE_SLOTS / $slots"},
      {"bad_speculation", "(UOPS_ISSUED.ANY - UOPS_RETIRED.RETIRE_SLOTS + 4 * $recovery) / $slots"},
      {"backend_bound", "1 - frontend_bound - (UOPS_ISSUED.ANY + 4 * $recovery) / $slots"},
      {"fetch_latency", "4 * IDQ_UOPS_NOT_DELIVERED.CYCLES_0_UOPS_DELIV.CORE / $slots", Kind::level2},
      {"fetch_bandwidth", "frontend_bound - fetch_latency", Kind::level2},
      {"branch_mispredicts",
       "bad_speculation * BR_MISP_RETIRED.ALL_BRANCHES / (BR_MISP_RETIRED.ALL_BRANCHES + MACHINE_CLEARS.COUNT)",
       Kind::level2},
      {"machine_clears", "bad_speculation - branch_mispredicts", Kind::level2},
      {"memory_bound",
       "backend_bound * (CYCLE_ACTIVITY.STALLS_MEM_ANY + EXE_ACTIVITY.BOUND_ON_STORES) / (CYCLE_ACTIVITY.STALLS_TOTAL "
       "+ "
       "EXE_ACTIVITY.1_PORTS_UTIL + retiring * EXE_ACTIVITY.2_PORTS_UTIL + EXE_ACTIVITY.BOUND_ON_STORES)",
       Kind::level2},
      {"core_bound", "backend_bound - memory_bound", Kind::level2},
      {"heavy_operations",
       "(UOPS_RETIRED.RETIRE_SLOTS + UOPS_RETIRED.MACRO_FUSED - first(INST_RETIRED.ANY, instructions)) / $slots",
       Kind::level2},
      {"light_operations", "retiring - heavy_operations", Kind::level2},
      {"core_ipc", "counted(first(INST_RETIRED.ANY, instructions)) / $core_clks", Kind::number},
  };
  if (two_threads)
    out.push_back({"smt_2t_utilization", "1 - CPU_CLK_UNHALTED.ONE_THREAD_ACTIVE / (CPU_CLK_UNHALTED.REF_XCLK_ANY / 2)",
                   Kind::level2});
  out.push_back(ipc_formula());
  return out;
}

const std::vector<std::string> kSlotEvents = {"IDQ_UOPS_NOT_DELIVERED.CORE", "UOPS_RETIRED.RETIRE_SLOTS",
                                              "UOPS_ISSUED.ANY"};

}  // namespace

std::vector<Dialect> intel_core_dialects() {
  std::vector<Dialect> out(3);
  out[0].id = "tma_pre_icl_nosmt";
  out[0].machine = "Skylake, Cascade Lake with SMT off";
  out[0].formulas = formulas("CPU_CLK_UNHALTED.THREAD", "INT_MISC.RECOVERY_CYCLES", false);
  // RETIRE_SLOTS is a name of these machines alone; the others are Ice Lake's too, which is wider.
  out[0].rules = {
      {.uarch = kModels, .needs = {kSlotEvents, {"CPU_CLK_UNHALTED.THREAD"}}, .smt = SmtNeed::known_off},
      {.uarch = kModels,
       .needs = {{"INT_MISC.RECOVERY_CYCLES"}, {"CPU_CLK_UNHALTED.THREAD"}},
       .without = {"INT_MISC.RECOVERY_CYCLES_ANY"},
       .smt = SmtNeed::not_on},
      {.needs = {{"UOPS_RETIRED.RETIRE_SLOTS"}, {"INT_MISC.RECOVERY_CYCLES"}, {"CPU_CLK_UNHALTED.THREAD"}},
       .without = {"INT_MISC.RECOVERY_CYCLES_ANY", "CPU_CLK_UNHALTED.THREAD_ANY", "CPU_CLK_UNHALTED.ONE_THREAD_ACTIVE"},
       .smt = SmtNeed::not_on},
      {.needs = {kSlotEvents, {"CPU_CLK_UNHALTED.THREAD"}}, .smt = SmtNeed::not_on, .rank = 1, .sure = false}};
  out[1].id = "tma_pre_icl_smt_any";
  out[1].machine = "the same with SMT on, counted for the whole CPU";
  out[1].formulas = formulas("CPU_CLK_UNHALTED.THREAD_ANY / 2", "INT_MISC.RECOVERY_CYCLES_ANY / 2", true);
  out[1].rules = {{.needs = {kSlotEvents, {"CPU_CLK_UNHALTED.THREAD_ANY"}}, .smt = SmtNeed::not_off}};
  out[2].id = "tma_pre_icl_ebs";
  out[2].machine = "the same with SMT on, counted for a task or cgroup";
  out[2].formulas =
      formulas("CPU_CLK_UNHALTED.THREAD / 2 * (1 + CPU_CLK_UNHALTED.ONE_THREAD_ACTIVE / CPU_CLK_UNHALTED.REF_XCLK)",
               "INT_MISC.RECOVERY_CYCLES_ANY / 2", true);
  out[2].rules = {
      {.needs = {kSlotEvents,
                 {"CPU_CLK_UNHALTED.THREAD"},
                 {"CPU_CLK_UNHALTED.ONE_THREAD_ACTIVE"},
                 {"CPU_CLK_UNHALTED.REF_XCLK"}},
       .without = {"CPU_CLK_UNHALTED.THREAD_ANY"},
       .smt = SmtNeed::not_off},
      {.needs = {kSlotEvents, {"CPU_CLK_UNHALTED.THREAD"}}, .smt = SmtNeed::not_off, .rank = 1, .sure = false}};
  return out;
}

}  // namespace smtscope::topdown
