// SPDX-License-Identifier: Apache-2.0
// The scheduler signal's points. The numbers are those of scheduler_figures(), so they agree with `stat`.
#pragma once

#include <vector>

#include "model/point.h"
#include "model/snapshot.h"

namespace smtscope {

// Points of one interval: known zeros are there; unknowns are not, and are counted in smtscope.reading.missing
// or in the part `unknown`. Entities that are called the same outside are one.
[[nodiscard]] std::vector<Point> scheduler_points(const Interval& interval);

}  // namespace smtscope
