// SPDX-License-Identifier: Apache-2.0
// What every measuring command sets up first: topology, host facts, grouping, the running collector.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "collectors/scheduler.h"
#include "commands/options.h"
#include "identity/select.h"
#include "kernel/bpf_features.h"
#include "model/topology.h"

namespace smtscope {

// Where the machine shows itself; other roots in tests.
struct Roots {
  std::string sys = "/sys";
  std::string proc = "/proc";
};

// How entities are chosen.
struct Grouping {
  GroupBy by = GroupBy::cgroup;
  CgroupHierarchy hierarchy;  // also with processes: it names their cgroups
  std::optional<Selection> of;

  [[nodiscard]] std::string label() const;  // "cgroup v2", "cgroup v1 (memory)", "process"
};
[[nodiscard]] Result<Grouping> choose_grouping(const MeasureOptions& options, const std::optional<std::string>& of,
                                               const Roots& roots);

// The knobs of the scheduler program for this grouping.
[[nodiscard]] Result<SwitchOptions> switch_options(const Grouping& grouping, const BpfFeatures& features);

class Session {
 public:
  static Result<Session> open(const MeasureOptions& options, const std::optional<std::string>& of, Roots roots);

  // Cumulative readings now, /proc/stat included.
  [[nodiscard]] Result<Snapshot> sample();
  // Keeps the kernel side short and follows CPUs that come and go. Call about once a second.
  [[nodiscard]] Result<> tick();

  [[nodiscard]] const HostFacts& host() const { return host_; }
  [[nodiscard]] const Topology& topology() const { return *topology_; }
  [[nodiscard]] const Grouping& grouping() const { return grouping_; }
  [[nodiscard]] const SwitchChoice& choice() const { return scheduler_->choice(); }

 private:
  Session() = default;
  Result<> follow_topology();
  [[nodiscard]] std::string topology_mark() const;

  Roots roots_;
  std::optional<std::string> siblings_;
  HostFacts host_;
  std::shared_ptr<const Topology> topology_;
  std::string mark_;  // what sysfs said of CPUs online when the topology was read
  Grouping grouping_;
  std::unique_ptr<EntityRegistry> registry_;
  std::unique_ptr<SchedulerCollector> scheduler_;
};

}  // namespace smtscope
