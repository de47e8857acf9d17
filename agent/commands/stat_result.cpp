// SPDX-License-Identifier: Apache-2.0
#include "commands/stat_result.h"

#include <fmt/format.h>

#include <algorithm>

namespace smtscope {
namespace {

constexpr double kMostSteal = 0.01;  // above it hardware claims do not hold

std::string percent(double share) { return fmt::format("{:.1f} %", share * 100); }

// Share of the node's CPU time that a hypervisor took away.
double steal_share(const Interval& interval) {
  const auto table = interval.tables.find(Reading::cpu_time);
  if (table == interval.tables.end()) return 0;
  double steal = 0, all = 0;
  for (size_t i = 0; i < table->second.keys.size(); i++) {
    const uint64_t* row = table->second.row(i);
    steal += static_cast<double>(row[kCpuStealNs]);
    all += static_cast<double>(row[kCpuStealNs] + row[kCpuBusyNs] + row[kCpuIdleNs]);
  }
  return all > 0 ? steal / all : 0;
}

// Keeps --of's entity in the list, also if it did not run.
void select(const Grouping& grouping, StatView& view) {
  if (!grouping.of) return;
  auto& entities = view.figures.entities;
  const auto at = std::find_if(entities.begin(), entities.end(),
                               [&](const EntityFigures& e) { return grouping.of->matches(e.who); });
  if (at != entities.end()) {
    view.of = at->who.id;
    return;
  }
  EntityFigures absent;
  absent.who.kind = grouping.by == GroupBy::process ? EntityKind::process : EntityKind::cgroup;
  absent.who.name = grouping.of->name;
  absent.who.cgroup_id = grouping.of->cgroup_id;
  absent.who.pid = grouping.of->pid;
  absent.runqueue.emplace();
  view.of = absent.who.id;
  entities.push_back(std::move(absent));
  view.notes.push_back(fmt::format("{} had no CPU time in this window", grouping.of->name));
}

}  // namespace

void judge_steal(Interval& interval) {
  const double steal = steal_share(interval);
  if (steal <= kMostSteal || !interval.topology) return;
  Topology topology = *interval.topology;
  unattest(topology, fmt::format("{} of CPU time was stolen by the hypervisor", percent(steal)));
  interval.topology = std::make_shared<const Topology>(std::move(topology));
}

StatView stat_result(const Session& session, const Interval& interval) {
  StatView view;
  view.host = session.host();
  view.topology = *interval.topology;
  view.figures = scheduler_figures(interval);
  view.grouping = session.grouping().label();
  view.not_measured.push_back({"instructions, top-down, NUMA, TCP", "not in this version"});
  if (!session.choice().run_queue_reason.empty())
    view.not_measured.push_back({session.choice().run_queue == SMTSCOPE_RUNQUEUE_OFF ? "run queue" : "whole waits",
                                 session.choice().run_queue_reason});
  view.not_measured.push_back({"cost of a neighbour", "needs instructions"});
  for (const auto& [key, reason] : interval.unknown)
    if (key.kind == KeyKind::core) view.notes.push_back(fmt::format("core {}: its CPUs changed in this window", key.a));
  select(session.grouping(), view);
  return view;
}

}  // namespace smtscope
