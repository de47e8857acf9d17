// SPDX-License-Identifier: Apache-2.0
// What this process uses.
#pragma once

#include <cstdint>

namespace smtscope {

struct ProcessUsage {
  uint64_t user_ns = 0;
  uint64_t system_ns = 0;
  uint64_t resident_bytes = 0;  // all of it; 0 if /proc/self does not tell
  uint64_t own_bytes = 0;       // of it the anonymous part: no program text, no mapped BPF arrays
};

[[nodiscard]] ProcessUsage process_usage();

}  // namespace smtscope
