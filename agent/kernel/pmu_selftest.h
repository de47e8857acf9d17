// SPDX-License-Identifier: Apache-2.0
// Does a counter count? Work of known size is done on a CPU and the counters are held against it: virtual PMUs open
// events that read 0, or garbage.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernel/perf_event.h"
#include "kernel/perf_reading.h"
#include "model/counter_plan.h"
#include "model/result.h"

namespace smtscope {

// The calibrated loop, twice: what both have around it cancels in the difference.
inline constexpr uint64_t kSelftestSmall = 100'000;  // instructions
inline constexpr uint64_t kSelftestLarge = 500'000;

// What one event counted in user mode during the two loops, and during work that stalls and mispredicts.
struct SelftestCounts {
  PerfCount small, large, stress;
};

struct SelftestVerdict {
  Reason reason = Reason::ok;  // multiplexed, not_counted: others use the PMU too, so that nothing was proven
  std::string why;
  bool operator==(const SelftestVerdict&) const = default;
};
// False: the event must not be published from this CPU. What was not proven may be: each read says what it is worth.
[[nodiscard]] constexpr bool passes(const SelftestVerdict& verdict) {
  return verdict.reason == Reason::ok || verdict.reason == Reason::multiplexed || verdict.reason == Reason::not_counted;
}

// One verdict an event of the plan. Pure. Of an event with a reason of its own, that reason.
[[nodiscard]] std::vector<SelftestVerdict> judge_selftest(const CounterPlan& plan,
                                                          const std::vector<SelftestCounts>& counts);

// Counts the calling thread on that CPU, in user mode, one group after the other; the thread is on its old CPUs again
// afterwards. Takes a few milliseconds of CPU time. What counts on that CPU meanwhile shares the PMU with it, so
// that nothing can be proven: see CpuCounters::test. Errors: the thread may not run there, or nothing can be opened.
[[nodiscard]] Result<std::vector<SelftestVerdict>> run_selftest(const CounterPlan& plan, uint32_t cpu,
                                                                const PerfRules& rules);

}  // namespace smtscope
