// SPDX-License-Identifier: Apache-2.0
#include "compare/spread.h"

#include <algorithm>
#include <cmath>

namespace smtscope {

double percentile(const std::vector<double>& ascending, double share) {
  const double at = share * static_cast<double>(ascending.size() - 1);
  const auto below = static_cast<size_t>(at);
  const size_t above = std::min(below + 1, ascending.size() - 1);
  const double low = ascending[below], high = ascending[above];
  return low + (at - static_cast<double>(below)) * (high - low);
}

std::optional<Spread> spread_of(const std::vector<Sample>& samples) {
  if (samples.empty()) return std::nullopt;
  double sum = 0, weight = 0;
  std::vector<double> values;
  values.reserve(samples.size());
  for (const Sample& sample : samples) {
    values.push_back(sample.value);
    sum += sample.value * sample.weight;
    weight += sample.weight;
  }
  std::sort(values.begin(), values.end());
  Spread out;
  out.windows = values.size();
  out.median = percentile(values, 0.5);
  out.mean = weight > 0 ? sum / weight : out.median;
  if (values.size() > 1) {
    out.p10 = percentile(values, 0.1);
    out.p90 = percentile(values, 0.9);
  }
  return out;
}

std::optional<Spread> scaled(std::optional<Spread> spread, double factor) {
  if (!spread) return spread;
  spread->median *= factor;
  spread->mean *= factor;
  if (spread->p10) *spread->p10 *= factor;
  if (spread->p90) *spread->p90 *= factor;
  return spread;
}

Change change_of(const std::optional<Spread>& a, const std::optional<Spread>& b, Centre centre) {
  Change out;
  if (!a || !b) return out;
  const double from = centre == Centre::mean ? a->mean : a->median, to = centre == Centre::mean ? b->mean : b->median;
  out.absolute = to - from;
  if (from != 0) out.percent = 100 * (to - from) / from;
  if (a->p10 && a->p90 && b->p10 && b->p90) out.separate = *a->p10 > *b->p90 || *b->p10 > *a->p90;
  return out;
}

}  // namespace smtscope
