// SPDX-License-Identifier: Apache-2.0
// What BPF programs cost, as the kernel itself counts it: runs and run time, while somebody asks for it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernel/fd.h"
#include "model/result.h"

namespace smtscope {

// Cumulative over the times in which counting was on.
struct ProgramStats {
  std::string name;
  uint64_t run_ns = 0;
  uint64_t runs = 0;
};

// Counting is on as long as the descriptor lives (BPF_ENABLE_STATS, kernel 5.8; CAP_SYS_ADMIN). It costs each
// run of every program on the node two clock readings.
[[nodiscard]] Result<Fd> count_program_time();

// Of one loaded program; io if the kernel does not tell.
[[nodiscard]] Result<ProgramStats> program_stats(int program_fd);

// Bytes that the kernel charges for a map (from its fdinfo); 0 if it does not tell.
[[nodiscard]] uint64_t map_memory_bytes(int map_fd);

// Scheduler programs that are loaded now; asked before one's own is. 0 also where this may not be looked up
// (CAP_SYS_ADMIN).
[[nodiscard]] unsigned other_switch_programs();

}  // namespace smtscope
