// SPDX-License-Identifier: Apache-2.0
// What the numa signal exports.
#pragma once

#include <array>
#include <string_view>

#include "model/metric.h"

namespace smtscope {

enum LocalityPart : uint32_t { kLocalPart, kRemotePart };
inline constexpr std::array<std::string_view, 2> kLocalityParts = {"local", "remote"};

// Where a number of NUMA comes from. Numbers of different sources are never added.
inline constexpr std::string_view kNumaAllocSource = "sw_alloc", kNumaHintSource = "sw_hint",
                                  kNumaPlacementSource = "sw_placement";

// Index in kNumaMetrics.
enum class NumaMetric : uint8_t { allocations, hint_faults, resident, kCount };

inline constexpr std::array<MetricDesc, static_cast<size_t>(NumaMetric::kCount)> kNumaMetrics = {{
    {"smtscope.node.numa.allocations", "{page}", MetricKind::counter, KeyKind::node, "smtscope.numa.locality",
     kLocalityParts,
     "Memory allocations by whether the page is on the node of the CPU that asked (numastat; source `sw_alloc`). Where "
     "memory was given, not where it is used; an allocation of several pages counts as one, huge pages of hugetlbfs "
     "do not count."},
    {"smtscope.node.numa.hint_faults", "{fault}", MetricKind::counter, KeyKind::node, "smtscope.numa.locality",
     kLocalityParts,
     "Faults by which NUMA balancing samples who uses which page, by whether it is on the CPU's node (source "
     "`sw_hint`). Only while kernel.numa_balancing has them."},
    {"smtscope.entity.numa.resident", "By", MetricKind::updown, KeyKind::entity, "smtscope.numa.locality",
     kLocalityParts,
     "Resident memory of the entity's cgroup by whether it is on the node where its CPU time was (source "
     "`sw_placement`). An estimate: each node's bytes times the share of CPU time there are local, the rest is remote; "
     "no access is seen. Only of entities that ran."},
}};

[[nodiscard]] constexpr const MetricDesc& metric(NumaMetric which) { return kNumaMetrics[static_cast<size_t>(which)]; }

}  // namespace smtscope
