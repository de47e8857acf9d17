// SPDX-License-Identifier: Apache-2.0
// Zen 4 (6 slots a cycle) and Zen 5 (8): slots lost to the sibling are counted.
#include <array>

#include "topdown/dialect.h"

namespace smtscope::topdown {
namespace {

// Each metric over the cycles of its own multiplex group.
Dialect zen4_split() {
  Dialect out;
  out.id = "zen4_l1_split_cycles";
  out.machine = "Zen 4, the groups of perf stat -M PipelineL1,PipelineL2";
  const std::string starved = "de_no_dispatch_per_slot.no_ops_from_frontend";
  out.formulas = {
      {"bad_speculation", "(de_src_op_disp.all - ex_ret_ops) / (6 * ls_not_halted_cyc@ret)"},
      {"retiring", "ex_ret_ops / (6 * ls_not_halted_cyc@ret)"},
      {"frontend_bound", starved + " / (6 * ls_not_halted_cyc@fe)"},
      {"backend_bound", "de_no_dispatch_per_slot.backend_stalls / (6 * ls_not_halted_cyc@be)"},
      {"smt_contention", "de_no_dispatch_per_slot.smt_contention / (6 * ls_not_halted_cyc@smt)"},
      {"$memory", "ex_no_retire.load_not_complete / ex_no_retire.not_complete", Kind::local},
      {"backend_bound_memory", "backend_bound * $memory", Kind::level2},
      {"backend_bound_cpu", "backend_bound * (1 - $memory)", Kind::level2},
      {"$mispredicts", "ex_ret_brn_misp / (ex_ret_brn_misp + resyncs_or_nc_redirects)", Kind::local},
      {"bad_speculation_mispredicts", "bad_speculation * $mispredicts", Kind::level2},
      {"bad_speculation_pipeline_restarts", "bad_speculation * (1 - $mispredicts)", Kind::level2},
      {"$ucode", "ex_ret_ucode_ops / ex_ret_ops@ucode", Kind::local},
      {"$retiring", "ex_ret_ops@ucode / (6 * ls_not_halted_cyc@ucode)", Kind::local},
      {"retiring_microcode", "$retiring * $ucode", Kind::level2},
      {"retiring_fastpath", "$retiring * (1 - $ucode)", Kind::level2},
      {"frontend_bound_latency", "6 * " + starved + ":cmask=6 / (6 * ls_not_halted_cyc@fe)", Kind::level2},
      {"frontend_bound_bandwidth", "frontend_bound - frontend_bound_latency", Kind::level2},
      ipc_formula(),
  };
  out.closure = "retiring + frontend_bound + backend_bound + bad_speculation + smt_contention - 1";
  out.tolerance = 0.05;  // groups that ran at different times
  const std::vector<std::string> own = {starved, "de_no_dispatch_per_slot.backend_stalls", "de_src_op_disp.all"};
  // By the events alone only with one that Zen 5 has not.
  out.rules = {{.uarch = {"zen4", "znver4"},
                .needs = {own, {"ls_not_halted_cyc@ret", "ls_not_halted_cyc@fe", "ls_not_halted_cyc@be"}},
                .without = {"slots"}},
               {.needs = {own, {starved + ":cmask=6", "resyncs_or_nc_redirects"}},
                .without = {"slots", starved + ":cmask=8", "bp_redirects.resync"}},
               {.needs = {own, {"ls_not_halted_cyc@ret"}}, .rank = 1, .sure = false}};
  return out;
}

// Six events of one group. The counts are slots already, or cycles to be multiplied.
Dialect group(std::string id, std::string machine, const std::string& width, const std::string& restarts) {
  Dialect out;
  out.id = std::move(id);
  out.machine = std::move(machine);
  const std::string starved = "de_no_dispatch_per_slot.no_ops_from_frontend";
  const std::string bad = "first(dispatched_minus_retired, de_src_op_disp.all - ex_ret_ops)";
  const std::string stalled = "de_no_dispatch_per_slot.backend_stalls";
  const std::string contended = "de_no_dispatch_per_slot.smt_contention";
  out.formulas = {
      {"$slots", "first(slots, " + width + " * ls_not_halted_cyc)", Kind::local},
      {"$bad", bad, Kind::local},
      {"retiring", "ex_ret_ops / $slots"},
      {"frontend_bound", starved + " / $slots"},
      {"backend_bound", stalled + " / $slots"},
      {"bad_speculation", "$bad / $slots"},
      {"smt_contention", contended + " / $slots"},
      {"$own", "$slots - " + contended, Kind::local},
      {"retiring_of_own_slots", "ex_ret_ops / $own", Kind::level2},
      {"frontend_bound_of_own_slots", starved + " / $own", Kind::level2},
      {"backend_bound_of_own_slots", stalled + " / $own", Kind::level2},
      {"bad_speculation_of_own_slots", "$bad / $own", Kind::level2},
      {"frontend_bound_latency",
       "first(frontend_latency_slots, " + width + " * " + starved + ":cmask=" + width + ") / $slots", Kind::level2},
      {"backend_bound_memory",
       "first(backend_memory_slots / $slots, backend_bound * ex_no_retire.load_not_complete / "
       "ex_no_retire.not_complete)",
       Kind::level2},
      {"bad_speculation_mispredicts",
       "first(mispredict_slots / $slots, bad_speculation * ex_ret_brn_misp / (ex_ret_brn_misp + " + restarts + "))",
       Kind::level2},
      {"retiring_microcode", "ex_ret_ucode_ops / $slots", Kind::level2},
      {"ipc", "counted(first(instructions_all_groups, instructions)) / first(cycles_all_groups, cycles)", Kind::number},
  };
  out.closure = "(ex_ret_ops + " + starved + " + " + stalled + " + $bad + " + contended + ") / $slots - 1";
  out.tolerance = 0.001;  // recorded: 1.6e-6 at most
  out.exact = true;
  return out;
}

}  // namespace

std::vector<Dialect> amd_zen_dialects() {
  Dialect zen4 = group("zen4_l1_group", "Zen 4, six events in one group", "6", "resyncs_or_nc_redirects");
  const std::vector<std::string> own = {"de_no_dispatch_per_slot.no_ops_from_frontend",
                                        "de_no_dispatch_per_slot.backend_stalls",
                                        "de_no_dispatch_per_slot.smt_contention"};
  zen4.rules = {{.uarch = {"zen4", "znver4"}, .needs = {own, {"slots"}}},
                {.needs = {own, {"slots", "ls_not_halted_cyc"}}, .rank = 1, .sure = false}};
  Dialect zen5 = group("zen5_l1_group", "Zen 5, six events in one group", "8", "bp_redirects.resync");
  zen5.rules = {{.uarch = {"zen5", "znver5"}, .needs = {own, {"slots", "ls_not_halted_cyc"}}},
                {.needs = {own, {"ls_not_halted_cyc"}, {own[0] + ":cmask=8", "bp_redirects.resync"}}},
                {.needs = {own, {"slots", "ls_not_halted_cyc"}}, .rank = 1, .sure = false}};
  return {zen4_split(), zen4, zen5};
}

std::span<const GroupCopy> amd_zen_copies() {
  static const std::array<GroupCopy, 7> copies = {{
      {"ls_not_halted_cyc", "ret", "de_src_op_disp.all"},
      {"ls_not_halted_cyc", "fe", "de_no_dispatch_per_slot.no_ops_from_frontend"},
      {"ls_not_halted_cyc", "be", "de_no_dispatch_per_slot.backend_stalls"},
      {"ls_not_halted_cyc", "smt", "de_no_dispatch_per_slot.smt_contention"},
      {"ls_not_halted_cyc", "ucode", "ex_ret_ucode_ops"},
      {"ex_ret_ops", "ucode", "ex_ret_ucode_ops"},
      {"ex_ret_ops", "", "de_src_op_disp.all"},
  }};
  return copies;
}

}  // namespace smtscope::topdown
