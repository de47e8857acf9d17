// SPDX-License-Identifier: Apache-2.0
// The small cores of hybrid machines.
#include "topdown/dialect.h"

namespace smtscope::topdown {

std::vector<Dialect> intel_atom_dialects() {
  const std::vector<std::string> own = {"TOPDOWN_RETIRING.ALL", "TOPDOWN_FE_BOUND.ALL", "TOPDOWN_BE_BOUND.ALL"};
  Dialect out;
  out.id = "atom_5wide";
  out.machine = "Gracemont: the small cores of Alder Lake and Raptor Lake";
  out.formulas = {
      {"$slots", "5 * CPU_CLK_UNHALTED.CORE", Kind::local},
      {"retiring", "TOPDOWN_RETIRING.ALL / $slots"},
      {"frontend_bound", "TOPDOWN_FE_BOUND.ALL / $slots"},
      {"backend_bound", "TOPDOWN_BE_BOUND.ALL / $slots"},
      {"bad_speculation", "1 - retiring - frontend_bound - backend_bound"},
      ipc_formula(),
  };
  // Not by the events alone: later small cores have the same names and 6 slots a cycle.
  out.rules = {{.uarch = {"gracemont", "alderlake", "raptorlake"}, .needs = {own, {"CPU_CLK_UNHALTED.CORE"}}},
               {.needs = {own}, .rank = 1, .sure = false}};
  return {out};
}

}  // namespace smtscope::topdown
