// SPDX-License-Identifier: Apache-2.0
#include "collectors/scheduler_totals.h"

#include <algorithm>
#include <unordered_set>

namespace smtscope {
namespace {

bool busy(uint32_t entity) { return entity >= kKernelEntity; }
uint64_t to_ns(uint64_t ticks) { return ticks << SMTSCOPE_TICK_SHIFT; }

Table& table(Snapshot& snapshot, Reading reading) {
  Table& t = snapshot.tables[reading];
  t.width = reading_width(reading);
  return t;
}

}  // namespace

void SchedulerTotals::take(const Drain& drain, const EntityOf& entity_of) {
  drain_++;
  for (const CoreDrain& core : drain.cores) take_core(core, entity_of);
  anomalies_ = drain.anomalies;
  placement_ = drain.placement;
}

void SchedulerTotals::set_nodes(const Topology& topology) {
  node_of_core_.clear();
  if (topology.nodes() < 2) return;
  for (const Core& core : topology.cores)
    if (core.node) node_of_core_[core.id] = *core.node;
}

uint32_t SchedulerTotals::entity(uint32_t kernel_id, const EntityOf& entity_of) {
  Resolved& known = resolved_[kernel_id % kKernelSideIds];
  if (known.drain != drain_) known = {drain_, entity_of(kernel_id)};
  return known.entity;
}

void SchedulerTotals::take_core(const CoreDrain& core, const EntityOf& entity_of) {
  CoreTotals& totals = cores_[core.core_id];
  totals.window_ns += core.end_ns - core.start_ns;
  totals.last_close_ns = core.end_ns;
  const auto node = node_of_core_.find(core.core_id);
  node_ = node == node_of_core_.end() ? std::nullopt : std::optional(node->second);
  const auto who = [&](uint32_t kernel_id) {
    const uint32_t id = entity(kernel_id, entity_of);
    if (busy(id)) active_ns_[id] = core.end_ns;
    return id;
  };
  for (const Cell& cell : core.cells) {
    switch (cell.kind) {
      case SMTSCOPE_CELL_PAIR: take_pair(totals, who(cell.a), who(cell.b), core.siblings, to_ns(cell.value)); break;
      case SMTSCOPE_CELL_BUSY:
        totals.ns[cell.a == SMTSCOPE_BUSY_UNKNOWN ? kCoreUnknownColumn : std::min<uint32_t>(cell.a, kMaxSiblings)] +=
            to_ns(cell.value);
        break;
      case SMTSCOPE_CELL_CLASS: add_time(who(cell.a), static_cast<ClassColumn>(cell.b), to_ns(cell.value)); break;
      case SMTSCOPE_CELL_RUNNING_PAIR: add_pair(who(cell.a), who(cell.b), to_ns(cell.value)); break;
      case SMTSCOPE_CELL_WAIT: take_wait(who(cell.a), cell); break;
    }
  }
}

// n <= 2: state, entity split and pair are all marginals of this one cell.
void SchedulerTotals::take_pair(CoreTotals& totals, uint32_t x, uint32_t y, uint32_t siblings, uint64_t ns) {
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

void SchedulerTotals::take_wait(uint32_t entity, const Cell& cell) {
  *waits_.row(entity, cell.b) += cell.value >> SMTSCOPE_WAIT_SUM_BITS;
  *wait_ns_.row(entity, 0) += to_ns(cell.value & SMTSCOPE_WAIT_SUM_MASK);
}

void SchedulerTotals::add_time(uint32_t entity, ClassColumn column, uint64_t ns) {
  times_.row(entity, 0)[column] += ns;
  if (node_) *node_times_.row(entity, *node_) += ns;
}

void SchedulerTotals::add_pair(uint32_t x, uint32_t y, uint64_t ns) {
  *pairs_.row(std::min(x, y), std::max(x, y)) += ns;
}

void SchedulerTotals::write(Snapshot& snapshot, bool with_waits) {
  write_cores(snapshot);
  snapshot.tables[Reading::entity_time] = times_.sorted();
  snapshot.tables[Reading::pair_time] = pairs_.sorted();
  if (with_waits) {
    snapshot.tables[Reading::runqueue_count] = waits_.sorted();
    snapshot.tables[Reading::runqueue_sum] = wait_ns_.sorted();
  } else {
    snapshot.missing[Reading::runqueue_count] = Reason::unsupported;
    snapshot.missing[Reading::runqueue_sum] = Reason::unsupported;
  }
  write_node_times(snapshot);
  write_node(snapshot);
}

void SchedulerTotals::write_node_times(Snapshot& snapshot) {
  if (node_of_core_.empty()) snapshot.missing[Reading::entity_node_time] = Reason::not_applicable;
  else snapshot.tables[Reading::entity_node_time] = node_times_.sorted();
}

void SchedulerTotals::write_cores(Snapshot& snapshot) const {
  Table& states = table(snapshot, Reading::core_state);
  Table& windows = table(snapshot, Reading::core_window);
  for (const auto& [id, totals] : cores_) {
    const Key key{KeyKind::core, id, 0};
    std::copy(totals.ns.begin(), totals.ns.end(), states.append(key));
    uint64_t* window = windows.append(key);
    window[0] = totals.window_ns;
    window[1] = totals.last_close_ns;
  }
}

void SchedulerTotals::write_node(Snapshot& snapshot) const {
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
}

std::vector<uint32_t> SchedulerTotals::entities() const { return idle_since(UINT64_MAX); }

std::vector<uint32_t> SchedulerTotals::idle_since(uint64_t ns) const {
  std::vector<uint32_t> ids;
  for (const auto& [id, active_ns] : active_ns_)
    if (active_ns <= ns) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  return ids;
}

void SchedulerTotals::forget(const std::vector<uint32_t>& entities) {
  if (entities.empty()) return;
  const std::unordered_set<uint32_t> gone(entities.begin(), entities.end());
  const auto names_one = [&](const Key& key) {
    return gone.contains(key.a) || (key.kind == KeyKind::pair && gone.contains(key.b));
  };
  for (CumulativeTable* rows : {&times_, &node_times_, &pairs_, &waits_, &wait_ns_}) rows->erase_if(names_one);
  for (const uint32_t id : entities) active_ns_.erase(id);
}

}  // namespace smtscope
