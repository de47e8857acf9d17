// SPDX-License-Identifier: Apache-2.0
#include "commands/stat_result.h"

#include <fmt/format.h>

#include <algorithm>

namespace smtscope {
namespace {

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

StatView stat_result(const Session& session, const Interval& interval) {
  StatView view;
  view.host = session.host();
  view.topology = *interval.topology;
  view.figures = scheduler_figures(interval);
  view.grouping = session.grouping().label();
  view.not_measured.push_back({"instructions, top-down, NUMA, TCP", "not in this version"});
  for (const CollectorStatus& collector : session.collectors().status())
    for (const Shortfall& less : collector.shortfalls) view.not_measured.push_back({less.what, less.reason});
  view.not_measured.push_back({"cost of a neighbour", "needs instructions"});
  for (const auto& [key, reason] : interval.unknown)
    if (key.kind == KeyKind::core) view.notes.push_back(fmt::format("core {}: its CPUs changed in this window", key.a));
  select(session.grouping(), view);
  return view;
}

}  // namespace smtscope
