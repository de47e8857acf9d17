// SPDX-License-Identifier: Apache-2.0
// What `top` shows of one interval: the `stat` screen's value, how busy each CPU was, what measuring cost.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "model/frame.h"
#include "views/stat_view.h"

namespace smtscope {

struct TopView {
  // As the OS counts it (/proc/stat, in ticks of 10 ms), stolen time included. CPUs it says nothing of are not here.
  struct CpuUse {
    uint32_t cpu = 0;
    double busy = 0;  // 0..1
  };

  StatView stat;
  std::vector<CpuUse> cpus;       // ascending
  std::optional<double> own_cpu;  // of one CPU, by the process that measured
  std::optional<double> bpf_ns;   // per run of its programs; only while the kernel counts
  int64_t end_unix_ns = 0;
  uint64_t tick = 0;

  [[nodiscard]] std::optional<double> busy_of(uint32_t cpu) const;
};

// Of the interval between two frames of one run (`current.begin` is false).
[[nodiscard]] TopView top_view(const Frame& previous, const Frame& current);

// Bytes that a view holds, about: what is kept to step back is bounded by it.
[[nodiscard]] size_t size_of(const TopView& view);

// Whether a person may mean this entity by a name: its name, cgroup or the end of one, pid or command.
[[nodiscard]] bool is_named(const Entity& who, std::string_view name);

}  // namespace smtscope
