// SPDX-License-Identifier: Apache-2.0
#include "commands/stat_result.h"

#include <fmt/format.h>

#include <algorithm>

#include "pipeline/frames.h"

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
  StatView view = stat_view(run_facts(session), interval);
  select(session.grouping(), view);
  return view;
}

}  // namespace smtscope
