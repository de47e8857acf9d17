// SPDX-License-Identifier: Apache-2.0
#include "collectors/scheduler.h"

#include <algorithm>

#include "kernel/clock.h"

namespace smtscope {
namespace {

static_assert(kIdleEntity == SMTSCOPE_ID_IDLE && kUnknownEntity == SMTSCOPE_ID_UNKNOWN &&
              kKernelEntity == SMTSCOPE_ID_KERNEL && kOtherEntity == SMTSCOPE_ID_OTHER);

bool busy(uint32_t entity) { return entity >= kKernelEntity; }
uint64_t packed(uint32_t a, uint32_t b) { return uint64_t{a} << 32 | b; }
uint64_t to_ns(uint64_t ticks) { return ticks << SMTSCOPE_TICK_SHIFT; }

Table& table(Snapshot& snapshot, Reading reading) {
  Table& t = snapshot.tables[reading];
  t.width = reading_width(reading);
  return t;
}

}  // namespace

Result<std::unique_ptr<SchedulerCollector>> SchedulerCollector::make(std::shared_ptr<const Topology> topology,
                                                                     const SwitchOptions& options,
                                                                     const BpfFeatures& features,
                                                                     EntityRegistry registry) {
  std::unique_ptr<SchedulerCollector> collector(new SchedulerCollector(std::move(topology), std::move(registry)));
  auto probe = SwitchProbe::make(*collector->topology_, options, features);
  if (!probe) return Failure(probe.error());
  collector->probe_ = std::move(*probe);
  auto bounds = std::make_shared<std::vector<uint64_t>>();
  for (uint32_t k = 0; k < SMTSCOPE_BUCKETS; k++) bounds->push_back(bucket_upper_ns(k));
  collector->bucket_upper_ns_ = std::move(bounds);
  if (auto started = collector->probe_->start(); !started) return Failure(started.error());
  return collector;
}

Result<> SchedulerCollector::drain() {
  Drain drain;
  if (auto r = probe_->drain(drain); !r) return r;
  take(drain);
  return {};
}

Result<> SchedulerCollector::follow(std::shared_ptr<const Topology> topology) {
  Drain drain;
  if (auto r = probe_->drain(drain); !r) return r;
  if (auto r = probe_->follow(*topology, drain); !r) return r;
  take(drain);
  topology_ = std::move(topology);
  return {};
}

Result<> SchedulerCollector::sample(Snapshot& snapshot) {
  snapshot.start_ns = monotonic_ns();
  if (auto r = drain(); !r) return r;
  registry_.name_new();
  snapshot.end_ns = monotonic_ns();
  snapshot.unix_offset_ns = unix_offset_ns();
  snapshot.topology = topology_;
  snapshot.bucket_upper_ns = bucket_upper_ns_;
  snapshot.word_variant = choice().variant == SwitchVariant::word;
  snapshot.full_waits = choice().run_queue == SMTSCOPE_RUNQUEUE_FULL;
  write_tables(snapshot);
  write_totals(snapshot);
  return {};
}

void SchedulerCollector::take(const Drain& drain) {
  for (const CoreDrain& core : drain.cores) take_core(core);
  anomalies_ = drain.anomalies;
  placement_ = drain.placement;
}

uint32_t SchedulerCollector::entity_of(uint32_t kernel_id) {
  return registry_.resolve(kernel_id, probe_->who(kernel_id));
}

void SchedulerCollector::take_core(const CoreDrain& core) {
  CoreTotals& totals = cores_[core.core_id];
  totals.window_ns += core.end_ns - core.start_ns;
  totals.last_close_ns = core.end_ns;
  for (const Cell& cell : core.cells) {
    switch (cell.kind) {
      case SMTSCOPE_CELL_PAIR: take_pair(totals, cell, core.siblings, to_ns(cell.value)); break;
      case SMTSCOPE_CELL_BUSY:
        totals.ns[cell.a == SMTSCOPE_BUSY_UNKNOWN ? kCoreUnknownColumn : std::min<uint32_t>(cell.a, kMaxSiblings)] +=
            to_ns(cell.value);
        break;
      case SMTSCOPE_CELL_CLASS:
        add_time(entity_of(cell.a), static_cast<ClassColumn>(cell.b), to_ns(cell.value));
        break;
      case SMTSCOPE_CELL_RUNNING_PAIR: add_pair(entity_of(cell.a), entity_of(cell.b), to_ns(cell.value)); break;
      case SMTSCOPE_CELL_WAIT: take_wait(cell); break;
    }
  }
}

// n <= 2: state, entity split and pair are all marginals of this one cell.
void SchedulerCollector::take_pair(CoreTotals& totals, const Cell& cell, uint32_t siblings, uint64_t ns) {
  const uint32_t x = entity_of(cell.a), y = entity_of(cell.b);
  const uint32_t count = static_cast<uint32_t>(busy(x)) + static_cast<uint32_t>(busy(y));
  const bool unknown = x == kUnknownEntity || y == kUnknownEntity;
  totals.ns[unknown ? kCoreUnknownColumn : count] += ns;
  if (busy(x) && busy(y)) {
    add_pair(x, y, ns);
    add_time(x, x == y ? kClassSame : kClassOther, ns);
    add_time(y, x == y ? kClassSame : kClassOther, ns);
    return;
  }
  const ClassColumn column = siblings == 1 ? kClassNoSibling : unknown ? kClassUnknown : kClassIdle;
  if (busy(x)) add_time(x, column, ns);
  if (busy(y)) add_time(y, column, ns);
}

void SchedulerCollector::take_wait(const Cell& cell) {
  const uint32_t entity = entity_of(cell.a);
  waits_[packed(entity, cell.b)] += cell.value >> SMTSCOPE_WAIT_SUM_BITS;
  wait_ns_[entity] += to_ns(cell.value & SMTSCOPE_WAIT_SUM_MASK);
}

void SchedulerCollector::add_time(uint32_t entity, ClassColumn column, uint64_t ns) {
  entities_[entity][column] += ns;
}

void SchedulerCollector::add_pair(uint32_t x, uint32_t y, uint64_t ns) {
  pairs_[packed(std::min(x, y), std::max(x, y))] += ns;
}

void SchedulerCollector::write_tables(Snapshot& snapshot) const {
  Table& states = table(snapshot, Reading::core_state);
  Table& windows = table(snapshot, Reading::core_window);
  for (const auto& [id, totals] : cores_) {
    const Key key{KeyKind::core, id, 0};
    std::copy(totals.ns.begin(), totals.ns.end(), states.append(key));
    uint64_t* window = windows.append(key);
    window[0] = totals.window_ns;
    window[1] = totals.last_close_ns;
  }
  Table& times = table(snapshot, Reading::entity_time);
  for (const auto& [id, ns] : entities_) std::copy(ns.begin(), ns.end(), times.append({KeyKind::entity, id, 0}));
  Table& pairs = table(snapshot, Reading::pair_time);
  for (const auto& [ids, ns] : pairs_)
    *pairs.append({KeyKind::pair, static_cast<uint32_t>(ids >> 32), static_cast<uint32_t>(ids)}) = ns;
  if (choice().run_queue == SMTSCOPE_RUNQUEUE_OFF) {
    snapshot.missing[Reading::runqueue_count] = Reason::unsupported;
    snapshot.missing[Reading::runqueue_sum] = Reason::unsupported;
  } else {
    Table& counts = table(snapshot, Reading::runqueue_count);
    for (const auto& [ids, count] : waits_)
      *counts.append({KeyKind::entity, static_cast<uint32_t>(ids >> 32), static_cast<uint32_t>(ids)}) = count;
    Table& sums = table(snapshot, Reading::runqueue_sum);
    for (const auto& [id, ns] : wait_ns_) *sums.append({KeyKind::entity, id, 0}) = ns;
    counts.sort();
    sums.sort();
  }
  times.sort();
  pairs.sort();
}

void SchedulerCollector::write_totals(Snapshot& snapshot) const {
  const Key node{KeyKind::node, 0, 0};
  uint64_t* p = table(snapshot, Reading::placement).append(node);
  p[0] = placement_.transitions;
  p[1] = placement_.sampled;
  p[2] = placement_.avoidable;
  Table& counts = table(snapshot, Reading::placement_count);
  for (uint32_t k = 0; k < placement_.buckets.size(); k++)
    if (placement_.buckets[k]) *counts.append({KeyKind::node, k, 0}) = placement_.buckets[k];
  uint64_t* a = table(snapshot, Reading::anomaly).append(node);
  a[kLostSwitches] = anomalies_.lost;
  a[kLostNs] = anomalies_.lost_ns;
  a[kContended] = anomalies_.contended;
  a[kClamped] = anomalies_.clamped;
  a[kPairsDropped] = anomalies_.pairs_dropped;
  a[kPairsDroppedNs] = anomalies_.pairs_dropped_ns;
  a[kEntitiesDropped] = anomalies_.entities_dropped;
  a[kWaitsDropped] = anomalies_.waits_dropped;
  for (const auto& [id, ns] : entities_)
    if (const Entity* entity = registry_.find(id)) snapshot.entities.push_back(*entity);
  for (const auto& [id, ns] : wait_ns_)
    if (!entities_.contains(id))
      if (const Entity* entity = registry_.find(id)) snapshot.entities.push_back(*entity);
  std::sort(snapshot.entities.begin(), snapshot.entities.end(),
            [](const Entity& l, const Entity& r) { return l.id < r.id; });
}

}  // namespace smtscope
