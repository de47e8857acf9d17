// SPDX-License-Identifier: Apache-2.0
#include "compare/window_plan.h"

#include <algorithm>
#include <array>

namespace smtscope {

uint64_t choose_window_ns(uint64_t span_a_ns, uint64_t span_b_ns) {
  static constexpr std::array<uint64_t, 8> kRound = {1, 2, 5, 10, 15, 20, 30, 60};
  // A recording of 10 s has its last tick a little before or after: one part in 20 does not count.
  const uint64_t most = std::min(span_a_ns, span_b_ns) / kWantedWindows * 21 / 20;
  uint64_t chosen = kShortestWindowNs;
  for (const uint64_t seconds : kRound)
    if (seconds * 1'000'000'000 <= most) chosen = seconds * 1'000'000'000;
  return chosen;
}

uint64_t whole_intervals_ns(uint64_t window_ns, uint64_t interval_ns) {
  if (interval_ns == 0) return window_ns;
  return std::max<uint64_t>(1, (window_ns + interval_ns - 1) / interval_ns) * interval_ns;
}

}  // namespace smtscope
