// SPDX-License-Identifier: Apache-2.0
// What the agent exports of itself: states, cost, delivery.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "model/agent_readings.h"
#include "model/point.h"

namespace smtscope {

// As enum CollectorState of the pipeline.
inline constexpr std::array<std::string_view, 5> kCollectorStateParts = {"active", "disabled", "unsupported",
                                                                         "degraded", "failed"};
inline constexpr std::array<std::string_view, 5> kItemResultParts = {"ok", "duplicate", "collision", "rejected",
                                                                     "dropped"};
inline constexpr std::array<std::string_view, 2> kPendingParts = {"queued", "spooled"};
inline constexpr std::array<std::string_view, 2> kProcessCpuParts = {"user", "system"};

// Index in kAgentMetrics.
enum class AgentMetric : uint8_t {
  collector_state,
  tick_duration,
  bpf_time,
  bpf_runs,
  bpf_memory,
  exporter_accepted,
  exporter_items,
  exporter_pending,
  exporter_queue_size,
  series_dropped,
  process_cpu,
  process_memory,
  kCount,
};

inline constexpr std::array<MetricDesc, static_cast<size_t>(AgentMetric::kCount)> kAgentMetrics = {{
    {"smtscope.collector.state", "", MetricKind::gauge, KeyKind::node, "smtscope.state", kCollectorStateParts,
     "1 for the state a collector is in, 0 for the others. What it measures is missing unless it is `active`."},
    {"smtscope.agent.tick.duration",
     "s",
     MetricKind::histogram,
     KeyKind::node,
     {},
     {},
     "Time from the start of a tick until its points are with the exporters."},
    {"smtscope.agent.bpf.time",
     "s",
     MetricKind::counter,
     KeyKind::node,
     {},
     {},
     "Run time of a BPF program while the kernel counted it: one second a minute, more if somebody else counts. "
     "Divide by the runs for the cost of one."},
    {"smtscope.agent.bpf.runs",
     "{run}",
     MetricKind::counter,
     KeyKind::node,
     {},
     {},
     "Runs of a BPF program while the kernel counted them."},
    {"smtscope.agent.bpf.memory",
     "By",
     MetricKind::updown,
     KeyKind::node,
     {},
     {},
     "Memory of a collector's maps, as the kernel charges it, under the name of its first program."},
    {"smtscope.exporter.accepted",
     "{item}",
     MetricKind::counter,
     KeyKind::node,
     {},
     {},
     "Points handed to an exporter. Equals the sum of items over results plus what is pending."},
    {"smtscope.exporter.items", "{item}", MetricKind::counter, KeyKind::node, "smtscope.result", kItemResultParts,
     "What became of the points an exporter accepted."},
    {"smtscope.exporter.pending", "{item}", MetricKind::updown, KeyKind::node, "smtscope.state", kPendingParts,
     "Points an exporter accepted and has not delivered yet."},
    {"smtscope.exporter.queue.size",
     "By",
     MetricKind::updown,
     KeyKind::node,
     {},
     {},
     "Estimated size of an exporter's queue in memory."},
    {"smtscope.agent.series.dropped",
     "{series}",
     MetricKind::counter,
     KeyKind::node,
     {},
     {},
     "Series left out of an interval because `limits.series` was reached; cores and CPUs go first."},
    {"process.cpu.time", "s", MetricKind::counter, KeyKind::node, "cpu.mode", kProcessCpuParts,
     "CPU time of the agent's own threads; its BPF programs run on the time of others."},
    {"process.memory.usage",
     "By",
     MetricKind::updown,
     KeyKind::node,
     {},
     {},
     "Resident memory of the agent, mapped BPF arrays included."},
}};

[[nodiscard]] constexpr const MetricDesc& metric(AgentMetric which) {
  return kAgentMetrics[static_cast<size_t>(which)];
}

// Points of what changed between two ticks of one run. Readings that a collector does not have count as missing
// once an interval, by its reason.
[[nodiscard]] std::vector<Point> agent_points(const AgentReadings& before, const AgentReadings& now);

}  // namespace smtscope
