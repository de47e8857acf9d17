// SPDX-License-Identifier: Apache-2.0
#include "derive/steal.h"

#include <cmath>
#include <memory>
#include <string>

namespace smtscope {
namespace {

constexpr double kMostSteal = 0.01;  // above it hardware claims do not hold

// One decimal, as people write it; analysis has no formatting library.
std::string percent(double share) {
  const auto tenths = std::lround(share * 1000);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " %";
}

// Share of the node's CPU time that a hypervisor took away.
double steal_share(const Interval& interval) {
  const auto table = interval.tables.find(Reading::cpu_time);
  if (table == interval.tables.end()) return 0;
  double steal = 0, all = 0;
  for (size_t i = 0; i < table->second.keys.size(); i++) {
    const uint64_t* row = table->second.row(i);
    steal += static_cast<double>(row[kCpuStealNs]);
    all += static_cast<double>(row[kCpuStealNs] + row[kCpuBusyNs] + row[kCpuIdleNs]);
  }
  return all > 0 ? steal / all : 0;
}

}  // namespace

void judge_steal(Interval& interval) {
  const double steal = steal_share(interval);
  if (steal <= kMostSteal || !interval.topology) return;
  Topology topology = *interval.topology;
  unattest(topology, percent(steal) + " of CPU time was stolen by the hypervisor");
  interval.topology = std::make_shared<const Topology>(std::move(topology));
}

}  // namespace smtscope
