// SPDX-License-Identifier: Apache-2.0
#include "derive/counters.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "derive/counter_figures.h"
#include "derive/counter_numa.h"
#include "derive/entity_attributes.h"
#include "derive/scheduler_metrics.h"

namespace smtscope {
namespace {

constexpr double kNsPerSecond = 1e9;
constexpr double kAlways = 0.9995;  // as analysis/topdown judges it
constexpr std::string_view kSource = "hw_core";

// The metrics of one level: of the node, or of one CPU.
struct Level {
  CounterMetric instructions, cycles, ref_cycles, topdown, topdown_l2, pmu_time, accesses;
};
constexpr Level kNode = {CounterMetric::node_instructions, CounterMetric::node_cycles,
                         CounterMetric::node_ref_cycles,   CounterMetric::node_topdown,
                         CounterMetric::node_topdown_l2,   CounterMetric::node_pmu_time,
                         CounterMetric::node_numa_accesses};
constexpr Level kCpu = {CounterMetric::cpu_instructions, CounterMetric::cpu_cycles,     CounterMetric::cpu_ref_cycles,
                        CounterMetric::cpu_topdown,      CounterMetric::cpu_topdown_l2, CounterMetric::cpu_pmu_time,
                        CounterMetric::cpu_numa_accesses};

class CounterWriter {
 public:
  void missing(Reason reason, size_t count = 1) { missing_[static_cast<size_t>(reason)] += count; }

  Point& counter(CounterMetric which, Key key, uint32_t part, double delta, const Attributes& about, Quality quality) {
    Point& point = points_.emplace_back();
    point.desc = &metric(which);
    point.key = key;
    point.part = part;
    point.delta = delta;
    point.attributes = about;
    point.quality = quality;
    point.source = kSource;
    return point;
  }

  std::vector<Point> done() && {
    for (uint32_t i = 0; i < kReasonParts.size(); i++) {
      Point& point = points_.emplace_back();
      point.desc = &metric(SchedulerMetric::reading_missing);
      point.part = i;
      point.delta = static_cast<double>(missing_[i + 1]);
      point.attributes = {{"smtscope.collector.name", "counters", true}};
    }
    return std::move(points_);
  }

