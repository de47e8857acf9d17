// SPDX-License-Identifier: Apache-2.0
// Two accounts of the same window side by side: the program's and the sweep of a log.
#pragma once

#include <string>

#include "audit/sweep.h"
#include "stat_json.h"

namespace smtscope::live {

// What may stand for any other state: all that either of the two calls unknown, or only what one of them calls
// unknown and the other does not.
enum class Slack { difference, unknown };

// How far the two may be apart.
struct Allowed {
  double states = 1e-4;         // share of the window
  double per_state_change = 0;  // seconds: two observers read the clock one after the other
  double pairs = 1e-3;          // share of the window
};

// Deviations in seconds, program minus sweep; the largest in size of each kind.
struct Deviation {
  double window = 0;
  double idle = 0, single = 0, all_busy = 0;
  double pair = 0, beside = 0;  // worst pair; worst class of an entity
  double unknown = 0;           // booked unknown by the program
  double sweep_unknown = 0;     // ... by the sweep
  uint64_t state_changes = 0, switches = 0, lost_seen = 0, lost_swept = 0;
  std::string worst_pair, worst_beside;

  [[nodiscard]] double states_allowed(const Allowed& a, Slack slack) const;
  [[nodiscard]] double pairs_allowed(const Allowed& a, Slack slack) const;
};

// `core` of `stat` (a core of two siblings, the only one with siblings) against the sweep of its window.
[[nodiscard]] Deviation compare(const StatObject& stat, const StatCore& core, const audit::CoreTimes& swept);

// One row of the table that the live tests print.
[[nodiscard]] std::string row(const std::string& load, const Deviation& d);
[[nodiscard]] std::string table_head();

// Non-fatal test failures where a deviation is above what is allowed.
void expect_within(const Deviation& d, const Allowed& allowed, Slack slack);

}  // namespace smtscope::live
