// SPDX-License-Identifier: Apache-2.0
// The cumulative readings of the counters signal: what CPUs and slices counted in, tables out. No kernel, no clock.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "collectors/cumulative_table.h"
#include "kernel/cpu_counters.h"
#include "kernel/switch_probe.h"
#include "model/snapshot.h"

namespace smtscope {

class CounterTotals {
 public:
  using EntityOf = std::function<uint32_t(uint32_t kernel_id)>;

  // Takes the place of what was read of these CPUs before; the others slept, and theirs still holds.
  void take(const std::vector<CpuReading>& readings);
  // Adds the slices that were drained. `counted`: how many of instructions, cycles and reference cycles are read.
  void take(const Drain& drain, const EntityOf& entity_of, uint32_t counted);
  // Adds the tables. Without slices those of entities are missing, for that reason.
  void write(Snapshot& snapshot, Reason no_slices);

  [[nodiscard]] std::vector<uint32_t> entities() const;
  void forget(const std::vector<uint32_t>& entities);
  // CPUs that are gone have no counters.
  void keep_cpus(const std::function<bool(uint32_t cpu)>& there);

 private:
  std::map<uint32_t, CpuReading> cpus_;
  std::map<uint32_t, CpuSlices> slices_;
  CumulativeTable entities_{KeyKind::entity, kSliceColumns};  // b: SliceClass
};

}  // namespace smtscope
