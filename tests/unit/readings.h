// SPDX-License-Identifier: Apache-2.0
// Snapshots made by hand.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <vector>

#include "model/snapshot.h"

namespace smtscope::test {

// Cores of these CPUs; the core's id is its lowest CPU.
inline std::shared_ptr<Topology> topology_of(const std::vector<std::vector<uint32_t>>& cores, bool attested = true) {
  auto topology = std::make_shared<Topology>();
  for (const auto& cpus : cores) {
    Core core;
    core.id = cpus.front();
    core.package = 0;
    core.node = 0;
    core.cpus = cpus;
    topology->cores.push_back(core);
    for (const uint32_t cpu : cpus) topology->cpus.push_back({cpu, true, false, core.id});
  }
  std::sort(topology->cpus.begin(), topology->cpus.end(), [](const Cpu& l, const Cpu& r) { return l.id < r.id; });
  topology->attested = attested;
  return topology;
}

inline void put(Snapshot& snapshot, Reading reading, Key key, std::initializer_list<uint64_t> values) {
  Table& table = snapshot.tables[reading];
  table.width = reading_width(reading);
  std::copy(values.begin(), values.end(), table.append(key));
  table.sort();
}

// A core's states: ns by number of busy siblings, then ns unknown; its window is their sum, closed at `closed_ns`.
inline void put_core(Snapshot& snapshot, uint32_t id, std::vector<uint64_t> by_busy, uint64_t unknown,
                     uint64_t closed_ns) {
  uint64_t window = unknown;
  for (const uint64_t ns : by_busy) window += ns;
  by_busy.resize(kCoreColumns);
  by_busy[kCoreUnknownColumn] = unknown;
  Table& states = snapshot.tables[Reading::core_state];
  states.width = kCoreColumns;
  std::copy(by_busy.begin(), by_busy.end(), states.append({KeyKind::core, id, 0}));
  states.sort();
  put(snapshot, Reading::core_window, {KeyKind::core, id, 0}, {window, closed_ns});
}

inline Entity cgroup_entity(uint32_t id, const std::string& path) {
  Entity entity;
  entity.id = id;
  entity.kind = EntityKind::cgroup;
  entity.name = path;
  entity.cgroup = path;
  return entity;
}

inline Key core_key(uint32_t id) { return {KeyKind::core, id, 0}; }
inline Key cpu_key(uint32_t id) { return {KeyKind::cpu, id, 0}; }
inline Key entity_key(uint32_t id, uint32_t bucket = 0) { return {KeyKind::entity, id, bucket}; }
inline Key pair_key(uint32_t a, uint32_t b) { return {KeyKind::pair, a, b}; }

}  // namespace smtscope::test
