// SPDX-License-Identifier: Apache-2.0
// The cumulative readings of the scheduler signal: drained cells in, tables out. No kernel, no clock.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "collectors/cumulative_table.h"
#include "kernel/switch_probe.h"
#include "model/snapshot.h"

namespace smtscope {

class SchedulerTotals {
 public:
  using EntityOf = std::function<uint32_t(uint32_t kernel_id)>;

  // Which NUMA node each core is of; time by node is kept where there are several.
  void set_nodes(const Topology& topology);

  // Adds what was drained; entity_of says who a kernel-side id stands for (asked once an id).
  void take(const Drain& drain, const EntityOf& entity_of);
  // Adds the tables. Without run-queue waits their readings are missing as `unsupported`.
  void write(Snapshot& snapshot, bool with_waits);
  // Entities with time or waits so far, ascending.
  [[nodiscard]] std::vector<uint32_t> entities() const;
  // Of these the ones without either in a window that ended after `ns`.
  [[nodiscard]] std::vector<uint32_t> idle_since(uint64_t ns) const;
  // Drops all rows that name one of these.
  void forget(const std::vector<uint32_t>& entities);

 private:
  struct CoreTotals {
    std::array<uint64_t, kCoreColumns> ns{};
    uint64_t window_ns = 0;
    uint64_t last_close_ns = 0;
  };
  // One answer of entity_of, for the drain with that number.
  struct Resolved {
    uint64_t drain = 0;
    uint32_t entity = 0;
  };
  uint32_t entity(uint32_t kernel_id, const EntityOf& entity_of);
  void take_core(const CoreDrain& core, const EntityOf& entity_of);
  void take_pair(CoreTotals& totals, uint32_t x, uint32_t y, uint32_t siblings, uint64_t ns);
  void take_wait(uint32_t entity, const Cell& cell);
  void add_time(uint32_t entity, ClassColumn column, uint64_t ns);
  void add_pair(uint32_t x, uint32_t y, uint64_t ns);
  void write_node_times(Snapshot& snapshot);
  void write_cores(Snapshot& snapshot) const;
  void write_node(Snapshot& snapshot) const;

  uint64_t drain_ = 0;
  std::vector<Resolved> resolved_ = std::vector<Resolved>(kKernelSideIds);
  std::map<uint32_t, CoreTotals> cores_;
  std::map<uint32_t, uint32_t> node_of_core_;  // empty with one node
  std::optional<uint32_t> node_;               // of the core whose cells are being taken
  CumulativeTable times_{KeyKind::entity, kClassColumns};
  CumulativeTable node_times_{KeyKind::entity, 1};  // b: NUMA node
  CumulativeTable pairs_{KeyKind::pair, 1};
  CumulativeTable waits_{KeyKind::entity, 1};  // b: bucket
  CumulativeTable wait_ns_{KeyKind::entity, 1};
  std::unordered_map<uint32_t, uint64_t> active_ns_;  // entity -> end of the last window it was seen in
  SwitchAnomalies anomalies_;
  SwitchPlacement placement_;
};

}  // namespace smtscope
