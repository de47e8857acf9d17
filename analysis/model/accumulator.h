// SPDX-License-Identifier: Apache-2.0
// Deltas of intervals -> totals since start, for exporters whose values are cumulative.
#pragma once

#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/point.h"

namespace smtscope {

// Totals per series: metric, part and identity attributes. The identity, not the key, because an entity that
// comes back under the same name (a restarted unit) is another key but the same series outside.
// A total is never lowered: wrap, reset and hotplug reach it as unknown deltas, which add nothing.
class Accumulator {
 public:
  // Adds the deltas of counters and histograms and writes the totals beside them.
  void add(std::span<Point> points);
  // Drops the totals of everything that had no point in the last `calls` calls of add().
  void forget_unseen(uint64_t calls);
  [[nodiscard]] size_t series() const;

 private:
  // One series of all those with one identity.
  struct Total {
    const MetricDesc* desc;
    uint32_t part;
    std::string_view source;
    double number = 0;
    Boxed<Histogram> histogram;
  };
  struct Subject {
    uint64_t seen = 0;  // the last call with a point of it
    std::vector<Total> totals;
  };
  static Total& total_of(Subject& subject, const Point& point);

  uint64_t calls_ = 0;
  std::unordered_map<std::string, Subject> subjects_;  // by Attributes::identity()
};

}  // namespace smtscope
