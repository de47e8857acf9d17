// SPDX-License-Identifier: Apache-2.0
// Which kinds of CPUs there are, what they are, and what the kernel offers of their counters.
#pragma once

#include <string>
#include <vector>

#include "model/cpu_pmu.h"
#include "model/result.h"

namespace smtscope {

struct PmuInventory {
  std::vector<CpuKind> kinds;  // by their first CPU
  PmuFacts facts;
  bool event_sources = false;         // event_source/devices is there at all
  std::vector<std::string> problems;  // files that could not be used, and what was done without them
};

// Of the CPUs that are online. Error: not even these are known. A device or CPU that cannot be read is left out, and
// `problems` says so.
[[nodiscard]] Result<PmuInventory> read_pmu_inventory(const std::string& sys_root, const std::string& proc_root);

}  // namespace smtscope
