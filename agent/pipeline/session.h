// SPDX-License-Identifier: Apache-2.0
// What everything that measures sets up first: topology, host facts, grouping, the running collectors.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kernel/host_facts.h"
#include "kernel/perf_event.h"
#include "kernel/topology_reader.h"
#include "model/snapshot.h"
#include "model/topology.h"
#include "pipeline/collector_set.h"
#include "pipeline/grouping.h"

namespace smtscope {

struct SessionOptions {
  Roots roots;
  std::optional<std::string> siblings;
  Attestation attestation = Attestation::automatic;
  GroupingWish grouping;
  // How much each signal's collector is wanted; the default: the main job or fail, the rest where it can be had.
  std::function<Wanted(std::string_view signal)> wanted = [](std::string_view signal) {
    return signal == "scheduler" || signal == "system" ? Wanted::required : Wanted::optional;
  };
  PerfMode counter_mode;                 // what hardware counters count; tests: user mode alone
  uint32_t first_entity = kFirstEntity;  // ids below were given out by an earlier session of this process
};

class Session {
 public:
  static Result<Session> open(const SessionOptions& options);

  // Cumulative readings now. Fails only if a required collector did.
  [[nodiscard]] Result<Snapshot> sample();
  // Keeps the kernel side short and follows CPUs that come and go. Call about once a second.
  [[nodiscard]] Result<> tick();
  // Tries again to start collectors that failed.
  void retry_failed() { collectors_->retry_failed(context_); }
  // Drops what is known of entities that do not exist any more and did nothing for so long; these come back.
  // Every interval that is still open must be shorter.
  std::vector<Entity> forget_gone(uint64_t idle_ns);

  // The first id that was not given out.
  [[nodiscard]] uint32_t next_entity() const { return registry_->next_id(); }
  [[nodiscard]] const HostFacts& host() const { return host_; }
  [[nodiscard]] const Topology& topology() const { return *topology_; }
  [[nodiscard]] const Grouping& grouping() const { return grouping_; }
  [[nodiscard]] CollectorSet& collectors() { return *collectors_; }
  [[nodiscard]] const CollectorSet& collectors() const { return *collectors_; }

 private:
  Session() = default;
  Result<> follow_topology();
  [[nodiscard]] std::optional<std::string> topology_mark() const;  // none: it cannot be read now

  Roots roots_;
  std::optional<std::string> siblings_;
  Attestation attestation_ = Attestation::automatic;
  HostFacts host_;
  std::shared_ptr<const Topology> topology_;
  std::string mark_;  // what sysfs said of CPUs online when the topology was read
  Grouping grouping_;
  std::unique_ptr<BpfFeatures> features_;  // at one place: collectors refer to it
  std::unique_ptr<EntityRegistry> registry_;
  CollectorContext context_;
  std::unique_ptr<CollectorSet> collectors_;
};

}  // namespace smtscope
