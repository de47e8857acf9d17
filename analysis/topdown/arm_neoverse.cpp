// SPDX-License-Identifier: Apache-2.0
// Neoverse: N1 has shares of cycles only; the others count slots. Level 1 of Arm's formulas does not close exactly.
#include <array>

#include "topdown/dialect.h"

namespace smtscope::topdown {
namespace {

const std::vector<std::string> kSlotEvents = {"stall_slot", "stall_slot_frontend", "stall_slot_backend"};
const std::vector<std::string> kOldRevisions = {"r0p0", "r0p1", "r0p2"};

Dialect neoverse(std::string id, std::string machine) {
  Dialect out;
  out.id = std::move(id);
  out.machine = std::move(machine);
  out.closure = "retiring + frontend_bound + backend_bound + bad_speculation - 1";
  out.tolerance = 0.015;
  return out;
}

Dialect cycles() {
  Dialect out;
  out.id = "neoverse_cycles";
  out.machine = "Neoverse N1, Cortex-A76: shares of cycles, not of slots";
  out.formulas = {
      {"frontend_stalled_cycles", "first(stalled-cycles-frontend, stall_frontend) / first(cycles, cpu_cycles)"},
      {"backend_stalled_cycles", "first(stalled-cycles-backend, stall_backend) / first(cycles, cpu_cycles)"},
      ipc_formula(),
  };
  out.rules = {{.uarch = {"neoverse-n1", "cortex-a76"},
                .needs = {{"stalled-cycles-frontend", "stalled-cycles-backend", "stall_frontend", "stall_backend"}}}};
  return out;
}

// The kernel's sbsa.json, each metric from its own group; r0p0 to r0p2 count every cycle as a stalled slot more.
Dialect n2_sbsa() {
  Dialect out = neoverse("neoverse_n2_r0p0_sbsa", "Neoverse N2 r0p0 to r0p2, the kernel's formulas");
  out.formulas = {
      {"$used", "1 - (stall_slot - cpu_cycles@ret) / (5 * cpu_cycles@ret)", Kind::local},
      {"retiring", "op_retired / op_spec * $used"},
      {"bad_speculation", "(1 - op_retired / op_spec) * $used"},
      {"frontend_bound", "(stall_slot_frontend - cpu_cycles@fe) / (5 * cpu_cycles@fe)"},
      {"backend_bound", "stall_slot_backend / (5 * cpu_cycles@be)"},
      ipc_formula(),
  };
  out.rules = {{.uarch = {"neoverse-n2"},
                .uarch_also = kOldRevisions,
                .needs = {kSlotEvents, {"cpu_cycles@ret", "cpu_cycles@fe", "cpu_cycles@be"}},
                .without = {"br_mis_pred"}}};
  return out;
}

// V1, N2 and V2: slots a cycle, and what Arm weighs a mispredicted branch with.
Dialect mispredicting(std::string id, std::string machine, const std::string& slots, const std::string& stalled,
                      const std::string& frontend, const std::string& fe_branch, const std::string& be_branch) {
  Dialect out = neoverse(std::move(id), std::move(machine));
  const auto less = [](const std::string& branch) {
    return branch.empty() ? std::string() : " - " + branch + " * br_mis_pred / cpu_cycles";
  };
  out.formulas = {
      {"$slots", slots + " * cpu_cycles", Kind::local},
      {"$used", "1 - " + stalled + " / $slots", Kind::local},
      {"frontend_bound", frontend + " / $slots" + less(fe_branch)},
      {"backend_bound", "stall_slot_backend / $slots" + less(be_branch)},
      {"bad_speculation", "(1 - op_retired / op_spec) * $used + 4 * br_mis_pred / cpu_cycles"},
      {"retiring", "op_retired / op_spec * $used"},
      ipc_formula(),
  };
  return out;
}

// N3 and V3 count the cycles of a flush.
Dialect flushing(std::string id, std::string machine, const std::string& slots) {
  Dialect out = neoverse(std::move(id), std::move(machine));
  out.formulas = {
      {"$slots", slots + " * cpu_cycles", Kind::local},
      {"$used", "1 - stall_slot / $slots", Kind::local},
      {"frontend_bound", "stall_slot_frontend / $slots - stall_frontend_flush / cpu_cycles"},
      {"backend_bound", "stall_slot_backend / $slots"},
      {"bad_speculation", "$used * (1 - op_retired / op_spec) + stall_frontend_flush / cpu_cycles"},
      {"retiring", "$used * (op_retired / op_spec)"},
      ipc_formula(),
  };
  return out;
}

std::vector<Dialect> n2() {
  const std::string spread = "(stall_slot - cpu_cycles)", front = "(stall_slot_frontend - cpu_cycles)";
  Dialect old =
      mispredicting("neoverse_arm_n2_r0p0", "Neoverse N2 r0p0 to r0p2, Arm's formulas", "5", spread, front, "1", "3");
  Dialect mended = mispredicting("neoverse_arm_n2_r0p3", "Neoverse N2 r0p3, Arm's formulas", "5", "stall_slot",
                                 "stall_slot_frontend", "1", "3");
  const std::vector<std::vector<std::string>> needs = {kSlotEvents, {"cpu_cycles"}, {"br_mis_pred"}};
  old.rules = {{.uarch = {"neoverse-n2"}, .uarch_also = kOldRevisions, .needs = needs}};
  mended.rules = {{.uarch = {"neoverse-n2"}, .uarch_also = {"r0p3"}, .needs = needs}};
  Dialect either = mended;
  either.id = "neoverse_arm_n2";
  either.machine = "Neoverse N2, Arm's formulas, its revision taken from uarch";
  for (Formula& formula : either.formulas)
    if (formula.name == "$used" || formula.name == "frontend_bound") formula.expression = "unknown_revision()";
  either.rules = {{.uarch = {"neoverse-n2"}, .needs = needs, .rank = 1}};
  return {old, mended, either};
}

}  // namespace

std::vector<Dialect> arm_neoverse_dialects() {
  std::vector<Dialect> out = {cycles(), n2_sbsa()};
  for (Dialect& dialect : n2()) out.push_back(std::move(dialect));
  out.push_back(mispredicting("neoverse_arm_v1", "Neoverse V1, Arm's formulas", "8", "stall_slot",
                              "stall_slot_frontend", "4", ""));
  out.push_back(mispredicting("neoverse_arm_v2", "Neoverse V2, Arm's formulas", "8", "stall_slot",
                              "stall_slot_frontend", "1", "3"));
  out.push_back(flushing("neoverse_arm_n3", "Neoverse N3, Arm's formulas", "5"));
  out.push_back(flushing("neoverse_arm_v3", "Neoverse V3, Arm's formulas", "10"));
  for (Dialect& dialect : out) {
    const Rule unsaid{.needs = {kSlotEvents, {"op_retired", "op_spec"}}, .rank = 1, .sure = false};
    if (dialect.id != "neoverse_cycles") dialect.rules.push_back(unsaid);
    if (dialect.rules.size() > 1 || dialect.id == "neoverse_cycles") continue;
    const std::string core = "neoverse-" + dialect.id.substr(dialect.id.size() - 2);
    dialect.rules.push_back({.uarch = {core}, .needs = {kSlotEvents, {"cpu_cycles"}}});
  }
  return out;
}

std::span<const GroupCopy> arm_neoverse_copies() {
  static const std::array<GroupCopy, 3> copies = {{
      {"cpu_cycles", "ret", "op_spec"},
      {"cpu_cycles", "fe", "stall_slot_frontend"},
      {"cpu_cycles", "be", "stall_slot_backend"},
  }};
  return copies;
}

}  // namespace smtscope::topdown
