// SPDX-License-Identifier: Apache-2.0
#include "derive/scheduler.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>

#include "derive/entity_attributes.h"
#include "derive/scheduler_figures.h"
#include "derive/scheduler_metrics.h"

namespace smtscope {
namespace {

// Collects points, and counts what has none.
class Writer {
 public:
  explicit Writer(const Interval& interval) : interval_(interval) {
    points_.reserve(interval.entities.size() * 8 + 256);
  }

  Point& add(SchedulerMetric which, Key key, Attributes attributes) {
    Point& point = points_.emplace_back();
    point.desc = &metric(which);
    point.key = key;
    point.attributes = std::move(attributes);
    return point;
  }
  void counter(SchedulerMetric which, Key key, uint32_t part, double delta, Attributes attributes = {}) {
    Point& point = add(which, key, std::move(attributes));
    point.part = part;
    point.delta = delta;
  }
  void missing(Reason reason, uint64_t count = 1) { missing_[static_cast<size_t>(reason)] += count; }
  // True if all these readings are there; counts one missing if not.
  bool have(std::initializer_list<Reading> readings) {
    for (const Reading reading : readings) {
      if (interval_.tables.contains(reading)) continue;
      const auto why = interval_.missing.find(reading);
      missing(why == interval_.missing.end() ? Reason::unsupported : why->second);
      return false;
    }
    return true;
  }
  [[nodiscard]] bool known(const Key& key) const { return !interval_.unknown.contains(key); }
  std::vector<Point> done() && {
    // Unknown cores have their time in the part `unknown`; CPU times are not this collector's.
    for (const auto& [key, reason] : interval_.unknown)
      if (key.kind == KeyKind::node || key.kind == KeyKind::entity || key.kind == KeyKind::pair) missing(reason);
    for (uint32_t i = 0; i < kReasonParts.size(); i++)
      counter(SchedulerMetric::reading_missing, {}, i, static_cast<double>(missing_[i + 1]),
              {{"smtscope.collector.name", "scheduler", true}});
    return std::move(points_);
  }

