// SPDX-License-Identifier: Apache-2.0
// The `audit` screen: one value, written as text for people and as JSON for programs.
#pragma once

#include <string>
#include <vector>

#include "audit/compare.h"
#include "model/topology.h"

namespace smtscope {

struct AuditView {
  HostFacts host;
  Topology topology;
  std::string grouping;  // as in StatView
  bool word_variant = true;
  int64_t unix_offset_ns = 0;
  double asked_seconds = 0;     // what the user wanted; the report says what was compared
  uint32_t skipped = 0;         // intervals that could not be compared: CPUs came or went
  uint64_t log_bytes = 0;       // memory of the log
  uint64_t log_most_bytes = 0;  // its limit
  uint64_t log_records = 0;     // written in all
  bool log_full = false;        // it ended the window early
  audit::Report report;
  std::vector<std::string> notes;  // beside the report's
};

struct AuditTextOptions {
  bool all = false;  // every core, pair and entity
  unsigned columns = 80;
};

[[nodiscard]] std::string audit_text(const AuditView& view, const AuditTextOptions& options);

// One line of JSON as the contract says, without the newline.
[[nodiscard]] std::string audit_json(const AuditView& view);

}  // namespace smtscope
