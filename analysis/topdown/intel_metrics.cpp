// SPDX-License-Identifier: Apache-2.0
// Ice Lake and later: the PERF_METRICS register, which the kernel reads as slots per bucket. TMA 5.2.
#include "topdown/dialect.h"

namespace smtscope::topdown {
namespace {

const std::string kSum = "topdown-retiring + topdown-bad-spec + topdown-fe-bound + topdown-be-bound";
const std::vector<std::string> kFour = {"topdown-retiring", "topdown-bad-spec", "topdown-fe-bound", "topdown-be-bound"};
const std::vector<std::string> kSecondLevel = {"topdown-heavy-ops", "topdown-br-mispredict", "topdown-fetch-lat",
                                               "topdown-mem-bound"};

Dialect common(std::string id, std::string machine) {
  Dialect out;
  out.id = std::move(id);
  out.machine = std::move(machine);
  // Fractions of 1/255 a read, and under multiplexing not even those of the same slots: what is divided by is the sum.
  out.closure = "$sum / slots - 1";
  out.tolerance = 0.05;
  out.never_equal = {{"slots", "topdown-bad-spec"}};
  return out;
}

Dialect sum_dialect() {
  Dialect out = common("perf_metrics_sum", "Ice Lake and later, as plain perf stat prints it");
  out.formulas = {
      {"$sum", kSum, Kind::local},
      {"retiring", "topdown-retiring / $sum"},
      {"bad_speculation", "topdown-bad-spec / $sum"},
      {"frontend_bound", "topdown-fe-bound / $sum"},
      {"backend_bound", "topdown-be-bound / $sum"},
      {"heavy_operations", "topdown-heavy-ops / $sum", Kind::level2},
      {"light_operations", "retiring - heavy_operations", Kind::level2},
      {"branch_mispredicts", "topdown-br-mispredict / $sum", Kind::level2},
      {"machine_clears", "bad_speculation - branch_mispredicts", Kind::level2},
      {"fetch_latency", "topdown-fetch-lat / $sum", Kind::level2},
      {"fetch_bandwidth", "frontend_bound - fetch_latency", Kind::level2},
      {"memory_bound", "topdown-mem-bound / $sum", Kind::level2},
      {"core_bound", "backend_bound - memory_bound", Kind::level2},
      ipc_formula(),
  };
  out.rules = {{.needs = {kFour}, .without = {"INT_MISC.UOP_DROPPING"}}};
  return out;
}

Dialect ice_lake() {
  Dialect out = common("tma_icl_perf_metrics", "Ice Lake, Tiger Lake (5 slots a cycle), with Intel's corrections");
  out.formulas = {
      {"$sum", kSum, Kind::local},
      {"retiring", "topdown-retiring / $sum"},
      {"frontend_bound", "topdown-fe-bound / $sum - INT_MISC.UOP_DROPPING / slots"},
      {"backend_bound", "topdown-be-bound / $sum + 5 * INT_MISC.CLEARS_COUNT / slots"},
      {"bad_speculation", "max0(1 - retiring - frontend_bound - backend_bound)"},
      {"fetch_latency", "(5 * IDQ_UOPS_NOT_DELIVERED.CYCLES_0_UOPS_DELIV.CORE - INT_MISC.UOP_DROPPING) / slots",
       Kind::level2},
      {"fetch_bandwidth", "max0(frontend_bound - fetch_latency)", Kind::level2},
      {"branch_mispredicts",
       "bad_speculation * BR_MISP_RETIRED.ALL_BRANCHES / (BR_MISP_RETIRED.ALL_BRANCHES + MACHINE_CLEARS.COUNT)",
       Kind::level2},
      {"machine_clears", "max0(bad_speculation - branch_mispredicts)", Kind::level2},
      {"memory_bound",
       "backend_bound * (CYCLE_ACTIVITY.STALLS_MEM_ANY + EXE_ACTIVITY.BOUND_ON_STORES) / (CYCLE_ACTIVITY.STALLS_TOTAL "
       "+ "
       "EXE_ACTIVITY.1_PORTS_UTIL + retiring * EXE_ACTIVITY.2_PORTS_UTIL + EXE_ACTIVITY.BOUND_ON_STORES)",
       Kind::level2},
      {"core_bound", "max0(backend_bound - memory_bound)", Kind::level2},
      {"heavy_operations",
       "UOPS_RETIRED.SLOTS / UOPS_ISSUED.ANY * IDQ.MS_UOPS / slots + retiring * (UOPS_DECODED.DEC0 - "
       "UOPS_DECODED.DEC0:cmask=1) / IDQ.MITE_UOPS",
       Kind::level2},
      {"light_operations", "max0(retiring - heavy_operations)", Kind::level2},
      ipc_formula(),
  };
  std::vector<std::string> later = kSecondLevel;
  out.rules = {{.uarch = {"icelake", "icx", "tigerlake", "rocketlake"}, .needs = {{"INT_MISC.UOP_DROPPING"}, kFour}},
               {.needs = {{"INT_MISC.UOP_DROPPING"}, {"INT_MISC.CLEARS_COUNT"}, kFour}, .without = later},
               {.needs = {{"INT_MISC.UOP_DROPPING"}, kFour}, .rank = 1, .sure = false}};
  return out;
}

Dialect sapphire_rapids() {
  Dialect out = common("tma_spr_perf_metrics",
                       "Sapphire Rapids and later, Alder Lake's P-core (6 slots a cycle), with Intel's corrections");
  out.formulas = {
      {"$sum", kSum, Kind::local},
      {"retiring", "topdown-retiring / $sum"},
      {"frontend_bound", "topdown-fe-bound / $sum - INT_MISC.UOP_DROPPING / slots"},
      {"backend_bound", "topdown-be-bound / $sum"},
      {"bad_speculation", "max0(1 - retiring - frontend_bound - backend_bound)"},
      {"fetch_latency", "topdown-fetch-lat / $sum - INT_MISC.UOP_DROPPING / slots", Kind::level2},
      {"fetch_bandwidth", "max0(frontend_bound - fetch_latency)", Kind::level2},
      {"branch_mispredicts", "topdown-br-mispredict / $sum", Kind::level2},
      {"machine_clears", "max0(bad_speculation - branch_mispredicts)", Kind::level2},
      {"memory_bound", "topdown-mem-bound / $sum", Kind::level2},
      {"core_bound", "max0(backend_bound - memory_bound)", Kind::level2},
      {"heavy_operations", "topdown-heavy-ops / $sum", Kind::level2},
      {"light_operations", "max0(retiring - heavy_operations)", Kind::level2},
      {"core_ipc", "counted(first(instructions, INST_RETIRED.ANY)) / CPU_CLK_UNHALTED.DISTRIBUTED", Kind::number},
      {"smt_2t_utilization", "1 - CPU_CLK_UNHALTED.ONE_THREAD_ACTIVE / CPU_CLK_UNHALTED.REF_DISTRIBUTED", Kind::level2},
      ipc_formula(),
  };
  out.rules = {{.uarch = {"sapphirerapids", "spr", "emeraldrapids", "emr", "graniterapids", "gnr", "alderlake",
                          "raptorlake", "golden"},
                .needs = {{"INT_MISC.UOP_DROPPING"}, kFour}},
               {.needs = {{"INT_MISC.UOP_DROPPING"}, kSecondLevel, kFour}},
               {.needs = {{"INT_MISC.UOP_DROPPING"}, kFour}, .rank = 1, .sure = false}};
  return out;
}

}  // namespace

std::vector<Dialect> intel_metrics_dialects() { return {sum_dialect(), ice_lake(), sapphire_rapids()}; }

}  // namespace smtscope::topdown