 private:
  std::vector<Point> points_;
  std::array<uint64_t, kReasonParts.size() + 1> missing_{};  // by Reason
};

Quality quality_of(double running, bool whole) {
  const Reason reason = !whole ? Reason::partial : running < kAlways ? Reason::multiplexed : Reason::ok;
  return {reason, static_cast<float>(running)};
}

void slots(CounterMetric which, Key key, std::span<const std::string_view> parts, const topdown::Metrics& metrics,
           const Attributes& about, Quality quality, CounterWriter& out) {
  for (uint32_t i = 0; i < parts.size(); i++) {
    const auto found = std::find_if(metrics.metrics.begin(), metrics.metrics.end(),
                                    [&](const topdown::Metric& m) { return m.name == parts[i]; });
    if (found == metrics.metrics.end() || !found->asked_for) continue;  // not of this dialect or plan
    if (!found->value) {
      out.missing(found->why);
      continue;
    }
    out.counter(which, key, i, std::max(0.0, *found->value / 100) * *metrics.slots, about, quality);
  }
}

void access_points(CounterMetric which, Key key, const CounterGroup& group, const Attributes& about,
                   CounterWriter& out) {
  for (const NumaAccesses& accesses : numa_accesses(group)) {
    std::vector<Attribute> list(about.begin(), about.end());
    list.push_back({"smtscope.numa.source", std::string(accesses.source), true});
    const Attributes attributes(std::move(list));
    const auto one = [&](LocalityPart part, const Counted& counted) {
      if (!counted.value) return out.missing(counted.why);
      const Quality quality = quality_of(counted.running, group.without.empty());
      out.counter(which, key, part, *counted.value, attributes, quality).source = accesses.source;
    };
    one(kLocalPart, accesses.local);
    one(kRemotePart, accesses.remote);
  }
}

void group_points(const Level& level, Key key, const CounterGroup& group, const Attributes& about, CounterWriter& out) {
  const bool whole = group.without.empty();
  const auto basic = [&](CounterMetric which, const Counted& counted) {
    if (counted.value) out.counter(which, key, 0, *counted.value, about, quality_of(counted.running, whole));
    else out.missing(counted.why);
  };
  basic(level.instructions, group.basic.instructions);
  basic(level.cycles, group.basic.cycles);
  if (group.plan->ref_cycles) basic(level.ref_cycles, group.basic.ref_cycles);
  const Quality ran = {whole ? Reason::ok : Reason::partial, 1};
  out.counter(level.pmu_time, key, kRunningPart, group.running_ns / kNsPerSecond, about, ran);
  out.counter(level.pmu_time, key, kNotRunningPart, (group.enabled_ns - group.running_ns) / kNsPerSecond, about, ran);
  access_points(level.accesses, key, group, about, out);
  if (!group.topdown) return;
  const topdown::Metrics& metrics = *group.topdown;
  if (!metrics.slots) return;  // shares of cycles are no slots
  const Quality quality = metrics.validity == Reason::ok || metrics.validity == Reason::multiplexed
                              ? quality_of(metrics.running.value_or(1), whole)
                              : Quality{metrics.validity, static_cast<float>(metrics.running.value_or(1))};
  slots(level.topdown, key, kTopdownParts, metrics, about, quality, out);
  slots(level.topdown_l2, key, kTopdownL2Parts, metrics, about, quality, out);
}

// Entities that are one outside: their sums, under the first one's key.
struct MergedSlices {
  Entity who;
  std::array<SliceFigures, kSliceClasses> slices;
  bool known = true;
};

void entity_counter_points(const Interval& interval, const CounterFigures& figures, CounterWriter& out) {
  if (figures.entities_reason != Reason::ok) return out.missing(figures.entities_reason);
  std::map<std::string, MergedSlices> all;  // who is named and ran nothing has zeros
  for (const Entity& who : interval.entities) all.try_emplace(exported_entity_id(who), MergedSlices{who, {}, true});
  for (const auto& [id, counters] : figures.entities) {
    const Entity* who = interval.entity(id);
    if (!who) continue;
    MergedSlices& merged = all.at(exported_entity_id(*who));
    if (counters.reason != Reason::ok) {
      merged.known = false;
      out.missing(counters.reason);
      continue;
    }
    for (size_t c = 0; c < kSliceClasses; c++) {
      merged.slices[c].seconds += counters.slices[c].seconds;
      merged.slices[c].instructions += counters.slices[c].instructions;
      merged.slices[c].cycles += counters.slices[c].cycles;
      merged.slices[c].ref_cycles += counters.slices[c].ref_cycles;
    }
  }
  for (const auto& [id, merged] : all) {
    if (!merged.known) continue;
    const Key key{KeyKind::entity, merged.who.id, 0};
    const Attributes about = entity_attributes(merged.who);
    for (uint32_t c = 0; c < kSliceClasses; c++) {
      const SliceFigures& slice = merged.slices[c];
      out.counter(CounterMetric::entity_instructions, key, c, slice.instructions, about, {});
      out.counter(CounterMetric::entity_cycles, key, c, slice.cycles, about, {});
      if (figures.ref_cycles) out.counter(CounterMetric::entity_ref_cycles, key, c, slice.ref_cycles, about, {});
      out.counter(CounterMetric::entity_counted_time, key, c, slice.seconds, about, {});
    }
  }
}

}  // namespace

std::vector<Point> counter_points(const Interval& interval) {
  const CounterFigures figures = counter_figures(interval);
  CounterWriter out;
  if (figures.reason != Reason::ok) {
    out.missing(figures.reason);
    return std::move(out).done();
  }
  for (const CounterGroup& kind : figures.kinds) {
    if (kind.cpus.empty() && kind.without.empty()) continue;  // all offline
    // Kinds of CPUs are series of their own: their slots and cycles are different things.
    const Attributes about =
        figures.kinds.size() > 1 ? Attributes{{"smtscope.pmu.name", kind.plan->pmu, true}} : Attributes{};
    if (kind.cpus.empty()) out.missing(Reason::lost, kind.without.size());
    else group_points(kNode, {}, kind, about, out);
  }
  for (const CounterGroup& cpu : figures.cpus)
    group_points(kCpu, {KeyKind::cpu, cpu.cpus.front(), 0}, cpu,
                 {{"cpu.logical_number", int64_t{cpu.cpus.front()}, true}}, out);
  entity_counter_points(interval, figures, out);
  return std::move(out).done();
}

}  // namespace smtscope
