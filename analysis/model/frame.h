// SPDX-License-Identifier: Apache-2.0
// One tick with all that the way from readings to exporters needs: what is recorded, and what a replay starts from.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/agent_readings.h"
#include "model/result.h"
#include "model/run_facts.h"
#include "model/snapshot.h"

namespace smtscope {

struct Frame {
  std::shared_ptr<const RunFacts> run;       // never null
  std::shared_ptr<const Snapshot> snapshot;  // never null
  AgentReadings agent;
  std::vector<std::string> active;  // signals whose collector ran
  std::vector<Entity> ended;        // entities that were found gone since the frame before
  uint64_t tick = 0;                // on the grid of run->interval_ns, since the probes began
  bool begin = false;               // the probes began anew: there is no interval from the frame before to this one
  bool last = false;                // the probes end with it: every destination takes it, whatever its interval
};

// A run of frames, live or from a recording. An error ends it; none: it is over.
using NextFrame = std::function<Result<std::optional<Frame>>()>;

}  // namespace smtscope
