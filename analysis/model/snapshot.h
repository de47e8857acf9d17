// SPDX-License-Identifier: Apache-2.0
// One tick of raw, cumulative readings: what probes said, before any arithmetic.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "model/counter_plan.h"
#include "model/entity.h"
#include "model/metric.h"
#include "model/topology.h"

namespace smtscope {

// The raw readings. The widths are fixed here; what a column means, beside it.
enum class Reading : uint8_t {
  core_state,        // key core; kCoreColumns: ns by number of busy siblings 0..8, then ns unknown
  core_window,       // key core; 2: ns accounted since start (sums of windows); CLOCK_MONOTONIC ns of the last close
  entity_time,       // key entity; kClassColumns: ns by what ran beside it
  pair_time,         // key pair; 1: ns
  runqueue_count,    // key entity, b = bucket; 1: waits. Bounds: Snapshot::bucket_upper_ns
  runqueue_sum,      // key entity; 1: ns
  placement,         // key node; 3: transitions, sampled, avoidable
  placement_count,   // key node, a = bucket; 1: examined transitions
  anomaly,           // key node; kAnomalyColumns
  cpu_time,          // key cpu; kCpuColumns: /proc/stat in ns
  cpu_counter,       // key counter; kCounterColumns
  entity_counter,    // key entity, b = SliceClass; kSliceColumns: what was counted while it ran
  cpu_slice,         // key cpu; kCpuSliceColumns: how the counters were read at its switches
  numa_alloc,        // key numa_node; kNumaAllocColumns: numastat, pages
  numa_hint,         // key node; kNumaHintColumns: /proc/vmstat
  numa_placement,    // key node; kNumaPlacementColumns: decisions of the scheduler
  entity_resident,   // key entity, b = NUMA node; 1: bytes now
  entity_node_time,  // key entity, b = NUMA node; 1: ns on CPUs of that node
  kCount,
};

inline constexpr uint32_t kCoreColumns = kMaxSiblings + 2;
inline constexpr uint32_t kCoreUnknownColumn = kMaxSiblings + 1;
enum ClassColumn : uint32_t { kClassIdle, kClassSame, kClassOther, kClassUnknown, kClassNoSibling, kClassColumns };
enum AnomalyColumn : uint32_t {
  kLostSwitches,
  kLostNs,
  kContended,
  kClamped,
  kPairsDropped,
  kPairsDroppedNs,
  kEntitiesDropped,
  kWaitsDropped,
  kAnomalyColumns
};
enum CpuColumn : uint32_t { kCpuBusyNs, kCpuIdleNs, kCpuStealNs, kCpuColumns };
// As perf reads it: the count, and how long the event was enabled and did count.
enum CounterColumn : uint32_t { kCounterValue, kCounterEnabledNs, kCounterRunningNs, kCounterColumns };
// What else ran on the core during a slice, from one reading of a CPU's counters to its next. Mixed: it changed.
enum class SliceClass : uint8_t { idle, same, other, mixed, unknown, no_sibling, kCount };
enum SliceColumn : uint32_t {
  kSliceNs,  // time of slices that were counted
  kSliceInstructions,
  kSliceCycles,
  kSliceRefCycles,
  kSliceUncountedNs,  // time of slices whose counts cannot be used: multiplexed, refused, or the first of a CPU
  kSliceColumns
};
enum CpuSliceColumn : uint32_t { kSliceSwitches, kSliceReads, kSliceFailedReads, kCpuSliceColumns };
enum NumaAllocColumn : uint32_t {
  kNumaHit,
  kNumaMiss,
  kNumaForeign,
  kNumaInterleaveHit,
  kNumaLocalNode,
  kNumaOtherNode,
  kNumaAllocColumns
};
enum NumaHintColumn : uint32_t { kHintFaults, kHintFaultsLocal, kHintPteUpdates, kHintPagesMigrated, kNumaHintColumns };
enum NumaPlacementColumn : uint32_t { kNumaMoves, kNumaSticks, kNumaSwaps, kNumaSkips, kNumaPlacementColumns };

[[nodiscard]] uint32_t reading_width(Reading reading);
// True for columns that only grow (all but the time of the last close, and what is resident).
[[nodiscard]] bool is_cumulative(Reading reading, uint32_t column);

// Rows sorted by key, `width` values each.
struct Table {
  uint32_t width = 0;
  std::vector<Key> keys;
  std::vector<uint64_t> values;  // keys.size() * width

  // The row of a key; null if there is none.
  [[nodiscard]] const uint64_t* find(const Key& key) const;
  // Appends a row of zeros; keys must come in ascending order (finish() sorts otherwise). Valid until the next.
  uint64_t* append(const Key& key);
  void sort();
  [[nodiscard]] const uint64_t* row(size_t i) const { return values.data() + i * width; }
};

struct Snapshot {
  uint64_t start_ns = 0;  // CLOCK_MONOTONIC, when this tick's reading began and ended
  uint64_t end_ns = 0;
  int64_t unix_offset_ns = 0;  // add to CLOCK_MONOTONIC for wall time
  std::shared_ptr<const Topology> topology;
  std::shared_ptr<const std::vector<uint64_t>> bucket_upper_ns;  // inclusive; 0: no bound
  std::map<Reading, Table> tables;  // a missing table: its collector has nothing; why, in `missing`
  std::map<Reading, Reason> missing;
  std::map<Key, Reason> unread;                                   // rows of cpu_counter that have no value at this tick
  std::vector<Entity> entities;                                   // every entity the tables name, sorted by id
  std::shared_ptr<const std::vector<CounterPlan>> counter_plans;  // null: no counters; one a kind of CPU
  bool word_variant = true;                                       // scheduler: state word, else queue
  bool full_waits = true;                                         // scheduler: waits that moved are whole

  [[nodiscard]] const Entity* entity(uint32_t id) const;
};

// Deltas of two snapshots of one run, key by key. The only subtraction in the program.
struct Interval {
  uint64_t start_ns = 0;
  uint64_t end_ns = 0;
  int64_t unix_offset_ns = 0;
  std::shared_ptr<const Topology> topology;  // at the end
  std::shared_ptr<const std::vector<uint64_t>> bucket_upper_ns;
  std::map<Reading, Table> tables;  // deltas; only rows that changed, and all cores and the node
  std::map<Reading, Reason> missing;
  std::map<Key, Reason> unknown;  // rows without a value: their CPU, core or siblings changed, or they went back
  std::vector<Entity> entities;   // those with time or waits in the interval, and those pairs name
  std::shared_ptr<const std::vector<CounterPlan>> counter_plans;
  bool word_variant = true;
  bool full_waits = true;

  [[nodiscard]] const Entity* entity(uint32_t id) const;
};

[[nodiscard]] Interval make_interval(const Snapshot& previous, const Snapshot& current);

}  // namespace smtscope
