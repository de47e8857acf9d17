// SPDX-License-Identifier: Apache-2.0
// The numa signal's points. The numbers are those of numa_figures(), so they agree with `stat`.
#pragma once

#include <vector>

#include "model/point.h"
#include "model/snapshot.h"

namespace smtscope {

// Nothing where all memory is local; what is missing is counted in smtscope.reading.missing.
[[nodiscard]] std::vector<Point> numa_points(const Interval& interval);

}  // namespace smtscope
