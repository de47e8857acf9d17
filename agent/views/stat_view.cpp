// SPDX-License-Identifier: Apache-2.0
#include "views/stat_view.h"

#include <fmt/format.h>

namespace smtscope {

StatView stat_view(const RunFacts& run, const Interval& interval) {
  StatView view;
  view.host = run.host;
  view.topology = *interval.topology;
  view.figures = scheduler_figures(interval);
  view.counters = counter_figures(interval);
  view.numa = numa_figures(interval);
  view.grouping = run.grouping;
  view.not_measured = run.not_measured;
  for (const auto& [key, reason] : interval.unknown)
    if (key.kind == KeyKind::core) view.notes.push_back(fmt::format("core {}: its CPUs changed in this window", key.a));
  return view;
}

}  // namespace smtscope
