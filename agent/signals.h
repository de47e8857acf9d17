// SPDX-License-Identifier: Apache-2.0
// The one list of signals: what is measured, under which names it leaves, and what makes points of it.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "model/metric.h"
#include "model/point.h"
#include "model/snapshot.h"

namespace smtscope {

struct Signal {
  std::string_view name;
  std::span<const MetricDesc> descriptors;
  std::vector<Point> (*derive)(const Interval&);
};

[[nodiscard]] std::span<const Signal> signals();

}  // namespace smtscope
