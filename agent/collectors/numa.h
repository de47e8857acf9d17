// SPDX-License-Identifier: Apache-2.0
// The numa signal: where memory is allocated, faulted on and held, by what the kernel itself counts.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "collectors/collector.h"
#include "collectors/numa_resident.h"
#include "kernel/numa_probe.h"

namespace smtscope {

class NumaCollector final : public Collector {
 public:
  // One node has no remote memory: why there is nothing to measure; empty if there is.
  static std::string nothing_to_measure(const CollectorContext& context);
  // Sources that this kernel does not have are shortfalls; allocations it must have.
  static Result<std::unique_ptr<Collector>> make(const CollectorContext& context);

  [[nodiscard]] Result<> sample(Snapshot& snapshot) override;
  // Only those with memory of their own; they never count as busy.
  [[nodiscard]] std::vector<uint32_t> entities() const override { return resident_.entities(); }
  [[nodiscard]] std::vector<uint32_t> idle_since(uint64_t /*ns*/) const override { return resident_.entities(); }
  void forget(const std::vector<uint32_t>& entities) override { resident_.forget(entities); }
  [[nodiscard]] std::vector<Shortfall> shortfalls() const override;
  [[nodiscard]] std::vector<ProgramStats> programs() const override;
  [[nodiscard]] uint64_t map_bytes() const override { return probe_ ? probe_->map_bytes() : 0; }

 private:
  explicit NumaCollector(const CollectorContext& context)
      : sys_root_(context.sys_root), proc_root_(context.proc_root), cgroups_(context.cgroups) {}
  void start_probe(uint32_t possible_cpus);
  void sample_allocations(Snapshot& snapshot);
  void sample_hints(Snapshot& snapshot);
  void sample_resident(Snapshot& snapshot);

  std::string sys_root_;
  std::string proc_root_;
  std::function<std::vector<EntityCgroup>()> cgroups_;
  std::optional<NumaProbe> probe_;
  Reason no_probe_ = Reason::ok;
  NumaResident resident_;
  std::vector<Shortfall> hooks_;  // tracepoints that are not counted
  // Why a source has nothing now; empty: it has.
  std::string no_allocations_, no_hints_, no_resident_;
};

}  // namespace smtscope
