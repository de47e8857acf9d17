// SPDX-License-Identifier: Apache-2.0
// What the agent reads of itself at a tick: cumulative, like a Snapshot.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/metric.h"
#include "model/point.h"

namespace smtscope {

struct CollectorReading {
  std::string name;
  uint32_t state = 0;          // index in kCollectorStateParts
  Reason reason = Reason::ok;  // not ok: all its readings are missing
};

struct ProgramReading {
  std::string name;
  uint64_t run_ns = 0;                   // while the kernel counted, which is not all the time
  uint64_t runs = 0;                     // the same
  std::optional<uint64_t> memory_bytes;  // of the maps, at the collector's first program
};

struct ExporterReading {
  std::string name;
  uint64_t accepted = 0;  // items handed over; = ok + dropped + rejected + queued
  uint64_t ok = 0;
  uint64_t dropped = 0;
  uint64_t rejected = 0;
  uint64_t queued = 0;
  uint64_t queue_bytes = 0;
};

struct AgentReadings {
  std::vector<CollectorReading> collectors;
  std::vector<ProgramReading> programs;
  std::vector<ExporterReading> exporters;
  Histogram ticks;  // durations, cumulative
  uint64_t user_ns = 0;
  uint64_t system_ns = 0;
  uint64_t memory_bytes = 0;  // resident
  uint64_t series_dropped = 0;
};

}  // namespace smtscope
