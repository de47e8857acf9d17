// SPDX-License-Identifier: Apache-2.0
// What hardware counters say of one interval: per CPU, core, kind of CPU and entity. The only place where counts are
// scaled and added up; shares are made by analysis/topdown.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "derive/counter_topdown.h"
#include "model/snapshot.h"

namespace smtscope {

inline constexpr size_t kSliceClasses = static_cast<size_t>(SliceClass::kCount);

struct BasicCounts {
  Counted instructions;
  Counted cycles;
  Counted ref_cycles;
};

// Instructions per cycle of one hardware thread: never doubled to speak for a core.
[[nodiscard]] std::optional<double> instructions_per_cycle(const BasicCounts& counts);

// One set of CPUs of one kind, added up event by event.
struct CounterGroup {
  const CounterPlan* plan = nullptr;
  std::vector<uint32_t> cpus;     // that are in it
  std::vector<uint32_t> without;  // CPUs that belong to it and have no readings in this interval
  std::vector<Counted> events;    // by event of the plan
  BasicCounts basic;
  std::optional<topdown::Metrics> topdown;  // none: the plan has no dialect
  double enabled_ns = 0;                    // of the events that top-down needs, the least counted
  double running_ns = 0;
};

// What was counted in slices of one class while an entity ran.
struct SliceFigures {
  double seconds = 0;            // of slices that were counted
  double uncounted_seconds = 0;  // of slices whose counts could not be used
  double instructions = 0;
  double cycles = 0;
  double ref_cycles = 0;
};

struct EntityCounters {
  uint32_t entity = 0;
  std::array<SliceFigures, kSliceClasses> slices;
  Reason reason = Reason::ok;

  [[nodiscard]] SliceFigures total() const;
  // Share of the counted time in which nothing changed beside it; none without counted time.
  [[nodiscard]] std::optional<double> clean_share() const;
  // Share of its time that was counted.
  [[nodiscard]] std::optional<double> counted_share() const;
};

struct CounterFigures {
  Reason reason = Reason::unsupported;                    // not ok: no counters at all, and nothing else is said
  std::shared_ptr<const std::vector<CounterPlan>> plans;  // what groups point to
  std::vector<CounterGroup> cpus;                         // by CPU
  std::map<uint32_t, CounterGroup> cores;  // by core id; a core whose siblings are not all known has no entry
  std::vector<CounterGroup> kinds;         // by plan: kinds of CPUs are never added together
  std::map<uint32_t, EntityCounters> entities;
  Reason entities_reason = Reason::unsupported;  // not ok: nothing is counted at the switch
  bool ref_cycles = false;                       // at the switch: counted on this machine
};

[[nodiscard]] CounterFigures counter_figures(const Interval& interval);

}  // namespace smtscope
