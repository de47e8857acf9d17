// SPDX-License-Identifier: Apache-2.0
// The one list of signals: what is measured, under which names it leaves, and what makes points of it.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/collector.h"
#include "model/metric.h"
#include "model/point.h"
#include "model/snapshot.h"

namespace smtscope {

struct Signal {
  std::string_view name;
  std::span<const MetricDesc> descriptors;
  std::span<const Reading> readings;  // what its collector adds to a snapshot
  Result<std::unique_ptr<Collector>> (*make_collector)(const CollectorContext&);
  std::vector<Point> (*derive)(const Interval&);
  // Why this machine has nothing of the kind; empty: it has. Null: every machine has.
  std::string (*nothing_to_measure)(const CollectorContext&) = nullptr;
};

[[nodiscard]] std::span<const Signal> signals();

// The points of one interval, of all signals that are wanted; without totals.
[[nodiscard]] Batch derive_batch(const Interval& interval, const std::function<bool(std::string_view signal)>& wanted);

// Everything that is exported: each signal's metrics, and what the agent says of itself.
[[nodiscard]] std::vector<MetricGroup> metric_groups();

}  // namespace smtscope
