// SPDX-License-Identifier: Apache-2.0
// The scheduler signal: the running probe, and the cumulative readings.
#pragma once

#include <memory>
#include <vector>

#include "collectors/collector.h"
#include "collectors/scheduler_totals.h"
#include "kernel/switch_probe.h"
#include "model/snapshot.h"

namespace smtscope {

class SchedulerCollector final : public Collector {
 public:
  // Loads and starts the probe: readings count from here.
  static Result<std::unique_ptr<Collector>> make(const CollectorContext& context);

  SchedulerCollector(const SchedulerCollector&) = delete;
  SchedulerCollector& operator=(const SchedulerCollector&) = delete;
  ~SchedulerCollector() override { shared_->probe = nullptr; }

  [[nodiscard]] Result<> sample(Snapshot& snapshot) override;
  // Times on the kernel side wrap after 9 minutes, and buffers are finite.
  [[nodiscard]] Result<> drain() override;
  // Cores whose CPUs changed begin anew.
  [[nodiscard]] Result<> follow(const std::shared_ptr<const Topology>& topology) override;
  [[nodiscard]] std::vector<uint32_t> entities() const override { return totals_.entities(); }
  [[nodiscard]] std::vector<uint32_t> idle_since(uint64_t ns) const override { return totals_.idle_since(ns); }
  void forget(const std::vector<uint32_t>& entities) override { totals_.forget(entities); }
  [[nodiscard]] std::vector<Shortfall> shortfalls() const override;
  [[nodiscard]] std::vector<ProgramStats> programs() const override { return probe_->program_stats(); }
  [[nodiscard]] uint64_t map_bytes() const override { return probe_->map_bytes(); }

 private:
  explicit SchedulerCollector(const CollectorContext& context)
      : topology_(context.topology), resolve_(context.resolve), shared_(context.shared_switch) {}
  [[nodiscard]] const SwitchChoice& choice() const { return probe_->choice(); }
  void take(const Drain& drain);

  std::shared_ptr<const Topology> topology_;
  std::function<uint32_t(uint32_t kernel_id, const IdInfo& info)> resolve_;
  std::unique_ptr<SwitchProbe> probe_;
  std::shared_ptr<SharedSwitch> shared_;
  std::shared_ptr<const std::vector<uint64_t>> bucket_upper_ns_;
  SchedulerTotals totals_;
};

}  // namespace smtscope
