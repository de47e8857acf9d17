// SPDX-License-Identifier: Apache-2.0
#include "signals.h"

#include "collectors/scheduler.h"
#include "collectors/system.h"
#include "derive/agent.h"
#include "derive/scheduler.h"
#include "derive/scheduler_metrics.h"
#include "derive/system.h"

namespace smtscope {
namespace {

constexpr Reading kSchedulerReadings[] = {
    Reading::core_state,   Reading::core_window, Reading::entity_time,     Reading::pair_time, Reading::runqueue_count,
    Reading::runqueue_sum, Reading::placement,   Reading::placement_count, Reading::anomaly,
};
constexpr Reading kSystemReadings[] = {Reading::cpu_time};

constexpr Signal kSignals[] = {
    {"scheduler", kSchedulerMetrics, kSchedulerReadings, SchedulerCollector::make, scheduler_points},
    {"system", kSystemMetrics, kSystemReadings, SystemCollector::make, system_points},
};

}  // namespace

std::span<const Signal> signals() { return kSignals; }

std::vector<MetricGroup> metric_groups() {
  std::vector<MetricGroup> groups;
  for (const Signal& signal : kSignals)
    groups.push_back({"Signal `" + std::string(signal.name) + "`", signal.descriptors});
  groups.push_back({"The agent itself", kAgentMetrics});
  return groups;
}

}  // namespace smtscope
