// SPDX-License-Identifier: Apache-2.0
// /status: what the agent is, and the state of each of its parts with the reason.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/agent_readings.h"
#include "pipeline/collector_set.h"
#include "pipeline/fuse.h"

namespace smtscope {

struct ExporterStatus {
  std::string name;
  std::string type;
  uint64_t interval_ns = 0;
  ExporterReading counts;
  std::optional<Error> error;  // of the last write
};

struct Status {
  std::string version;
  uint64_t uptime_ns = 0;
  uint64_t ticks = 0;
  uint64_t ticks_failed = 0;
  uint64_t ticks_late = 0;   // ticks of the grid that were skipped: the agent was stopped or too slow
  std::string sample_error;  // of the last tick; empty: none
  std::vector<CollectorStatus> collectors;
  std::vector<ExporterStatus> exporters;
  uint64_t entities = 0;  // exported ones
  uint64_t pairs = 0;
  uint64_t series_dropped = 0;
  std::optional<FuseResult> fuse;  // none before its first measurement
  std::string fuse_not_counted;
};

// One JSON object.
[[nodiscard]] std::string status_json(const Status& status);

}  // namespace smtscope
