// SPDX-License-Identifier: Apache-2.0
// Recorded counter readings, whatever file they came from: one record is one set of counts that belong together.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/metric.h"

namespace smtscope::topdown {

struct Count {
  std::optional<double> value;         // nullopt: not known; never 0 for want of a reading
  Reason why = Reason::not_counted;    // of no value
  std::optional<double> running = {};  // share 0..1 of the time that the counter ran; nullopt: not said
};

// By canonical name (event_names.h).
using Counts = std::map<std::string, Count, std::less<>>;

struct CountRecord {
  std::string id;
  std::string label;  // what of a larger output this is: "CPU0, 1.001 s"; may be empty
  std::string uarch;  // as stated; empty: not said
  std::optional<bool> smt;
  std::optional<std::string> formula;
  Counts counts;
  std::map<std::string, std::vector<double>, std::less<>> readings;  // [value, enabled, running] of one descriptor
  // What the record itself states as results: read by identities alone, and to name the metric of a ratio.
  std::map<std::string, double, std::less<>> stated;
  std::optional<double> tolerance;          // of the above, percent
  std::vector<std::string> event_spelling;  // as written, for messages
};

}  // namespace smtscope::topdown
