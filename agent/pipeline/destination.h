// SPDX-License-Identifier: Apache-2.0
// One destination: a bounded queue and the thread that empties it. A slow one never delays a tick.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "model/agent_readings.h"
#include "model/point.h"
#include "model/result.h"

namespace smtscope {

class Destination {
 public:
  using Write = std::function<Result<>(const Batch&)>;

  // `write` runs in the destination's own thread, one call at a time. `cancel` ends one that waits.
  Destination(std::string name, uint64_t queue_bytes, Write write, std::function<void()> cancel);
  Destination(const Destination&) = delete;
  Destination& operator=(const Destination&) = delete;
  // Cancels a write under way and ends the thread; what is still queued is gone.
  ~Destination();

  // Takes a batch, or drops it if the queue is full.
  void accept(std::shared_ptr<const Batch> batch);
  // True when everything accepted so far was written or given up; false at the deadline (CLOCK_MONOTONIC).
  [[nodiscard]] bool flush(uint64_t deadline_ns);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] ExporterReading reading() const;
  // Why the last write failed; none if it did not.
  [[nodiscard]] std::optional<Error> error() const;

 private:
  void run();

  const std::string name_;
  const uint64_t queue_bytes_;
  const Write write_;
  const std::function<void()> cancel_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<const Batch>> queue_;
  ExporterReading counts_;
  std::optional<Error> error_;
  bool stop_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace smtscope
