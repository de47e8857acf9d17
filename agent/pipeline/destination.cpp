// SPDX-License-Identifier: Apache-2.0
#include "pipeline/destination.h"

#include <chrono>
#include <exception>

#include "kernel/clock.h"

namespace smtscope {
namespace {

// What a point takes in memory, with its attributes: near enough for a bound.
constexpr uint64_t kPointBytes = 600;

uint64_t bytes_of(const Batch& batch) { return sizeof(Batch) + batch.points.size() * kPointBytes; }

Result<> guarded(const Destination::Write& write, const Batch& batch) {
  try {
    return write(batch);
  } catch (const std::exception& e) {
    return fail(ErrorKind::bug, std::string("internal error: ") + e.what(), "please report this");
  }
}

}  // namespace

Destination::Destination(std::string name, uint64_t queue_bytes, Write write, std::function<void()> cancel)
    : name_(std::move(name)), queue_bytes_(queue_bytes), write_(std::move(write)), cancel_(std::move(cancel)) {
  counts_.name = name_;
  thread_ = std::thread([this] { run(); });
}

Destination::~Destination() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  cancel_();
  thread_.join();
}

void Destination::accept(std::shared_ptr<const Batch> batch) {
  const uint64_t bytes = bytes_of(*batch), items = batch->points.size();
  {
    const std::lock_guard lock(mutex_);
    counts_.accepted += items;
    if (counts_.queue_bytes + bytes > queue_bytes_) {
      counts_.dropped += items;
      return;
    }
    counts_.queued += items;
    counts_.queue_bytes += bytes;
    queue_.push_back(std::move(batch));
  }
  changed_.notify_all();
}

bool Destination::flush(uint64_t deadline_ns) {
  std::unique_lock lock(mutex_);
  while (counts_.queued != 0) {
    const uint64_t now = monotonic_ns();
    if (now >= deadline_ns) return false;
    changed_.wait_for(lock, std::chrono::nanoseconds(deadline_ns - now));
  }
  return true;
}

ExporterReading Destination::reading() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

std::optional<Error> Destination::error() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

void Destination::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return stop_ || !queue_.empty(); });
    if (stop_) return;
    const std::shared_ptr<const Batch> batch = queue_.front();
    queue_.pop_front();
    lock.unlock();
    const Result<> written = guarded(write_, *batch);
    lock.lock();
    counts_.queued -= batch->points.size();
    counts_.queue_bytes -= bytes_of(*batch);
    (written ? counts_.ok : counts_.dropped) += batch->points.size();
    if (written) error_.reset();
    else error_ = written.error();
    changed_.notify_all();
  }
}

}  // namespace smtscope
