// SPDX-License-Identifier: Apache-2.0
// The flight recorder: frames of the agent into the ring on disk, in a thread of its own.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "config/config.h"
#include "model/frame.h"
#include "pipeline/destination.h"
#include "pipeline/status.h"
#include "recording/ring.h"

namespace smtscope {

class Recorder {
 public:
  // `tick`: the agent's interval.
  static Result<std::unique_ptr<Recorder>> make(const RecorderConfig& config, std::chrono::nanoseconds tick,
                                                uint64_t queue_bytes);

  // Queues the frames of its grid; those between give it what they say of entities that ended.
  void accept(const Frame& frame);
  // Until all is on disk; false at the deadline (CLOCK_MONOTONIC).
  [[nodiscard]] bool flush(uint64_t deadline_ns) { return destination_.flush(deadline_ns); }
  // As an exporter whose items are frames.
  [[nodiscard]] ExporterStatus status() const;

 private:
  Recorder(RecordingRing ring, uint64_t interval_ns, uint64_t every, uint64_t queue_bytes);

  const uint64_t interval_ns_;
  const uint64_t every_;  // ticks
  RecordingRing ring_;    // used by the destination's thread alone
  bool begin_ = false;    // of frames that were left out since the last one that was taken
  std::vector<Entity> ended_;
  Destination destination_;  // last: its thread uses the ring
};

}  // namespace smtscope
