// SPDX-License-Identifier: Apache-2.0
// The way from readings to points for exporters of one interval: subtract, limit, derive, total.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "config/config.h"
#include "derive/limiter.h"
#include "model/accumulator.h"
#include "model/frame.h"
#include "model/point.h"

namespace smtscope {

// The points of a batch that an exporter of this detail gets.
[[nodiscard]] std::shared_ptr<const Batch> at_detail(const std::shared_ptr<const Batch>& batch, Detail detail);

// Series as Prometheus counts them: a histogram is one a bucket, and two.
[[nodiscard]] uint64_t series_of(const Point& point);

// Keeps the points that fit, cores and CPUs last; the number of series left out.
uint64_t enforce_series(Batch& batch, uint64_t most);

class Lane {
 public:
  Lane(uint64_t interval_ns, ExportLimits limits, uint64_t most_series)
      : interval_ns_(interval_ns), most_series_(most_series), limiter_(limits) {}

  // One frame of this lane's grid; a batch from the second on.
  std::shared_ptr<const Batch> take(const Frame& frame);
  // The next frame begins anew: the collectors were started again. Totals go on.
  void restart() { previous_.reset(); }
  void set_limits(ExportLimits limits, uint64_t most_series);
  // What is also known of the node: goes to smtscope.node.info. Names must outlive the batches.
  void set_node_attributes(std::vector<Attribute> attributes) { node_attributes_ = std::move(attributes); }

  [[nodiscard]] uint64_t interval_ns() const { return interval_ns_; }
  [[nodiscard]] Limiter& limiter() { return limiter_; }
  [[nodiscard]] const Limiter& limiter() const { return limiter_; }
  [[nodiscard]] uint64_t series_dropped() const { return series_dropped_; }

 private:
  void describe_node(Batch& batch) const;

  uint64_t interval_ns_;
  uint64_t most_series_;
  std::vector<Attribute> node_attributes_;
  Limiter limiter_;
  Accumulator totals_;
  std::shared_ptr<const Snapshot> previous_;
  AgentReadings previous_readings_;
  uint64_t series_dropped_ = 0;
  uint64_t taken_ = 0;
};

}  // namespace smtscope
