// SPDX-License-Identifier: Apache-2.0
#include "pipeline/lanes.h"

#include <algorithm>

namespace smtscope {

void Lanes::take_facts(const std::shared_ptr<const RunFacts>& run) {
  if (run_ == run) return;
  if (run_ && run_->started_unix_ns != run->started_unix_ns) lanes_.clear();  // another process: totals begin anew
  run_ = run;
  node_attributes_.clear();
  for (const auto& [name, value] : run->node_attributes)
    node_attributes_.push_back({*names_.insert(name).first, value, false});
  for (auto& [interval_ns, lane] : lanes_) {
    lane.set_limits(run->limits, run->most_series);
    lane.set_node_attributes(node_attributes_);
  }
}

Lane& Lanes::lane_of(uint64_t interval_ns) {
  const auto [at, is_new] = lanes_.try_emplace(interval_ns, interval_ns, run_->limits, run_->most_series);
  if (is_new) at->second.set_node_attributes(node_attributes_);
  return at->second;
}

void Lanes::run(const Frame& frame, const std::vector<uint64_t>& intervals_ns,
                const std::function<void(uint64_t, const std::shared_ptr<const Batch>&)>& out) {
  take_facts(frame.run);
  for (auto& [interval_ns, lane] : lanes_) {
    if (frame.begin) lane.restart();
    lane.limiter().ended(frame.ended);
  }
  for (const uint64_t interval_ns : intervals_ns) {
    Lane& lane = lane_of(interval_ns);
    const uint64_t every = std::max<uint64_t>(1, interval_ns / std::max<uint64_t>(1, frame.run->interval_ns));
    if (!frame.last && frame.tick % every != 0) continue;
    if (auto batch = lane.take(frame)) out(interval_ns, batch);
  }
}

uint64_t Lanes::series_dropped() const {
  uint64_t all = 0;
  for (const auto& [interval_ns, lane] : lanes_) all += lane.series_dropped();
  return all;
}

uint64_t Lanes::entities() const {
  uint64_t most = 0;
  for (const auto& [interval_ns, lane] : lanes_) most = std::max<uint64_t>(most, lane.limiter().entities());
  return most;
}

uint64_t Lanes::pairs() const {
  uint64_t most = 0;
  for (const auto& [interval_ns, lane] : lanes_) most = std::max<uint64_t>(most, lane.limiter().pairs());
  return most;
}

}  // namespace smtscope
