// SPDX-License-Identifier: Apache-2.0
// The scheduler's numbers of one interval in the shape people and exporters take them from: the only
// place where states, shares, percentiles and the range of true use are computed.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "model/snapshot.h"

namespace smtscope {

// Seconds of one core, or of all cores. They sum to the window.
struct StateSeconds {
  double idle = 0;
  double single = 0;               // exactly one sibling busy; without a sibling: busy
  std::optional<double> partial;   // between one and all; none where no core has more than 2 siblings
  std::optional<double> all_busy;  // none where no core has a sibling
  double unknown = 0;
};

struct CoreFigures {
  uint32_t id = 0;
  std::optional<uint32_t> package;
  std::optional<uint32_t> node;
  std::vector<uint32_t> cpus;
  uint64_t start_ns = 0;
  uint64_t end_ns = 0;
  StateSeconds seconds;
  std::vector<double> busy_siblings;  // n + 1: seconds with 0 .. n siblings busy
  Reason reason = Reason::ok;         // changed: the core's CPUs changed in the interval
};

// Bucket of waits: inclusive upper bound in us (none: no bound) and how many.
struct WaitBucket {
  std::optional<double> upper_us;
  uint64_t count = 0;
};

struct RunqueueFigures {
  uint64_t count = 0;
  double sum_seconds = 0;
  std::optional<double> p50_us;  // upper bound of the bucket; none if count is 0 or the bucket has no bound
  std::optional<double> p99_us;
  std::optional<double> max_us;
  std::vector<WaitBucket> buckets;  // non-empty ones, ascending
};

struct EntityFigures {
  Entity who;
  // On-CPU seconds by what else ran on the core, in the order of ClassColumn.
  std::array<double, kClassColumns> oncpu{};
  std::optional<RunqueueFigures> runqueue;  // none if not measured (Interval::missing says why)

  [[nodiscard]] double busy_seconds() const;
};

struct PairFigures {
  uint32_t a = 0;  // a <= b
  uint32_t b = 0;
  double seconds = 0;
};

// Shares 0..1 of the node over the time that is known.
struct CapacityFigures {
  std::optional<double> cpu_used;   // of logical CPUs
  std::optional<double> core_used;  // cores with any sibling busy
  std::optional<double> all_busy;   // cores with all siblings busy; none without SMT
  struct TrueUse {
    double low = 0;
    double high = 0;
    double yield_low = 0.9;  // stated range of what two siblings do together, one alone = 1
    double yield_high = 1.7;
  };
  std::optional<TrueUse> true_used;
  Reason true_used_reason = Reason::ok;  // why there is none
};

struct PlacementFigures {
  std::optional<uint64_t> transitions;  // into all busy; none without SMT
  std::optional<uint64_t> sampled;
  std::optional<uint64_t> avoidable;  // of the sampled
  std::vector<WaitBucket> buckets;    // how long the longest idle other core had been idle, of the avoidable
  // 95 % Wilson score interval of avoidable / sampled; none without samples.
  std::optional<double> avoidable_low;
  std::optional<double> avoidable_high;
};

struct LostFigures {
  bool word_variant = true;
  uint64_t switches = 0;
  double seconds = 0;
  uint64_t contended = 0;
  uint64_t clamped = 0;
  uint64_t pairs_dropped = 0;
  double pairs_dropped_seconds = 0;
  uint64_t entities_dropped = 0;
};

struct SchedulerFigures {
  uint64_t start_ns = 0;  // the smallest of the cores'
  uint64_t end_ns = 0;    // the largest
  int64_t unix_offset_ns = 0;
  double window_seconds = 0;  // end - start
  StateSeconds node;
  std::vector<CoreFigures> cores;  // by id
  CapacityFigures capacity;
  std::vector<EntityFigures> entities;  // by busy seconds, descending
  std::vector<PairFigures> pairs;       // by seconds, descending
  PlacementFigures placement;
  LostFigures lost;
  bool full_waits = true;  // false: a wait that moved to another CPU is counted from the move
};

// From the smallest start of any core to the largest end; without cores, the interval's own.
struct Window {
  uint64_t start_ns = 0;
  uint64_t end_ns = 0;
};
[[nodiscard]] Window measured_window(const Interval& interval);

[[nodiscard]] SchedulerFigures scheduler_figures(const Interval& interval);

// The range of (S + Y D) / (C max(Y, 1)) over yield_low <= Y <= yield_high, for `smt_core_seconds` = C of
// cores with two siblings and `plain_core_seconds` of cores without one (capacity 1).
[[nodiscard]] CapacityFigures::TrueUse true_use(double single_seconds, double double_seconds, double smt_core_seconds,
                                                double plain_core_seconds, double yield_low, double yield_high);

}  // namespace smtscope
