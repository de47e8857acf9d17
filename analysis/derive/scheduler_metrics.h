// SPDX-License-Identifier: Apache-2.0
// What the scheduler signal exports.
#pragma once

#include <array>
#include <string_view>

#include "model/metric.h"

namespace smtscope {

// Values of part attributes; the order is that of the enum beside it.
enum CoreStatePart : uint32_t { kIdlePart, kSinglePart, kPartialPart, kAllBusyPart, kUnknownPart };
inline constexpr std::array<std::string_view, 5> kCoreStateParts = {"idle", "single", "partial", "all_busy", "unknown"};
inline constexpr std::array<std::string_view, 9> kBusySiblingParts = {"busy_0", "busy_1", "busy_2", "busy_3", "busy_4",
                                                                      "busy_5", "busy_6", "busy_7", "busy_8"};
// As enum ClassColumn.
inline constexpr std::array<std::string_view, 5> kSiblingStateParts = {"sibling_idle", "sibling_same", "sibling_other",
                                                                       "sibling_unknown", "no_sibling"};
enum PlacementPart : uint32_t { kAvoidablePart, kUnavoidablePart, kUnexaminedPart };
inline constexpr std::array<std::string_view, 3> kPlacementParts = {"avoidable", "unavoidable", "unknown"};
enum AnomalyPart : uint32_t { kLostPart, kContendedPart, kClampedPart, kPairDroppedPart, kEntityDroppedPart };
inline constexpr std::array<std::string_view, 5> kAnomalyParts = {"lost", "contended", "clamped", "pair_dropped",
                                                                  "entity_dropped"};
enum AnomalyTimePart : uint32_t { kLostTimePart, kClampedTimePart };
inline constexpr std::array<std::string_view, 2> kAnomalyTimeParts = {"lost", "clamped"};
// As enum Reason, from its second on: reason_word() says the same.
inline constexpr std::array<std::string_view, 14> kReasonParts = {
    "unsupported", "not_applicable", "permission",  "disabled", "multiplexed",  "partial", "not_counted",
    "lost",        "stale",          "implausible", "changed",  "not_attested", "too_few", "over_budget"};

// Index in kSchedulerMetrics.
enum class SchedulerMetric : uint8_t {
  node_core_time,
  core_time,
  node_sibling_time,
  entity_cpu_time,
  pair_time,
  entity_runqueue_wait,
  node_placement_transitions,
  node_placement_idle_core,
  anomalies,
  anomaly_time,
  reading_missing,
  entity_info,
  node_info,
  kCount,
};

inline constexpr std::array<MetricDesc, static_cast<size_t>(SchedulerMetric::kCount)> kSchedulerMetrics = {{
    {"smtscope.node.core.time", "s", MetricKind::counter, KeyKind::node, "smtscope.core.state", kCoreStateParts,
     "Time of all cores by how many siblings were busy: none, exactly one, several, all. Without a sibling busy time "
     "is `single`. `partial` only where a core has more than two siblings, `all_busy` only where one has two."},
    {"smtscope.core.time", "s", MetricKind::counter, KeyKind::core, "smtscope.core.state", kCoreStateParts,
     "The same of one core; the states sum to its window. A core whose CPUs changed has `unknown` only."},
    {"smtscope.node.sibling.time", "s", MetricKind::counter, KeyKind::node, "smtscope.core.busy_siblings",
     kBusySiblingParts,
     "Time of all cores by number of busy siblings, where a core has more than two. Known time only."},
    {"smtscope.entity.cpu.time", "s", MetricKind::counter, KeyKind::entity, "smtscope.sibling.state",
     kSiblingStateParts,
     "On-CPU time of the entity by what else ran on the core: nothing, only itself, another entity, unknown; "
     "`no_sibling` on cores without one. Interrupts and steal are included."},
    {"smtscope.pair.time",
     "s",
     MetricKind::counter,
     KeyKind::pair,
     {},
     {},
     "Time that two entities ran side by side on siblings of one core; an entity beside itself is a pair too."},
    {"smtscope.entity.runqueue.wait",
     "s",
     MetricKind::histogram,
     KeyKind::entity,
     {},
     {},
     "Waits of runnable threads for a CPU, booked when they get one. Preemption, migration and throttling count."},
    {"smtscope.node.placement.transitions", "{transition}", MetricKind::counter, KeyKind::node,
     "smtscope.placement.result", kPlacementParts,
     "Moments when the last idle sibling of a core became busy; avoidable: another core of the same cache was wholly "
     "idle and allowed. Only a sample is examined, the rest is `unknown`: avoidable / (avoidable + unavoidable) is "
     "the share."},
    {"smtscope.node.placement.idle_core.duration",
     "s",
     MetricKind::histogram,
     KeyKind::node,
     {},
     {},
     "How long the longest idle other core had been idle at avoidable transitions of the sample. Has no sum."},
    {"smtscope.scheduler.anomalies", "{event}", MetricKind::counter, KeyKind::node, "smtscope.anomaly", kAnomalyParts,
     "What the accounting noticed of its own limits: switches that never arrived, updates given up, clock readings "
     "that went back, credits that went to `other` for want of a cell (pair) or an id (entity)."},
    {"smtscope.scheduler.anomaly.time", "s", MetricKind::counter, KeyKind::node, "smtscope.anomaly", kAnomalyTimeParts,
     "Time booked unknown for lost switches and updates given up. `clamped` is known only while nothing was clamped."},
    {"smtscope.reading.missing", "{reading}", MetricKind::counter, KeyKind::node, "smtscope.reason", kReasonParts,
     "Readings without a value, by reason: those of a whole collector count once an interval, else one each."},
    {"smtscope.entity.info", "", MetricKind::gauge, KeyKind::entity, {}, {}, "Always 1: what is known of the entity."},
    {"smtscope.node.info", "", MetricKind::gauge, KeyKind::node, {}, {}, "Always 1: what is known of the node."},
}};

[[nodiscard]] constexpr const MetricDesc& metric(SchedulerMetric which) {
  return kSchedulerMetrics[static_cast<size_t>(which)];
}

}  // namespace smtscope
