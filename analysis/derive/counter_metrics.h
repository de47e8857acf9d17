// SPDX-License-Identifier: Apache-2.0
// What the counters signal exports.
#pragma once

#include <array>
#include <string_view>

#include "derive/numa_metrics.h"
#include "model/metric.h"

namespace smtscope {

// As enum SliceClass.
inline constexpr std::array<std::string_view, 6> kSliceParts = {"sibling_idle", "sibling_same",    "sibling_other",
                                                                "mixed",        "sibling_unknown", "no_sibling"};
// As level 1 of the dialects in analysis/topdown calls them.
inline constexpr std::array<std::string_view, 5> kTopdownParts = {"retiring", "bad_speculation", "frontend_bound",
                                                                  "backend_bound", "smt_contention"};
// Level 2: eight names of Intel, eight of Zen 4; a node has those of its dialect.
inline constexpr std::array<std::string_view, 16> kTopdownL2Parts = {"fetch_latency",
                                                                     "fetch_bandwidth",
                                                                     "branch_mispredicts",
                                                                     "machine_clears",
                                                                     "memory_bound",
                                                                     "core_bound",
                                                                     "heavy_operations",
                                                                     "light_operations",
                                                                     "frontend_bound_latency",
                                                                     "frontend_bound_bandwidth",
                                                                     "backend_bound_memory",
                                                                     "backend_bound_cpu",
                                                                     "bad_speculation_mispredicts",
                                                                     "bad_speculation_pipeline_restarts",
                                                                     "retiring_microcode",
                                                                     "retiring_fastpath"};
enum PmuStatePart : uint32_t { kRunningPart, kNotRunningPart };
inline constexpr std::array<std::string_view, 2> kPmuStateParts = {"running", "not_running"};

// Index in kCounterMetrics.
enum class CounterMetric : uint8_t {
  node_instructions,
  node_cycles,
  node_ref_cycles,
  node_topdown,
  node_topdown_l2,
  node_pmu_time,
  node_numa_accesses,
  cpu_instructions,
  cpu_cycles,
  cpu_ref_cycles,
  cpu_topdown,
  cpu_topdown_l2,
  cpu_pmu_time,
  cpu_numa_accesses,
  entity_instructions,
  entity_cycles,
  entity_ref_cycles,
  entity_counted_time,
  kCount,
};

inline constexpr std::string_view kInstructionsHelp =
    "Instructions retired, user and kernel: the measure of work that does not depend on frequency or waiting.";
inline constexpr std::string_view kCyclesHelp = "Clock cycles while not halted, at the frequency of the moment.";
inline constexpr std::string_view kRefCyclesHelp =
    "Cycles of the reference clock while not halted: time, not frequency.";
inline constexpr std::string_view kTopdownHelp =
    "Pipeline slots by what became of them: share of the dialect's level 1 x slots, not below 0. `smt_contention` only "
    "where the CPU counts slots lost to the sibling.";
inline constexpr std::string_view kTopdownL2Help = "The same, level 2: parts of one category of level 1 each.";
inline constexpr std::string_view kPmuTimeHelp =
    "Time that the counters of top-down were wanted, by whether they ran: beside other users they take turns.";

inline constexpr std::string_view kAccessesHelp =
    "Memory accesses by NUMA node, as hardware counts them: what an access is depends on `smtscope.numa.source` and "
    "the "
    "machine (docs/numa.md); never add sources.";

inline constexpr std::array<MetricDesc, static_cast<size_t>(CounterMetric::kCount)> kCounterMetrics = {{
    {"smtscope.node.instructions", "{instruction}", MetricKind::counter, KeyKind::node, {}, {}, kInstructionsHelp},
    {"smtscope.node.cycles", "{cycle}", MetricKind::counter, KeyKind::node, {}, {}, kCyclesHelp},
    {"smtscope.node.ref_cycles", "{cycle}", MetricKind::counter, KeyKind::node, {}, {}, kRefCyclesHelp},
    {"smtscope.node.topdown.slots", "{slot}", MetricKind::counter, KeyKind::node, "smtscope.topdown.category",
     kTopdownParts, kTopdownHelp},
    {"smtscope.node.topdown_l2.slots", "{slot}", MetricKind::counter, KeyKind::node, "smtscope.topdown.category",
     kTopdownL2Parts, kTopdownL2Help},
    {"smtscope.node.pmu.time", "s", MetricKind::counter, KeyKind::node, "smtscope.pmu.state", kPmuStateParts,
     kPmuTimeHelp},
    {"smtscope.node.numa.accesses", "{access}", MetricKind::counter, KeyKind::node, "smtscope.numa.locality",
     kLocalityParts, kAccessesHelp},
    {"smtscope.cpu.instructions", "{instruction}", MetricKind::counter, KeyKind::cpu, {}, {}, kInstructionsHelp},
    {"smtscope.cpu.cycles", "{cycle}", MetricKind::counter, KeyKind::cpu, {}, {}, kCyclesHelp},
    {"smtscope.cpu.ref_cycles", "{cycle}", MetricKind::counter, KeyKind::cpu, {}, {}, kRefCyclesHelp},
    {"smtscope.cpu.topdown.slots", "{slot}", MetricKind::counter, KeyKind::cpu, "smtscope.topdown.category",
     kTopdownParts, kTopdownHelp},
    {"smtscope.cpu.topdown_l2.slots", "{slot}", MetricKind::counter, KeyKind::cpu, "smtscope.topdown.category",
     kTopdownL2Parts, kTopdownL2Help},
    {"smtscope.cpu.pmu.time", "s", MetricKind::counter, KeyKind::cpu, "smtscope.pmu.state", kPmuStateParts,
     kPmuTimeHelp},
    {"smtscope.cpu.numa.accesses", "{access}", MetricKind::counter, KeyKind::cpu, "smtscope.numa.locality",
     kLocalityParts, kAccessesHelp},
    {"smtscope.entity.instructions", "{instruction}", MetricKind::counter, KeyKind::entity, "smtscope.sibling.state",
     kSliceParts,
     "Instructions retired while the entity ran, by what ran beside it: nothing, only itself, another entity, unknown; "
     "`mixed` where that changed between two readings of the CPU's counters; `no_sibling` on cores without one."},
    {"smtscope.entity.cycles", "{cycle}", MetricKind::counter, KeyKind::entity, "smtscope.sibling.state", kSliceParts,
     "Clock cycles, the same way."},
    {"smtscope.entity.ref_cycles", "{cycle}", MetricKind::counter, KeyKind::entity, "smtscope.sibling.state",
     kSliceParts, "Cycles of the reference clock, the same way."},
    {"smtscope.entity.counted.time", "s", MetricKind::counter, KeyKind::entity, "smtscope.sibling.state", kSliceParts,
     "The time that these counts are of: what counts per second are divided by."},
}};

[[nodiscard]] constexpr const MetricDesc& metric(CounterMetric which) {
  return kCounterMetrics[static_cast<size_t>(which)];
}

}  // namespace smtscope
