// SPDX-License-Identifier: Apache-2.0
// Who a kernel-side id stands for, as the scheduler program described it.
#pragma once

#include <array>
#include <cstdint>

namespace smtscope {

inline constexpr uint32_t kKernelSideIds = 1u << 14;  // ids run below this
inline constexpr uint32_t kFirstLentId = 4;           // below: idle, unknown, kernel, other
inline constexpr uint64_t kStartUnitNs = 1ull << 20;  // of IdInfo::start

struct IdInfo {
  uint64_t key = 0;   // cgroup id or process key, never reused by another; 0: nobody was described
  uint32_t tgid = 0;  // of the task that took the id
  bool kthread = false;
  uint64_t start = 0;           // process keys: start since boot in kStartUnitNs
  std::array<char, 16> comm{};  // of the thread group's leader
};

}  // namespace smtscope
