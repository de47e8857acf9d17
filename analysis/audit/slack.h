// SPDX-License-Identifier: Apache-2.0
// How far another observer of the same switches may rightly be off: it read its clock at another moment.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <utility>

#include "audit/sweep.h"

namespace smtscope::audit {

// Nanoseconds of one core's window in which it is open who ran: from slack_ns before each change to slack_ns after it,
// its sibling may have run what it left or what it took up, beside all that the others ran meanwhile.
struct Slack {
  uint64_t states = 0;                            // idle, single, .. is open
  std::map<std::pair<Who, Who>, uint64_t> pairs;  // for each pair that may have run
  std::map<Who, uint64_t> entities;               // for each entity that may have run, or beside another one
  Slack& operator+=(const Slack& other);
};

// As for sweep(): changes in the order of time, those of one CPU no closer than their slack.
[[nodiscard]] Slack slack_of(std::span<const Change> changes, const CoreWindow& window);

}  // namespace smtscope::audit
