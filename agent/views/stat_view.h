// SPDX-License-Identifier: Apache-2.0
// The `stat` screen: one value, written as text for people and as JSON for programs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "derive/counter_figures.h"
#include "derive/numa_figures.h"
#include "derive/scheduler_figures.h"
#include "model/run_facts.h"
#include "model/topology.h"

namespace smtscope {

struct StatView {
  HostFacts host;
  Topology topology;
  SchedulerFigures figures;
  CounterFigures counters;
  NumaFigures numa;
  std::string grouping;        // "cgroup v2", "cgroup v1 (cpu)", "process": how entities were chosen
  std::optional<uint32_t> of;  // --of: this entity and its neighbours only
  std::vector<NotMeasured> not_measured;
  std::vector<std::string> notes;  // topology changed, clock source, a second agent on the hook ...
};

// All of it but `of`, which needs to know whom the user asked for.
[[nodiscard]] StatView stat_view(const RunFacts& run, const Interval& interval);

struct StatTextOptions {
  bool all = false;  // every entity and pair
  unsigned columns = 80;
};

// For people: at most `columns` wide, one sentence first, evidence below, the next command last.
[[nodiscard]] std::string stat_text(const StatView& view, const StatTextOptions& options);

// One line of JSON as the contract says, without the newline.
[[nodiscard]] std::string stat_json(const StatView& view);

}  // namespace smtscope
