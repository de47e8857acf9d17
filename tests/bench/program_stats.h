// SPDX-License-Identifier: Apache-2.0
// The kernel's own run-time statistics of BPF programs, and the memory of maps.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "kernel/fd.h"
#include "model/result.h"

namespace smtscope::bench {

struct ProgramStats {
  std::string name;
  uint64_t run_ns = 0;
  uint64_t runs = 0;
};

// Run-time statistics are on while the descriptor is open.
[[nodiscard]] Result<Fd> enable_run_time_stats();
// Every loaded program by its id.
[[nodiscard]] std::map<uint32_t, ProgramStats> read_programs();

struct MapMemory {
  std::string name;
  uint64_t bytes = 0;  // charged to the map, as its fdinfo says (memlock)
};
// Maps that were made after `newer_than` (ids grow), by id.
[[nodiscard]] std::vector<MapMemory> read_maps(uint32_t newer_than);
[[nodiscard]] uint32_t newest_map();

}  // namespace smtscope::bench
