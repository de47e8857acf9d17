// SPDX-License-Identifier: Apache-2.0
#include "derive/numa.h"

#include <array>
#include <map>
#include <string>

#include "derive/entity_attributes.h"
#include "derive/numa_figures.h"
#include "derive/numa_metrics.h"
#include "derive/scheduler_metrics.h"

namespace smtscope {
namespace {

void locality(NumaMetric which, const std::optional<Locality>& figures, std::string_view source,
              std::vector<Point>& out) {
  if (!figures) return;
  for (const uint32_t part : {kLocalPart, kRemotePart}) {
    Point& point = out.emplace_back();
    point.desc = &metric(which);
    point.part = part;
    point.delta = part == kLocalPart ? figures->local : figures->remote;
    point.source = source;
  }
}

// Entities that are one outside: their sums, under the first one's key.
void resident(const Interval& interval, const NumaFigures& figures, std::vector<Point>& out) {
  std::map<std::string, std::pair<const Entity*, Locality>> all;
  for (const Entity& who : interval.entities) {
    const auto at = figures.resident.find(who.id);
    if (at == figures.resident.end()) continue;
    auto& [first, sum] = all.try_emplace(exported_entity_id(who), &who, Locality{}).first->second;
    sum.local += at->second.bytes.local;
    sum.remote += at->second.bytes.remote;
  }
  for (const auto& [id, merged] : all) {
    const auto& [who, sum] = merged;
    const Attributes about = entity_attributes(*who);
    for (const uint32_t part : {kLocalPart, kRemotePart}) {
      Point& point = out.emplace_back();
      point.desc = &metric(NumaMetric::resident);
      point.key = {KeyKind::entity, who->id, 0};
      point.part = part;
      point.value = part == kLocalPart ? sum.local : sum.remote;
      point.attributes = about;
      point.source = kNumaPlacementSource;
    }
  }
}

void missing(const NumaFigures& figures, std::vector<Point>& out) {
  std::array<uint64_t, kReasonParts.size() + 1> counts{};  // by Reason
  for (const Reason reason :
       {figures.allocations_reason, figures.hint_faults_reason, figures.decisions_reason, figures.resident_reason})
    counts[static_cast<size_t>(reason)]++;
  for (uint32_t i = 0; i < kReasonParts.size(); i++) {
    Point& point = out.emplace_back();
    point.desc = &metric(SchedulerMetric::reading_missing);
    point.part = i;
    point.delta = static_cast<double>(counts[i + 1]);
    point.attributes = {{"smtscope.collector.name", "numa", true}};
  }
}

}  // namespace

std::vector<Point> numa_points(const Interval& interval) {
  const NumaFigures figures = numa_figures(interval);
  std::vector<Point> points;
  if (!figures.several_nodes) return points;
  locality(NumaMetric::allocations, figures.allocations, kNumaAllocSource, points);
  locality(NumaMetric::hint_faults, figures.hint_faults, kNumaHintSource, points);
  resident(interval, figures, points);
  missing(figures, points);
  return points;
}

}  // namespace smtscope
