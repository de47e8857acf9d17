// SPDX-License-Identifier: Apache-2.0
#include "commands/audit_online.h"

#include <fmt/format.h>

#include <algorithm>

#include "derive/scheduler_figures.h"

namespace smtscope {
namespace {

static_assert(static_cast<uint32_t>(audit::kClasses) == static_cast<uint32_t>(kClassColumns));

audit::Who who_of(const Entity& entity, GroupBy by) {
  if (by == GroupBy::process && entity.pid) return *entity.pid;
  if (by == GroupBy::cgroup && entity.cgroup_id) return *entity.cgroup_id;
  return entity.kind == EntityKind::kernel ? audit::kKernel : audit::kOther;
}

// Many processes have one name.
std::string name_of(const Entity& entity, GroupBy by) {
  return by == GroupBy::process && entity.pid ? fmt::format("{}[{}]", entity.name, *entity.pid) : entity.name;
}

audit::OnlineCore core_of(const CoreFigures& core) {
  const StateSeconds& s = core.seconds;
  return {core.id,
          core.cpus,
          core.start_ns,
          core.end_ns,
          {s.idle, s.single, s.partial.value_or(0), s.all_busy.value_or(0), s.unknown},
          core.busy_siblings};
}

double busy_of_proc_stat(const Interval& interval) {
  const auto table = interval.tables.find(Reading::cpu_time);
  if (table == interval.tables.end()) return 0;
  uint64_t ns = 0;
  for (size_t i = 0; i < table->second.keys.size(); i++) ns += table->second.row(i)[kCpuBusyNs];
  return static_cast<double>(ns) / 1e9;
}

}  // namespace

std::optional<audit::OnlineInterval> online_interval(const Interval& interval, GroupBy by) {
  const auto changed = [](const auto& unknown) { return unknown.first.kind == KeyKind::core; };
  if (std::any_of(interval.unknown.begin(), interval.unknown.end(), changed)) return std::nullopt;
  const SchedulerFigures figures = scheduler_figures(interval);
  audit::OnlineInterval out;
  for (const CoreFigures& core : figures.cores) out.cores.push_back(core_of(core));
  for (const EntityFigures& e : figures.entities) {
    audit::OnlineEntity entity{e.who.id, who_of(e.who, by), name_of(e.who, by), {}};
    std::copy(e.oncpu.begin(), e.oncpu.end(), entity.oncpu.begin());
    out.entities.push_back(std::move(entity));
  }
  for (const PairFigures& pair : figures.pairs) out.pairs.push_back({pair.a, pair.b, pair.seconds});
  out.lost = figures.lost.switches;
  out.lost_seconds = figures.lost.seconds;
  out.contended = figures.lost.contended;
  out.dropped_seconds = figures.lost.pairs_dropped_seconds;
  out.proc_stat_busy = busy_of_proc_stat(interval);
  return out;
}

}  // namespace smtscope
