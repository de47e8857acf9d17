// SPDX-License-Identifier: Apache-2.0
#include "model/accumulator.h"

#include <cmath>

namespace smtscope {
namespace {

// Lengths in front, so that no value can pass for two.
void append(std::string& key, std::string_view text) {
  key += std::to_string(text.size());
  key += ':';
  key += text;
}

std::string series_of(const Point& point) {
  std::string key;
  append(key, point.desc->name);
  key += std::to_string(point.part);
  for (const Attribute& attribute : point.attributes) {
    if (!attribute.identity) continue;
    append(key, attribute.name);
    if (const auto* text = std::get_if<std::string>(&attribute.value)) append(key, *text);
    else if (const auto* number = std::get_if<int64_t>(&attribute.value)) append(key, std::to_string(*number));
    else append(key, std::get<bool>(attribute.value) ? "true" : "false");
  }
  append(key, point.source);  // readings of different sources are never summed
  return key;
}

void add(Histogram& total, const Histogram& delta) {
  for (size_t i = 0; i < total.counts.size(); i++) total.counts[i] += delta.counts[i];
  total.count += delta.count;
  // Once a part of the sum is not known, the sum of all is not.
  if (total.sum && delta.sum) *total.sum += *delta.sum;
  else total.sum.reset();
}

}  // namespace

void Accumulator::add(std::span<Point> points) {
  for (Point& point : points) {
    const MetricKind kind = point.desc->kind;
    if (kind != MetricKind::counter && kind != MetricKind::histogram) continue;
    Total& total = totals_[series_of(point)];
    if (kind == MetricKind::histogram) {
      if (point.known() && point.delta_histogram) smtscope::add(total.histogram, *point.delta_histogram);
      point.total_histogram = total.histogram;
      continue;
    }
    // Less than nothing, or no number, is a fault of who derived it; the total stays whole.
    if (point.known() && !(std::isfinite(point.delta) && point.delta >= 0)) point.quality.reason = Reason::implausible;
    if (point.known()) total.number += point.delta;
    point.total = total.number;
  }
}

}  // namespace smtscope
