// SPDX-License-Identifier: Apache-2.0
// What a read of a counter means. Pure: no descriptor, no clock.
#pragma once

#include <cstdint>
#include <span>

#include "model/metric.h"
#include "model/result.h"

namespace smtscope {

// One counter, cumulative: the count, and how long the event was enabled and did count.
struct PerfCount {
  uint64_t value = 0;
  uint64_t enabled_ns = 0;
  uint64_t running_ns = 0;
  bool operator==(const PerfCount&) const = default;
};

// Below this share of its time a multiplexed count says nothing (a proposal, not measured).
inline constexpr float kLeastRunningShare = 0.25F;
// An event was not enabled for so much of the time between two reads, or for an eighth of it, whichever is more: then
// its descriptor is frozen. What is less may be the clocks.
inline constexpr uint64_t kStaleAfterNs = 10'000'000;
// More than any event of any core counts: 8 slots a cycle at 6 GHz are 48.
inline constexpr uint64_t kMostCountsPerNs = 64;

// What was counted between two reads of one event, `elapsed_ns` apart (wall clock; 0 for the event of a thread, which
// is enabled while that runs):
//   ok            counted all the time; 0 is then a count
//   multiplexed   counted a share of the time (running_share); below kLeastRunningShare not_counted
//   not_counted   never on the PMU: other events, pinned ones or the NMI watchdog, had its counters
//   stale         not even enabled, for some of the time: the descriptor outlived its CPU's going offline
//   implausible   went back, ran longer than it was enabled, or counted more than a CPU can
[[nodiscard]] Quality judge_read(const PerfCount& previous, const PerfCount& current, uint64_t elapsed_ns);

// Has the difference a meaning (as it is, or divided by the share)?
[[nodiscard]] constexpr bool has_count(const Quality& quality) {
  return quality.reason == Reason::ok || quality.reason == Reason::multiplexed;
}

// Column by column.
[[nodiscard]] PerfCount operator+(const PerfCount& a, const PerfCount& b);
[[nodiscard]] PerfCount operator-(const PerfCount& a, const PerfCount& b);

// The words that a group read of PERF_FORMAT_GROUP|ID|TOTAL_TIME_ENABLED|TOTAL_TIME_RUNNING gives: number of members,
// enabled, running, then value and id of each. `ids`: those of the members in order. Errors, all without a value in
// `out`: resource, a pinned group that has no counters (0 bytes); io, a read of another size or of other events.
[[nodiscard]] Result<> parse_group_read(std::span<const uint64_t> words, size_t bytes, std::span<const uint64_t> ids,
                                        std::span<PerfCount> out);
[[nodiscard]] constexpr size_t group_read_words(size_t members) { return 3 + 2 * members; }

}  // namespace smtscope
