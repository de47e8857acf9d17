// SPDX-License-Identifier: Apache-2.0
#include "pipeline/lane.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "derive/agent.h"
#include "derive/scheduler_metrics.h"
#include "derive/steal.h"
#include "signals.h"

namespace smtscope {
namespace {

// Totals of what was not exported for so long begin anew should it come back: Prometheus has called the series stale
// after 5 minutes. Longer, and a node whose containers come and go would keep thousands of them.
constexpr uint64_t kForgetNs = 600'000'000'000;
constexpr uint64_t kTidyEvery = 64;  // batches

// What goes first when there is too much: the finest detail.
int rank(const Point& point) {
  switch (point.desc->key) {
    case KeyKind::node: return 0;
    case KeyKind::entity: return 1;
    case KeyKind::pair: return 2;
    case KeyKind::port: return 3;
    case KeyKind::core: return 4;
    case KeyKind::cpu: return 5;
    case KeyKind::counter:
    case KeyKind::numa_node: return 6;
  }
  return 5;
}

bool shown(const Point& point, Detail detail) {
  if (point.desc->key == KeyKind::core) return detail != Detail::node;
  return point.desc->key != KeyKind::cpu || detail == Detail::cpu;
}

}  // namespace

uint64_t series_of(const Point& point) { return point.desc->kind == MetricKind::histogram ? kLadderBounds + 3 : 1; }

uint64_t enforce_series(Batch& batch, uint64_t most) {
  uint64_t all = 0;
  for (const Point& point : batch.points) all += series_of(point);
  if (all <= most) return 0;
  std::stable_sort(batch.points.begin(), batch.points.end(),
                   [](const Point& l, const Point& r) { return rank(l) < rank(r); });
  uint64_t kept = 0;
  const auto first_out = std::find_if(batch.points.begin(), batch.points.end(), [&](const Point& point) {
    if (kept + series_of(point) > most) return true;
    kept += series_of(point);
    return false;
  });
  batch.points.erase(first_out, batch.points.end());
  return all - kept;
}

std::shared_ptr<const Batch> at_detail(const std::shared_ptr<const Batch>& batch, Detail detail) {
  const auto hidden = [&](const Point& point) { return !shown(point, detail); };
  if (std::none_of(batch->points.begin(), batch->points.end(), hidden)) return batch;
  auto copy = std::make_shared<Batch>();
  copy->start_ns = batch->start_ns;
  copy->end_ns = batch->end_ns;
  copy->unix_offset_ns = batch->unix_offset_ns;
  std::remove_copy_if(batch->points.begin(), batch->points.end(), std::back_inserter(copy->points), hidden);
  return copy;
}

void Lane::set_limits(ExportLimits limits, uint64_t most_series) {
  limiter_.set_limits(limits);
  most_series_ = most_series;
}

void Lane::describe_node(Batch& batch) const {
  for (Point& point : batch.points) {
    if (point.desc != &metric(SchedulerMetric::node_info)) continue;
    std::vector<Attribute> all(point.attributes.begin(), point.attributes.end());
    all.insert(all.end(), node_attributes_.begin(), node_attributes_.end());
    point.attributes = Attributes(std::move(all));
  }
}

std::shared_ptr<const Batch> Lane::take(const Frame& frame) {
  const std::shared_ptr<const Snapshot> previous = std::exchange(previous_, frame.snapshot);
  const AgentReadings previous_readings = std::exchange(previous_readings_, frame.agent);
  if (!previous) return nullptr;
  Interval interval = make_interval(*previous, *frame.snapshot);
  judge_steal(interval);
  limiter_.apply(interval);
  auto batch = std::make_shared<Batch>(derive_batch(interval, [&](std::string_view signal) {
    return std::find(frame.active.begin(), frame.active.end(), signal) != frame.active.end();
  }));
  std::vector<Point> own = agent_points(previous_readings, frame.agent);
  std::move(own.begin(), own.end(), std::back_inserter(batch->points));
  describe_node(*batch);
  series_dropped_ += enforce_series(*batch, most_series_);
  totals_.add(batch->points);
  if (++taken_ % kTidyEvery == 0) totals_.forget_unseen(kForgetNs / interval_ns_ + 1);
  return batch;
}

}  // namespace smtscope
