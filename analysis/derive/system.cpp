// SPDX-License-Identifier: Apache-2.0
#include "derive/system.h"

namespace smtscope {

std::vector<Point> system_points(const Interval& interval) {
  const auto table = interval.tables.find(Reading::cpu_time);
  if (table == interval.tables.end()) return {};
  uint64_t steal_ns = 0;
  for (size_t i = 0; i < table->second.keys.size(); i++)
    if (!interval.unknown.contains(table->second.keys[i])) steal_ns += table->second.row(i)[kCpuStealNs];
  Point point;
  point.desc = &kSystemMetrics[0];
  point.delta = static_cast<double>(steal_ns) / 1e9;
  return {point};
}

}  // namespace smtscope