 private:
  const Interval& interval_;
  std::vector<Point> points_;
  std::array<uint64_t, kReasonParts.size() + 1> missing_{};  // by Reason
};

void fold(const std::vector<WaitBucket>& buckets, Histogram& out) {
  for (const WaitBucket& bucket : buckets) {
    const uint64_t upper_ns = bucket.upper_us ? static_cast<uint64_t>(std::llround(*bucket.upper_us * 1000)) : 0;
    out.counts[ladder_cell(upper_ns)] += bucket.count;
    out.count += bucket.count;
  }
}

void states(SchedulerMetric which, Key key, const StateSeconds& s, const Attributes& attributes, Writer& out) {
  out.counter(which, key, kIdlePart, s.idle, attributes);
  out.counter(which, key, kSinglePart, s.single, attributes);
  if (s.partial) out.counter(which, key, kPartialPart, *s.partial, attributes);
  if (s.all_busy) out.counter(which, key, kAllBusyPart, *s.all_busy, attributes);
  out.counter(which, key, kUnknownPart, s.unknown, attributes);
}

void core_points(const Interval& interval, const SchedulerFigures& figures, Writer& out) {
  if (!out.have({Reading::core_state, Reading::core_window})) return;
  if (figures.cores.empty()) return out.missing(Reason::lost);
  states(SchedulerMetric::node_core_time, {}, figures.node, {}, out);
  std::array<double, kBusySiblingParts.size()> by_busy{};
  for (const CoreFigures& core : figures.cores) {
    std::vector<Attribute> about = {{"smtscope.core.id", int64_t{core.id}, true}};
    if (core.package) about.push_back({"smtscope.core.package", int64_t{*core.package}, false});
    if (core.node) about.push_back({"smtscope.core.node", int64_t{*core.node}, false});
    const Attributes attributes(std::move(about));
    const Key key{KeyKind::core, core.id, 0};
    if (core.reason == Reason::ok) states(SchedulerMetric::core_time, key, core.seconds, attributes, out);
    else out.counter(SchedulerMetric::core_time, key, kUnknownPart, core.seconds.unknown, attributes);
    for (size_t k = 0; k < core.busy_siblings.size(); k++) by_busy[k] += core.busy_siblings[k];
  }
  const uint32_t most = interval.topology->threads_per_core();
  for (uint32_t k = 0; most > 2 && k <= most; k++) out.counter(SchedulerMetric::node_sibling_time, {}, k, by_busy[k]);
}

// Entities that are one outside: their sums, under the first one's key.
struct Merged {
  Entity who;
  std::array<double, kClassColumns> oncpu{};
  Histogram waits;
  bool known = true;
};

void entity_points(const Interval& interval, const SchedulerFigures& figures, Writer& out) {
  const bool times = out.have({Reading::entity_time});
  const bool waits = out.have({Reading::runqueue_count, Reading::runqueue_sum});
  std::map<std::string, Merged> all;
  for (const Entity& who : interval.entities) all.try_emplace(exported_entity_id(who), Merged{who, {}, {}, true});
  for (const EntityFigures& figure : figures.entities) {
    Merged& merged = all.at(exported_entity_id(figure.who));
    merged.known &= out.known({KeyKind::entity, figure.who.id, 0});
    for (size_t c = 0; c < merged.oncpu.size(); c++) merged.oncpu[c] += figure.oncpu[c];
    if (!figure.runqueue) continue;
    fold(figure.runqueue->buckets, merged.waits);
    *merged.waits.sum += figure.runqueue->sum_seconds;
  }
  for (const auto& [id, merged] : all) {
    const Key key{KeyKind::entity, merged.who.id, 0};
    const Attributes about = entity_attributes(merged.who);
    out.add(SchedulerMetric::entity_info, key, about).value = 1;
    if (!merged.known) continue;
    for (uint32_t c = 0; times && c < kClassColumns; c++)
      out.counter(SchedulerMetric::entity_cpu_time, key, c, merged.oncpu[c], about);
    if (waits) out.add(SchedulerMetric::entity_runqueue_wait, key, about).delta_histogram = merged.waits;
  }
}

// a <= b by what they are called outside: the same series after a restart.
void pair_points(const Interval& interval, const SchedulerFigures& figures, Writer& out) {
  if (!out.have({Reading::pair_time})) return;
  std::map<std::pair<std::string, std::string>, Point> all;
  for (const PairFigures& figure : figures.pairs) {
    const Entity *a = interval.entity(figure.a), *b = interval.entity(figure.b);
    if (!a || !b) {
      out.missing(Reason::lost);
      continue;
    }
    std::string a_id = exported_entity_id(*a), b_id = exported_entity_id(*b);
    if (b_id < a_id) {
      std::swap(a, b);
      std::swap(a_id, b_id);
    }
    const auto [at, is_new] = all.try_emplace({a_id, b_id});
    at->second.delta += figure.seconds;
    if (!is_new) continue;
    at->second.desc = &metric(SchedulerMetric::pair_time);
    at->second.key = {KeyKind::pair, figure.a, figure.b};
    at->second.attributes = {{"smtscope.pair.a.id", a_id, true},
                             {"smtscope.pair.b.id", b_id, true},
                             {"smtscope.pair.a.name", a->name, false},
                             {"smtscope.pair.b.name", b->name, false}};
  }
  for (auto& [ids, point] : all) out.add(SchedulerMetric::pair_time, point.key, {}) = std::move(point);
}

double without(uint64_t all, uint64_t part) { return all > part ? static_cast<double>(all - part) : 0; }

void placement_points(const Interval& interval, const SchedulerFigures& figures, Writer& out) {
  if (interval.topology && interval.topology->threads_per_core() < 2) return;  // there is nothing to read
  if (!out.have({Reading::placement, Reading::placement_count}) || !out.known({})) return;
  const PlacementFigures& p = figures.placement;
  if (!p.transitions || !p.sampled || !p.avoidable) return out.missing(Reason::lost);
  constexpr SchedulerMetric kTransitions = SchedulerMetric::node_placement_transitions;
  // The counters are read while CPUs count on: a sample may be seen before its transition.
  out.counter(kTransitions, {}, kAvoidablePart, static_cast<double>(*p.avoidable));
  out.counter(kTransitions, {}, kUnavoidablePart, without(*p.sampled, *p.avoidable));
  out.counter(kTransitions, {}, kUnexaminedPart, without(*p.transitions, *p.sampled));
  Histogram idle;
  idle.sum.reset();  // the kernel side counts in buckets only
  fold(p.buckets, idle);
  out.add(SchedulerMetric::node_placement_idle_core, {}, {}).delta_histogram = idle;
}

void anomaly_points(const Interval& interval, const SchedulerFigures& figures, Writer& out) {
  if (!out.have({Reading::anomaly}) || !out.known({})) return;
  const uint64_t* row = interval.tables.at(Reading::anomaly).find({});
  if (!row) return out.missing(Reason::lost);
  const LostFigures& lost = figures.lost;
  constexpr SchedulerMetric kEvents = SchedulerMetric::anomalies, kTime = SchedulerMetric::anomaly_time;
  out.counter(kEvents, {}, kLostPart, static_cast<double>(lost.switches));
  out.counter(kEvents, {}, kContendedPart, static_cast<double>(lost.contended));
  out.counter(kEvents, {}, kClampedPart, static_cast<double>(lost.clamped));
  out.counter(kEvents, {}, kPairDroppedPart, static_cast<double>(lost.pairs_dropped));
  out.counter(kEvents, {}, kEntityDroppedPart, static_cast<double>(lost.entities_dropped));
  out.counter(kTime, {}, kLostTimePart, lost.seconds);
  if (lost.clamped == 0) out.counter(kTime, {}, kClampedTimePart, 0);
  else out.missing(Reason::not_counted, lost.clamped);  // how far the clock went back is not kept
  out.missing(Reason::lost, row[kWaitsDropped]);
}

void info_point(const Interval& interval, Writer& out) {
  if (!interval.topology) return;
  const Topology& topology = *interval.topology;
  const bool sysfs = topology.source == TopologySource::sysfs;
  out.add(SchedulerMetric::node_info, {},
          {{"smtscope.smt.threads_per_core", int64_t{topology.threads_per_core()}, false},
           {"smtscope.topology.source", std::string(sysfs ? "sysfs" : "override"), false},
           {"smtscope.topology.attested", topology.attested, false}})
      .value = 1;
}

}  // namespace

std::vector<Point> scheduler_points(const Interval& interval) {
  const SchedulerFigures figures = scheduler_figures(interval);
  Writer out(interval);
  core_points(interval, figures, out);
  entity_points(interval, figures, out);
  pair_points(interval, figures, out);
  placement_points(interval, figures, out);
  anomaly_points(interval, figures, out);
  info_point(interval, out);
  return std::move(out).done();
}

}  // namespace smtscope
