// SPDX-License-Identifier: Apache-2.0
// Events that are counted and read together: one group on one CPU or thread, and how many would fit.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernel/fd.h"
#include "kernel/perf_event.h"
#include "kernel/perf_reading.h"
#include "model/counter_plan.h"
#include "model/result.h"

namespace smtscope {

class PerfGroup {
 public:
  // All of `events`, the first leads; nothing counts yet. An error names the event that is refused; where that is
  // for want of counters, which of the others fit.
  static Result<PerfGroup> open(std::span<const CounterEvent> events, PerfTarget target, PerfMode mode,
                                const PerfRules& rules);

  PerfGroup(const PerfGroup&) = delete;
  PerfGroup& operator=(const PerfGroup&) = delete;
  PerfGroup(PerfGroup&&) = default;
  PerfGroup& operator=(PerfGroup&&) = default;
  ~PerfGroup() = default;

  [[nodiscard]] Result<> enable();
  [[nodiscard]] Result<> disable();
  // One read for all members, into as many elements. An error leaves `out` as it was: see parse_group_read.
  [[nodiscard]] Result<> read(std::span<PerfCount> out) const;

  [[nodiscard]] size_t size() const { return fds_.size(); }
  [[nodiscard]] int fd(size_t member) const { return fds_[member].get(); }

 private:
  PerfGroup() = default;
  Result<> control(unsigned long request, const char* what);

  std::vector<Fd> fds_;  // closed in any order: the kernel makes what is left single events
  std::vector<uint64_t> ids_;
};

// The events of a plan that are to be counted, as indexes, group by group in the order of their first events.
[[nodiscard]] std::vector<std::vector<uint32_t>> counter_groups(const CounterPlan& plan);

// How many of `events` can be in one group here, from the first on, found by opening them.
[[nodiscard]] size_t group_fits(std::span<const CounterEvent> events, PerfTarget target, PerfMode mode,
                                const PerfRules& rules);

}  // namespace smtscope
