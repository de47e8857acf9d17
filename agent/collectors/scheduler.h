// SPDX-License-Identifier: Apache-2.0
// The scheduler signal: turns drained cells into cumulative readings of cores, entities and pairs.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <unordered_map>

#include "identity/registry.h"
#include "kernel/switch_probe.h"
#include "model/snapshot.h"

namespace smtscope {

class SchedulerCollector {
 public:
  // Loads and starts the probe: readings count from here.
  static Result<std::unique_ptr<SchedulerCollector>> make(std::shared_ptr<const Topology> topology,
                                                          const SwitchOptions& options, const BpfFeatures& features,
                                                          EntityRegistry registry);

  // Collects what happened since the last call, without making a snapshot. Call at least once a minute:
  // times on the kernel side wrap after 9 minutes, and buffers are finite.
  [[nodiscard]] Result<> drain();
  // Drains, then adds the cumulative readings.
  [[nodiscard]] Result<> sample(Snapshot& snapshot);
  // The topology changed: cores whose CPUs changed begin anew.
  [[nodiscard]] Result<> follow(std::shared_ptr<const Topology> topology);

  [[nodiscard]] const SwitchChoice& choice() const { return probe_->choice(); }
  [[nodiscard]] const EntityRegistry& registry() const { return registry_; }

 private:
  struct CoreTotals {
    std::array<uint64_t, kCoreColumns> ns{};
    uint64_t window_ns = 0;
    uint64_t last_close_ns = 0;
  };
  SchedulerCollector(std::shared_ptr<const Topology> topology, EntityRegistry registry)
      : topology_(std::move(topology)), registry_(std::move(registry)) {}
  void take(const Drain& drain);
  void take_core(const CoreDrain& core);
  void take_pair(CoreTotals& totals, const Cell& cell, uint32_t siblings, uint64_t ns);
  void take_wait(const Cell& cell);
  void add_time(uint32_t entity, ClassColumn column, uint64_t ns);
  void add_pair(uint32_t x, uint32_t y, uint64_t ns);
  void write_tables(Snapshot& snapshot) const;
  void write_totals(Snapshot& snapshot) const;
  uint32_t entity_of(uint32_t kernel_id);

  std::shared_ptr<const Topology> topology_;
  EntityRegistry registry_;
  std::unique_ptr<SwitchProbe> probe_;
  std::shared_ptr<const std::vector<uint64_t>> bucket_upper_ns_;
  std::map<uint32_t, CoreTotals> cores_;
  std::unordered_map<uint32_t, std::array<uint64_t, kClassColumns>> entities_;
  std::unordered_map<uint64_t, uint64_t> pairs_;  // a << 32 | b -> ns
  std::unordered_map<uint64_t, uint64_t> waits_;  // entity << 32 | bucket -> count
  std::unordered_map<uint32_t, uint64_t> wait_ns_;
  SwitchAnomalies anomalies_;
  SwitchPlacement placement_;
};

}  // namespace smtscope
