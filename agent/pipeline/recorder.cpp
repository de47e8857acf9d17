// SPDX-License-Identifier: Apache-2.0
#include "pipeline/recorder.h"

#include <algorithm>
#include <iterator>

namespace smtscope {
namespace {

constexpr uint64_t kEntityBytes = 300;  // near enough for a bound

uint64_t bytes_of(const Frame& frame) {
  uint64_t bytes = sizeof(Frame) + frame.snapshot->entities.size() * kEntityBytes;
  for (const auto& [reading, table] : frame.snapshot->tables)
    bytes += table.keys.size() * sizeof(Key) + table.values.size() * sizeof(uint64_t);
  return bytes;
}

}  // namespace

Result<std::unique_ptr<Recorder>> Recorder::make(const RecorderConfig& config, std::chrono::nanoseconds tick,
                                                 uint64_t queue_bytes) {
  auto ring = RecordingRing::open(*config.path, config.max_size_bytes);
  if (!ring) return Failure(ring.error());
  const auto interval_ns = static_cast<uint64_t>(config.interval.count());
  const uint64_t every = std::max<uint64_t>(1, interval_ns / static_cast<uint64_t>(tick.count()));
  return std::unique_ptr<Recorder>(new Recorder(std::move(*ring), interval_ns, every, queue_bytes));
}

Recorder::Recorder(RecordingRing ring, uint64_t interval_ns, uint64_t every, uint64_t queue_bytes)
    : interval_ns_(interval_ns), every_(every), ring_(std::move(ring)), destination_("recorder", queue_bytes, [] {}) {}

void Recorder::accept(const Frame& frame) {
  begin_ |= frame.begin;
  std::copy(frame.ended.begin(), frame.ended.end(), std::back_inserter(ended_));
  if (frame.tick % every_ != 0 && !frame.last) return;
  Frame mine = frame;
  mine.begin = begin_;
  mine.ended = ended_;
  const uint64_t bytes = bytes_of(mine);
  if (!destination_.accept({[this, mine = std::move(mine)] { return ring_.write(mine); }, 1, bytes})) return;
  begin_ = false;
  ended_.clear();
}

ExporterStatus Recorder::status() const {
  return {destination_.name(), "recorder", interval_ns_, destination_.reading(), destination_.error()};
}

}  // namespace smtscope
