// SPDX-License-Identifier: Apache-2.0
// Steps from windows to the report's view: what is known of each window, and the words about it.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "views/report_phases.h"
#include "views/report_sum.h"
#include "views/report_view.h"

namespace smtscope::report {

// Time that all siblings of a core were busy while another core of its cache was idle. A lower bound: shares d and i
// of one window overlap for at least d + i - 1 of it, and an idle core serves one busy core only.
struct Overlap {
  double core_seconds = 0;
  double seconds = 0;  // of the pair of cores with the most
};
[[nodiscard]] Overlap overlap_of(const SchedulerFigures& figures, const Topology& topology);

// CPU seconds of an entity in a window: alone or without sibling, beside itself, beside others or unknown.
using Rates = std::map<uint32_t, std::array<double, 3>>;
[[nodiscard]] Rates rates_of(const SchedulerFigures& figures, EntityNames& names);

// Beside ReportView::windows, one member a window.
struct Timeline {
  std::vector<size_t> knot;   // the one at its end
  std::vector<bool> changed;  // topology
  std::vector<Overlap> overlap;
  std::vector<Rates> rates;
  std::vector<uint32_t> chosen;  // entities that phases look at

  // The busiest of all time and the busiest of any window.
  void choose(const SchedulerFigures& whole);
};
[[nodiscard]] std::vector<PhaseWindow> phase_windows(const ReportView& view, const Timeline& line);

void add(StateSeconds& sum, const StateSeconds& s);
// The window's row for each row of the map; a core that is not as in `topology` is unknown.
void fill_rows(const SchedulerFigures& figures, const Topology& topology, const std::vector<ReportRow>& rows,
               ReportWindow& window);

// Fills in title and lines.
void tell(ReportPhase& phase);
[[nodiscard]] std::vector<VerdictLine> verdict(const ReportView& view);

}  // namespace smtscope::report
