// SPDX-License-Identifier: Apache-2.0
// The system signal's points.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "model/point.h"
#include "model/snapshot.h"

namespace smtscope {

inline constexpr std::array<std::string_view, 1> kCpuModeParts = {"steal"};

inline constexpr std::array<MetricDesc, 1> kSystemMetrics = {{
    {"system.cpu.time", "s", MetricKind::counter, KeyKind::node, "cpu.mode", kCpuModeParts,
     "CPU time that the hypervisor gave to somebody else, of all CPUs, as the OS counts it (10 ms ticks). Other modes "
     "are not exported: on-CPU time is in `smtscope.entity.cpu.time`, exactly."},
}};

// Steal of the node: CPUs that came or went in the interval are left out.
[[nodiscard]] std::vector<Point> system_points(const Interval& interval);

}  // namespace smtscope
