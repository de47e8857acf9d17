// SPDX-License-Identifier: Apache-2.0
#include "signals.h"

#include <iterator>

#include "collectors/counters.h"
#include "collectors/numa.h"
#include "collectors/scheduler.h"
#include "collectors/system.h"
#include "derive/agent.h"
#include "derive/counters.h"
#include "derive/numa.h"
#include "derive/numa_metrics.h"
#include "derive/scheduler.h"
#include "derive/scheduler_figures.h"
#include "derive/scheduler_metrics.h"
#include "derive/system.h"

namespace smtscope {
namespace {

constexpr Reading kSchedulerReadings[] = {
    Reading::core_state,     Reading::core_window,      Reading::entity_time, Reading::pair_time,
    Reading::runqueue_count, Reading::runqueue_sum,     Reading::placement,   Reading::placement_count,
    Reading::anomaly,        Reading::entity_node_time,
};
constexpr Reading kCounterReadings[] = {Reading::cpu_counter, Reading::entity_counter, Reading::cpu_slice};
constexpr Reading kSystemReadings[] = {Reading::cpu_time};
constexpr Reading kNumaReadings[] = {Reading::numa_alloc, Reading::numa_hint, Reading::numa_placement,
                                     Reading::entity_resident};

constexpr Signal kSignals[] = {
    {"scheduler", kSchedulerMetrics, kSchedulerReadings, SchedulerCollector::make, scheduler_points},
    {"counters", kCounterMetrics, kCounterReadings, CountersCollector::make, counter_points},
    {"system", kSystemMetrics, kSystemReadings, SystemCollector::make, system_points},
    {"numa", kNumaMetrics, kNumaReadings, NumaCollector::make, numa_points, NumaCollector::nothing_to_measure},
};

}  // namespace

std::span<const Signal> signals() { return kSignals; }

Batch derive_batch(const Interval& interval, const std::function<bool(std::string_view)>& wanted) {
  const Window window = measured_window(interval);
  Batch batch{{}, window.start_ns, window.end_ns, interval.unix_offset_ns};
  for (const Signal& signal : kSignals) {
    if (!wanted(signal.name)) continue;
    std::vector<Point> points = signal.derive(interval);
    std::move(points.begin(), points.end(), std::back_inserter(batch.points));
  }
  return batch;
}

std::vector<MetricGroup> metric_groups() {
  std::vector<MetricGroup> groups;
  for (const Signal& signal : kSignals)
    groups.push_back({"Signal `" + std::string(signal.name) + "`", signal.descriptors});
  groups.push_back({"The agent itself", kAgentMetrics});
  return groups;
}

}  // namespace smtscope
