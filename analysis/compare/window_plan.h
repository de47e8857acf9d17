// SPDX-License-Identifier: Apache-2.0
// How long the windows are that two recordings are cut into.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace smtscope {

inline constexpr uint64_t kShortestWindowNs = 1'000'000'000;
inline constexpr uint64_t kLongestWindowNs = 60'000'000'000;
inline constexpr size_t kWantedWindows = 10;  // of a side: below, a range of windows says little
inline constexpr size_t kMostWindows = 3000;  // of a side: above, windows are made longer
// A side that is longer needs no exact length: its windows are the longest.
inline constexpr uint64_t kLongSpanNs = kWantedWindows * kLongestWindowNs;

// The longest round length between 1 s and 60 s that leaves the shorter side ten windows; 1 s if none does.
[[nodiscard]] uint64_t choose_window_ns(uint64_t span_a_ns, uint64_t span_b_ns);

// The least multiple of the interval between ticks that is not shorter; interval 0: as it is.
[[nodiscard]] uint64_t whole_intervals_ns(uint64_t window_ns, uint64_t interval_ns);

}  // namespace smtscope
