// SPDX-License-Identifier: Apache-2.0
// Splits windows into phases of alike behaviour.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace smtscope {

// What is compared of a window: numbers in units of one CPU or core; all windows have the same.
struct PhaseWindow {
  double seconds = 0;
  bool cut_before = false;  // a phase begins here whatever the numbers (a gap, another topology)
  std::vector<double> features;
};

struct PhaseLimits {
  size_t most = 8;             // phases between two cuts
  double least_change = 0.25;  // in CPUs: smaller ones are not told
  double least_share = 0.2;    // of the larger side
};

// First and last window of each phase, in order, all windows covered.
[[nodiscard]] std::vector<std::pair<size_t, size_t>> find_phases(const std::vector<PhaseWindow>& windows,
                                                                 const PhaseLimits& limits = {});

}  // namespace smtscope
