// SPDX-License-Identifier: Apache-2.0
// One destination: a bounded queue and the thread that empties it. A slow one never delays a tick.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "model/agent_readings.h"
#include "model/result.h"

namespace smtscope {

// Something to write: a batch of points, a frame of a recording.
struct Delivery {
  std::function<Result<>()> write;  // runs in the destination's own thread, one at a time
  uint64_t items = 0;
  uint64_t bytes = 0;  // about what it holds in memory
};

class Destination {
 public:
  // `cancel` ends a write that waits.
  Destination(std::string name, uint64_t queue_bytes, std::function<void()> cancel);
  Destination(const Destination&) = delete;
  Destination& operator=(const Destination&) = delete;
  // Cancels a write under way and ends the thread; what is still queued is gone.
  ~Destination();

  // Takes a delivery, or drops it if the queue is full: false.
  bool accept(Delivery delivery);
  // True when at most so many bytes accepted so far are not written or given up; false at the deadline
  // (CLOCK_MONOTONIC).
  [[nodiscard]] bool flush(uint64_t deadline_ns, uint64_t most_bytes = 0);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] ExporterReading reading() const;
  // Why the last write failed; none if it did not.
  [[nodiscard]] std::optional<Error> error() const;

 private:
  void run();

  const std::string name_;
  const uint64_t queue_bytes_;
  const std::function<void()> cancel_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Delivery> queue_;
  ExporterReading counts_;
  std::optional<Error> error_;
  bool stop_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace smtscope
