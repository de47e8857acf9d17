// SPDX-License-Identifier: Apache-2.0
#include "pipeline/destination.h"

#include <chrono>
#include <exception>

#include "kernel/clock.h"

namespace smtscope {
namespace {

Result<> guarded(const Delivery& delivery) {
  try {
    return delivery.write();
  } catch (const std::exception& e) {
    return fail(ErrorKind::bug, std::string("internal error: ") + e.what(), "please report this");
  }
}

}  // namespace

Destination::Destination(std::string name, uint64_t queue_bytes, std::function<void()> cancel)
    : name_(std::move(name)), queue_bytes_(queue_bytes), cancel_(std::move(cancel)) {
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

bool Destination::accept(Delivery delivery) {
  {
    const std::lock_guard lock(mutex_);
    counts_.accepted += delivery.items;
    if (counts_.queue_bytes + delivery.bytes > queue_bytes_) {
      counts_.dropped += delivery.items;
      return false;
    }
    counts_.queued += delivery.items;
    counts_.queue_bytes += delivery.bytes;
    queue_.push_back(std::move(delivery));
  }
  changed_.notify_all();
  return true;
}

bool Destination::flush(uint64_t deadline_ns, uint64_t most_bytes) {
  std::unique_lock lock(mutex_);
  while (counts_.queued != 0 && counts_.queue_bytes > most_bytes) {
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
    Delivery delivery = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    const Result<> written = guarded(delivery);
    delivery.write = nullptr;  // what it holds is freed here, without the lock
    lock.lock();
    counts_.queued -= delivery.items;
    counts_.queue_bytes -= delivery.bytes;
    (written ? counts_.ok : counts_.dropped) += delivery.items;
    if (written) error_.reset();
    else error_ = written.error();
    changed_.notify_all();
  }
}

}  // namespace smtscope
