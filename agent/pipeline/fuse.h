// SPDX-License-Identifier: Apache-2.0
// The fuse: what the agent may cost. Over budget for three measurements in a row, the costliest collector goes.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "kernel/fd.h"
#include "kernel/program_stats.h"
#include "pipeline/collector_set.h"

namespace smtscope {

struct FuseTimes {
  uint64_t period_ns = 60'000'000'000;
  uint64_t sample_ns = 1'000'000'000;  // of it the programs' time is counted by the kernel
  unsigned parts = 10;                 // of a sample; the median part counts
  unsigned patience = 3;
};

// What one collector costs: totals, but for memory.
struct CollectorCost {
  std::string_view name;
  uint64_t cpu_ns = 0;        // of the agent's thread
  uint64_t memory_bytes = 0;  // of maps
  std::vector<ProgramStats> programs;
};

struct FuseReading {
  uint64_t cpu_ns = 0;                    // of the whole agent, total
  uint64_t memory_bytes = 0;              // of the whole agent, maps included
  std::vector<CollectorCost> collectors;  // the optional ones that are active
};

// One measurement's verdict.
struct FuseResult {
  double cpu_percent = 0;
  uint64_t memory_bytes = 0;
  std::optional<double> ns_per_switch;  // none: too few switches, or nothing was counted
  std::string over;                     // what is over budget, for people; empty: nothing
  std::string_view costliest;           // of it; empty if nothing is over or there is none
};

// The arithmetic, apart from clocks and kernels. CPU between two readings; ns a switch of the median piece between
// readings of a sample: a virtual CPU that was stopped within a program makes one piece dear, not the program.
[[nodiscard]] FuseResult judge(const BudgetConfig& budget, const FuseReading& before, const FuseReading& now,
                               uint64_t elapsed_ns, const std::vector<FuseReading>& sample);

class Fuse {
 public:
  explicit Fuse(const BudgetConfig& budget, FuseTimes times = {}) : budget_(budget), times_(times) {}

  // Call at each tick, and at next_ns() at the latest. `read` is called in samples only. A result: this collector
  // has to go, and why.
  struct Blown {
    std::string collector;
    std::string why;
  };
  std::optional<Blown> tick(uint64_t now_ns, const std::function<FuseReading()>& read);

  // When it has something to do next (CLOCK_MONOTONIC).
  [[nodiscard]] uint64_t next_ns() const { return next_ns_; }
  [[nodiscard]] const std::optional<FuseResult>& last() const { return last_; }
  // Why the programs' time is not counted here; empty if it is.
  [[nodiscard]] const std::string& not_counted() const { return not_counted_; }

 private:
  std::optional<Blown> end_sample(uint64_t now_ns);

  BudgetConfig budget_;
  FuseTimes times_;
  uint64_t next_ns_ = 0;
  uint64_t period_began_ns_ = 0;  // 0: not begun
  FuseReading period_start_;
  std::vector<FuseReading> sample_;  // empty: none is under way
  Fd counting_;
  unsigned over_in_a_row_ = 0;
  std::optional<FuseResult> last_;
  std::string not_counted_;
};

}  // namespace smtscope
