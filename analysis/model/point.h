// SPDX-License-Identifier: Apache-2.0
// Derived numbers on their way out of the node.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "model/attributes.h"
#include "model/boxed.h"
#include "model/metric.h"

namespace smtscope {

// Counts on the ladder of exported histograms; the last one has no upper bound.
struct Histogram {
  std::array<uint64_t, kLadderBounds + 1> counts{};
  uint64_t count = 0;
  std::optional<double> sum = 0;  // none: not measured
  bool operator==(const Histogram&) const = default;
};

// The cell of the ladder for a bucket with this inclusive upper bound (0: none). Exact for buckets that cut no
// power of two, as the kernel's 8 per octave.
[[nodiscard]] constexpr size_t ladder_cell(uint64_t upper_ns) {
  for (int i = 0; i < kLadderBounds && upper_ns != 0; i++)
    if (upper_ns <= ladder_upper_ns(i)) return static_cast<size_t>(i);
  return kLadderBounds;
}

// One number or histogram of one interval. Which members count is the kind's: counters have `delta` and
// `total`, histograms the two histograms, gauges and up-down counters `value`.
// Derived points have deltas only; the Accumulator fills in totals.
struct Point {
  const MetricDesc* desc = nullptr;
  Key key;
  uint32_t part = 0;  // index in desc->parts, if it has any
  double delta = 0;
  double total = 0;
  double value = 0;
  Boxed<Histogram> delta_histogram;
  Boxed<Histogram> total_histogram;
  Attributes attributes;
  Quality quality;          // a reason that leaves no value: delta and value mean nothing
  std::string_view source;  // where there is a choice of sources: which one

  // False: the delta (gauges: the value) is not known; quality.reason says why.
  [[nodiscard]] bool known() const {
    return quality.reason == Reason::ok || quality.reason == Reason::multiplexed || quality.reason == Reason::partial;
  }
};

// All points of one interval.
struct Batch {
  std::vector<Point> points;
  uint64_t start_ns = 0;  // CLOCK_MONOTONIC
  uint64_t end_ns = 0;
  int64_t unix_offset_ns = 0;  // add to CLOCK_MONOTONIC for wall time
};

}  // namespace smtscope
