// SPDX-License-Identifier: Apache-2.0
// What holds for every topology, whatever it was read from.
#pragma once

#include <algorithm>
#include <set>
#include <string>

#include "model/topology.h"

namespace smtscope::test {

// The first rule that is broken; empty if none is.
inline std::string broken_rule(const Topology& topology) {
  const auto by_id = [](const auto& a, const auto& b) { return a.id < b.id; };
  if (!std::is_sorted(topology.cpus.begin(), topology.cpus.end(), by_id)) return "CPUs ascend";
  if (!std::is_sorted(topology.cores.begin(), topology.cores.end(), by_id)) return "cores ascend";
  std::set<uint32_t> in_cores;
  for (const Core& core : topology.cores) {
    if (core.cpus.empty() || core.cpus.size() > kMaxSiblings) return "a core has 1 to 8 CPUs";
    if (!std::is_sorted(core.cpus.begin(), core.cpus.end())) return "CPUs of a core ascend";
    if (core.cpus.front() != core.id) return "a core is named after its lowest CPU";
    for (const uint32_t cpu : core.cpus) {
      if (!in_cores.insert(cpu).second) return "a CPU is in one core";
      if (topology.core_of(cpu) != &core) return "a CPU knows its core";
    }
  }
  for (const Cpu& cpu : topology.cpus) {
    if (cpu.id >= topology.possible_cpus) return "present CPUs are possible";
    if (cpu.online != in_cores.contains(cpu.id)) return "exactly the online CPUs are in cores";
    if (cpu.online != cpu.core.has_value()) return "exactly the online CPUs have a core";
  }
  const ScanOrder order = scan_order(topology);
  if (std::multiset<uint32_t>(order.cpus.begin(), order.cpus.end()) !=
      std::multiset<uint32_t>(in_cores.begin(), in_cores.end()))
    return "the scan order has every online CPU once";
  for (const uint32_t cpu : order.cpus) {
    const auto [first, count] = order.range_of_cpu.at(cpu);
    const auto begin = order.cpus.begin() + first;
    if (size_t{first} + count > order.cpus.size()) return "a scan range is inside the order";
    if (std::find(begin, begin + count, cpu) == begin + count) return "a CPU is in its own scan range";
  }
  return "";
}

}  // namespace smtscope::test
