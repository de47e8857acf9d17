// SPDX-License-Identifier: Apache-2.0
// The scheduler signal: the running probe, and the cumulative readings.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "collectors/scheduler_totals.h"
#include "kernel/switch_probe.h"
#include "model/snapshot.h"

namespace smtscope {

class SchedulerCollector {
 public:
  // Loads and starts the probe: readings count from here.
  // resolve: the entity that a kernel-side id stands for.
  using Resolve = std::function<uint32_t(uint32_t kernel_id, const IdInfo& info)>;
  static Result<std::unique_ptr<SchedulerCollector>> make(std::shared_ptr<const Topology> topology,
                                                          const SwitchOptions& options, const BpfFeatures& features,
                                                          Resolve resolve);

  // Collects what happened since the last call, without making a snapshot. Call at least once a minute:
  // times on the kernel side wrap after 9 minutes, and buffers are finite.
  [[nodiscard]] Result<> drain();
  // Drains, then adds the cumulative readings; who the entities are is for the caller to add.
  [[nodiscard]] Result<> sample(Snapshot& snapshot);
  // The topology changed: cores whose CPUs changed begin anew.
  [[nodiscard]] Result<> follow(std::shared_ptr<const Topology> topology);

  [[nodiscard]] const SwitchChoice& choice() const { return probe_->choice(); }
  // Entities with time or waits so far, ascending.
  [[nodiscard]] std::vector<uint32_t> entities() const { return totals_.entities(); }

 private:
  SchedulerCollector(std::shared_ptr<const Topology> topology, Resolve resolve)
      : topology_(std::move(topology)), resolve_(std::move(resolve)) {}
  void take(const Drain& drain);

  std::shared_ptr<const Topology> topology_;
  Resolve resolve_;
  std::unique_ptr<SwitchProbe> probe_;
  std::shared_ptr<const std::vector<uint64_t>> bucket_upper_ns_;
  SchedulerTotals totals_;
};

}  // namespace smtscope
