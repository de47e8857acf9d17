// SPDX-License-Identifier: Apache-2.0
#include "derive/numa_figures.h"

#include <algorithm>

namespace smtscope {
namespace {

using ByNode = std::map<uint32_t, double>;

const Table* table(const Interval& interval, Reading reading) {
  const auto at = interval.tables.find(reading);
  return at == interval.tables.end() ? nullptr : &at->second;
}

// ok: it is there.
Reason why_missing(const Interval& interval, Reading reading) {
  if (interval.tables.contains(reading)) return Reason::ok;
  const auto at = interval.missing.find(reading);
  return at == interval.missing.end() ? Reason::unsupported : at->second;
}

// Nodes that came or went in the interval are left out.
std::optional<Locality> allocations(const Interval& interval) {
  const Table* nodes = table(interval, Reading::numa_alloc);
  if (!nodes) return std::nullopt;
  Locality sum;
  for (size_t i = 0; i < nodes->keys.size(); i++) {
    if (interval.unknown.contains(nodes->keys[i])) continue;
    sum.local += static_cast<double>(nodes->row(i)[kNumaLocalNode]);
    sum.remote += static_cast<double>(nodes->row(i)[kNumaOtherNode]);
  }
  return sum;
}

// Two counters that are read one after the other: the part may be ahead of the whole.
std::optional<Locality> hint_faults(const Interval& interval) {
  const Table* hints = table(interval, Reading::numa_hint);
  const uint64_t* row = hints ? hints->find({}) : nullptr;
  if (!row || interval.unknown.contains({})) return std::nullopt;
  const uint64_t local = std::min(row[kHintFaultsLocal], row[kHintFaults]);
  return Locality{static_cast<double>(local), static_cast<double>(row[kHintFaults] - local)};
}

std::map<uint32_t, ByNode> by_entity(const Table& rows) {
  std::map<uint32_t, ByNode> all;
  for (size_t i = 0; i < rows.keys.size(); i++)
    all[rows.keys[i].a][rows.keys[i].b] += static_cast<double>(rows.row(i)[0]);
  return all;
}

double sum_of(const ByNode& nodes) {
  double sum = 0;
  for (const auto& [node, value] : nodes) sum += value;
  return sum;
}

ResidentFigures resident(const ByNode& bytes, const ByNode& times) {
  const double all = sum_of(bytes), ns = sum_of(times);
  ResidentFigures figures;
  double most_local = 0, least_local = 0;
  for (const auto& [node, here] : bytes) {
    const auto time = times.find(node);
    const double share = time == times.end() ? 0 : time->second / ns;
    figures.bytes.local += here * share;
    most_local += std::min(here, all * share);
    least_local += std::max(0.0, here + all * share - all);
  }
  figures.bytes.remote = std::max(0.0, all - figures.bytes.local);
  figures.remote_least = std::max(0.0, all - most_local);
  figures.remote_most = all - least_local;
  return figures;
}

// The node of all CPUs, where the others have memory alone.
std::optional<uint32_t> only_cpu_node(const Interval& interval) {
  if (!interval.topology || interval.topology->nodes() > 1 || interval.topology->cores.empty()) return std::nullopt;
  return interval.topology->cores.front().node;
}

std::map<uint32_t, ByNode> times_of(const Interval& interval) {
  if (const Table* times = table(interval, Reading::entity_node_time)) return by_entity(*times);
  std::map<uint32_t, ByNode> all;
  const Table* times = table(interval, Reading::entity_time);
  const auto node = only_cpu_node(interval);
  for (size_t i = 0; times && node && i < times->keys.size(); i++)
    for (uint32_t c = 0; c < times->width; c++) all[times->keys[i].a][*node] += static_cast<double>(times->row(i)[c]);
  return all;
}

void fill_resident(const Interval& interval, NumaFigures& out) {
  out.resident_reason = why_missing(interval, Reading::entity_resident);
  const Table* rows = table(interval, Reading::entity_resident);
  if (rows && !table(interval, Reading::entity_time)) out.resident_reason = why_missing(interval, Reading::entity_time);
  if (!rows || out.resident_reason != Reason::ok) return;
  const auto times = times_of(interval);
  for (const auto& [entity, bytes] : by_entity(*rows)) {
    const auto time = times.find(entity);
    if (time != times.end() && sum_of(time->second) > 0) out.resident[entity] = resident(bytes, time->second);
  }
}

}  // namespace

std::optional<double> Locality::remote_share() const {
  return all() > 0 ? std::optional(remote / all()) : std::nullopt;
}

NumaFigures numa_figures(const Interval& interval) {
  NumaFigures out;
  out.allocations = allocations(interval);
  out.allocations_reason = why_missing(interval, Reading::numa_alloc);
  out.hint_faults = hint_faults(interval);
  out.hint_faults_reason = why_missing(interval, Reading::numa_hint);
  if (!out.hint_faults && out.hint_faults_reason == Reason::ok) out.hint_faults_reason = Reason::changed;
  const Table* decisions = table(interval, Reading::numa_placement);
  if (const uint64_t* row = decisions ? decisions->find({}) : nullptr)
    out.decisions = NumaDecisions{row[kNumaMoves], row[kNumaSticks], row[kNumaSwaps], row[kNumaSkips]};
  out.decisions_reason = why_missing(interval, Reading::numa_placement);
  fill_resident(interval, out);
  for (const Reading reading :
       {Reading::numa_alloc, Reading::numa_hint, Reading::numa_placement, Reading::entity_resident}) {
    const auto why = interval.missing.find(reading);
    out.several_nodes |=
        interval.tables.contains(reading) || (why != interval.missing.end() && why->second != Reason::not_applicable);
  }
  return out;
}

Reason resident_reason_of(const NumaFigures& figures, const Entity& who) {
  if (figures.resident_reason != Reason::ok) return figures.resident_reason;
  if (!is_workload(who) || who.kind == EntityKind::process) return Reason::not_applicable;
  return Reason::not_counted;
}

}  // namespace smtscope
