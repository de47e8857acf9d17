// SPDX-License-Identifier: Apache-2.0
// The cumulative readings of the scheduler signal: drained cells in, tables out. No kernel, no clock.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <unordered_map>
#include <vector>

#include "kernel/switch_probe.h"
#include "model/snapshot.h"

namespace smtscope {

class SchedulerTotals {
 public:
  using EntityOf = std::function<uint32_t(uint32_t kernel_id)>;

  // Adds what was drained; entity_of says who a kernel-side id stands for.
  void take(const Drain& drain, const EntityOf& entity_of);
  // Adds the tables. Without run-queue waits their readings are missing as `unsupported`.
  void write(Snapshot& snapshot, bool with_waits) const;
  // Entities with time or waits so far, ascending.
  [[nodiscard]] std::vector<uint32_t> entities() const;

 private:
  struct CoreTotals {
    std::array<uint64_t, kCoreColumns> ns{};
    uint64_t window_ns = 0;
    uint64_t last_close_ns = 0;
  };
  void take_core(const CoreDrain& core, const EntityOf& entity_of);
  void take_pair(CoreTotals& totals, uint32_t x, uint32_t y, uint32_t siblings, uint64_t ns);
  void take_wait(uint32_t entity, const Cell& cell);
  void add_time(uint32_t entity, ClassColumn column, uint64_t ns);
  void add_pair(uint32_t x, uint32_t y, uint64_t ns);
  void write_cores(Snapshot& snapshot) const;
  void write_waits(Snapshot& snapshot) const;
  void write_node(Snapshot& snapshot) const;

  std::map<uint32_t, CoreTotals> cores_;
  std::unordered_map<uint32_t, std::array<uint64_t, kClassColumns>> times_;
  std::unordered_map<uint64_t, uint64_t> pairs_;  // a << 32 | b -> ns
  std::unordered_map<uint64_t, uint64_t> waits_;  // entity << 32 | bucket -> count
  std::unordered_map<uint32_t, uint64_t> wait_ns_;
  SwitchAnomalies anomalies_;
  SwitchPlacement placement_;
};

}  // namespace smtscope
