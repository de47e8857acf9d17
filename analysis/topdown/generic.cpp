// SPDX-License-Identifier: Apache-2.0
// What is no machine's own: instructions per cycle, single ratios, and counts that must be refused.
#include "topdown/dialect.h"

namespace smtscope::topdown {

Formula ipc_formula() {
  return {"ipc",
          "counted(first(instructions, INST_RETIRED.ANY, INST_RETIRED)) / first(cycles, CPU_CLK_UNHALTED.THREAD, "
          "CPU_CYCLES, CPU_CLK_UNHALTED.CORE)",
          Kind::number};
}

std::vector<Dialect> generic_dialects() {
  Dialect ipc;
  ipc.id = "ipc";
  ipc.machine = "any: instructions per cycle";
  ipc.formulas = {ipc_formula(), {"branch_miss_pct", "branch-misses / branches", Kind::level2}};
  ipc.rules = {{.needs = {{"instructions", "cycles", "INST_RETIRED.ANY", "INST_RETIRED"}}, .rank = 0}};

  Dialect fills;
  fills.id = "ratio:ls_any_fills_from_sys.dram_io_all/ls_any_fills_from_sys.all";
  fills.machine = "Zen 3 and later: what part of the fills came from memory";
  fills.formulas = {{"dram_fill_pct", "ls_any_fills_from_sys.dram_io_all / ls_any_fills_from_sys.all"}, ipc_formula()};
  fills.rules = {{.needs = {{"ls_any_fills_from_sys.dram_io_all"}, {"ls_any_fills_from_sys.all"}}, .rank = 1}};

  Dialect numa;
  numa.id = "numa_ratio";
  numa.machine = "Skylake-SP: what part of the loads from memory was remote";
  numa.formulas = {{"remote_dram_pct_derived", "remote_dram / (local_dram + remote_dram)"}, ipc_formula()};
  numa.rules = {{.needs = {{"local_dram"}, {"remote_dram"}}, .rank = 1}};

  // Cycles count and nothing else does: no event of this PMU is real, whatever it reads.
  Dialect guest;
  guest.id = "guest_invalid";
  guest.machine = "a virtual PMU that opens every event and counts cycles alone";
  guest.gate = 1;
  guest.formulas = {{"retiring", "op_retired / op_spec * (1 - stall_slot / unknown_revision())"},
                    {"bad_speculation", "(1 - op_retired / op_spec) * (1 - stall_slot / unknown_revision())"},
                    {"frontend_bound", "stall_slot_frontend / (cpu_cycles * unknown_revision())"},
                    {"backend_bound", "stall_slot_backend / (cpu_cycles * unknown_revision())"},
                    {"remote_access", "counted(remote_access)", Kind::number},
                    ipc_formula()};
  return {ipc, fills, numa, guest};
}

}  // namespace smtscope::topdown
