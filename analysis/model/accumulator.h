// SPDX-License-Identifier: Apache-2.0
// Deltas of intervals -> totals since start, for exporters whose values are cumulative.
#pragma once

#include <span>
#include <string>
#include <unordered_map>

#include "model/point.h"

namespace smtscope {

// Totals per series: metric, part and identity attributes. The identity, not the key, because an entity that
// comes back under the same name (a restarted unit) is another key but the same series outside.
// A total is never lowered: wrap, reset and hotplug reach it as unknown deltas, which add nothing.
class Accumulator {
 public:
  // Adds the deltas of counters and histograms and writes the totals beside them.
  void add(std::span<Point> points);
  [[nodiscard]] size_t series() const { return totals_.size(); }

 private:
  struct Total {
    double number = 0;
    Histogram histogram;
  };
  std::unordered_map<std::string, Total> totals_;
};

}  // namespace smtscope
