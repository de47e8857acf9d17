// SPDX-License-Identifier: Apache-2.0
// Counters of one interval -> points.
#pragma once

#include <vector>

#include "derive/counter_metrics.h"
#include "model/point.h"
#include "model/snapshot.h"

namespace smtscope {

[[nodiscard]] std::vector<Point> counter_points(const Interval& interval);

}  // namespace smtscope
