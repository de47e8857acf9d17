// SPDX-License-Identifier: Apache-2.0
#include "model/accumulator.h"

#include <cmath>

namespace smtscope {
namespace {

void add(Histogram& total, const Histogram& delta) {
  for (size_t i = 0; i < total.counts.size(); i++) total.counts[i] += delta.counts[i];
  total.count += delta.count;
  // Once a part of the sum is not known, the sum of all is not.
  if (total.sum && delta.sum) *total.sum += *delta.sum;
  else total.sum.reset();
}

}  // namespace

// Readings of different sources are never summed.
Accumulator::Total& Accumulator::total_of(Subject& subject, const Point& point) {
  for (Total& total : subject.totals)
    if (total.part == point.part && total.source == point.source &&
        (total.desc == point.desc || total.desc->name == point.desc->name))
      return total;
  return subject.totals.emplace_back(Total{point.desc, point.part, point.source, 0, {}});
}

void Accumulator::add(std::span<Point> points) {
  calls_++;
  Subject* subject = nullptr;
  const Point* before = nullptr;  // points of one subject stand together
  for (Point& point : points) {
    const MetricKind kind = point.desc->kind;
    if (kind != MetricKind::counter && kind != MetricKind::histogram) continue;
    if (!before || !before->attributes.same_list(point.attributes)) subject = &subjects_[point.attributes.identity()];
    before = &point;
    subject->seen = calls_;
    Total& total = total_of(*subject, point);
    if (kind == MetricKind::histogram) {
      if (!total.histogram) total.histogram = Histogram{};
      if (point.known() && point.delta_histogram) smtscope::add(*total.histogram, *point.delta_histogram);
      point.total_histogram = total.histogram;
      continue;
    }
    // Less than nothing, or no number, is a fault of who derived it; the total stays whole.
    if (point.known() && !(std::isfinite(point.delta) && point.delta >= 0)) point.quality.reason = Reason::implausible;
    if (point.known()) total.number += point.delta;
    point.total = total.number;
  }
}

void Accumulator::forget_unseen(uint64_t calls) {
  std::erase_if(subjects_, [&](const auto& entry) { return entry.second.seen + calls < calls_; });
}

size_t Accumulator::series() const {
  size_t all = 0;
  for (const auto& [identity, subject] : subjects_) all += subject.totals.size();
  return all;
}

}  // namespace smtscope
