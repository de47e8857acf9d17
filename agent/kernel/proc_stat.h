// SPDX-License-Identifier: Apache-2.0
// /proc/stat: what the OS itself says of each CPU. Coarse (10 ms ticks); here for steal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/result.h"

namespace smtscope {

struct CpuTimes {
  uint32_t cpu = 0;
  uint64_t busy_ns = 0;  // user, nice, system, irq, softirq (guest is in user)
  uint64_t idle_ns = 0;  // idle, iowait
  uint64_t steal_ns = 0;
};

[[nodiscard]] Result<std::vector<CpuTimes>> parse_proc_stat(std::string_view text);
[[nodiscard]] Result<std::vector<CpuTimes>> read_proc_stat(const std::string& proc_root);

}  // namespace smtscope
