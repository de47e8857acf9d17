// SPDX-License-Identifier: Apache-2.0
#include "views/top_view.h"

#include <algorithm>
#include <string>

#include "derive/steal.h"

namespace smtscope {
namespace {

void fill_cpus(const Interval& interval, TopView& view) {
  const auto table = interval.tables.find(Reading::cpu_time);
  if (table == interval.tables.end()) return;
  for (size_t i = 0; i < table->second.keys.size(); i++) {
    const Key& key = table->second.keys[i];
    const uint64_t* row = table->second.row(i);
    const uint64_t busy = row[kCpuBusyNs] + row[kCpuStealNs], all = busy + row[kCpuIdleNs];
    if (all == 0 || interval.unknown.contains(key)) continue;
    view.cpus.push_back({key.a, static_cast<double>(busy) / static_cast<double>(all)});
  }
}

void fill_cost(const Frame& previous, const Frame& current, TopView& view) {
  const auto used = [](const Frame& frame) { return frame.agent.user_ns + frame.agent.system_ns; };
  const uint64_t from_ns = previous.snapshot->end_ns, to_ns = current.snapshot->end_ns;
  if (used(previous) > 0 && used(current) >= used(previous) && to_ns > from_ns)
    view.own_cpu = static_cast<double>(used(current) - used(previous)) / static_cast<double>(to_ns - from_ns);
  uint64_t ns = 0, runs = 0;
  for (const ProgramReading& now : current.agent.programs)
    for (const ProgramReading& then : previous.agent.programs) {
      if (now.name != then.name || now.runs < then.runs || now.run_ns < then.run_ns) continue;
      ns += now.run_ns - then.run_ns;
      runs += now.runs - then.runs;
    }
  if (runs > 0) view.bpf_ns = static_cast<double>(ns) / static_cast<double>(runs);
}

}  // namespace

std::optional<double> TopView::busy_of(uint32_t cpu) const {
  const auto at = std::lower_bound(cpus.begin(), cpus.end(), cpu,
                                   [](const CpuUse& use, uint32_t wanted) { return use.cpu < wanted; });
  if (at == cpus.end() || at->cpu != cpu) return std::nullopt;
  return at->busy;
}

TopView top_view(const Frame& previous, const Frame& current) {
  Interval interval = make_interval(*previous.snapshot, *current.snapshot);
  judge_steal(interval);
  TopView view;
  view.stat = stat_view(*current.run, interval);
  view.end_unix_ns = static_cast<int64_t>(interval.end_ns) + interval.unix_offset_ns;
  view.tick = current.tick;
  fill_cpus(interval, view);
  fill_cost(previous, current, view);
  return view;
}

size_t size_of(const TopView& view) {
  constexpr size_t kStrings = 128;  // names and paths of an entity, about
  const SchedulerFigures& f = view.stat.figures;
  size_t bytes = sizeof view + view.cpus.size() * sizeof(TopView::CpuUse) + f.pairs.size() * sizeof(PairFigures);
  for (const EntityFigures& e : f.entities) {
    bytes += sizeof e + kStrings;
    if (e.runqueue) bytes += e.runqueue->buckets.size() * sizeof(WaitBucket);
  }
  for (const CoreFigures& core : f.cores) bytes += sizeof core + core.cpus.size() * (sizeof(uint32_t) + sizeof(double));
  constexpr size_t kMetrics = 4096;  // of one group's top-down, about
  const CounterFigures& c = view.stat.counters;
  bytes += c.entities.size() * (sizeof(EntityCounters) + kStrings);
  bytes += (c.cpus.size() + c.cores.size() + c.kinds.size()) * (sizeof(CounterGroup) + kMetrics);
  bytes += view.stat.topology.cores.size() * (sizeof(Core) + sizeof(uint32_t) * kMaxSiblings);
  return bytes + view.stat.topology.cpus.size() * sizeof(Cpu);
}

bool is_named(const Entity& who, std::string_view name) {
  const auto ends = [&](const std::string& path) {
    return path == name ||
           (path.size() > name.size() && path.ends_with(name) && path[path.size() - name.size() - 1] == '/');
  };
  if (name.empty()) return false;
  if (ends(who.name) || (who.comm && *who.comm == name)) return true;
  return (who.cgroup && ends(*who.cgroup)) || (who.pid && std::to_string(*who.pid) == name);
}

}  // namespace smtscope
