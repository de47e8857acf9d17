// SPDX-License-Identifier: Apache-2.0
// Optimal partitioning: the split with the least squared distance from the phases' means, plus a price for each
// phase. Distances are in units of each feature's own noise, which is what neighbouring windows differ by.
#include "views/report_phases.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace smtscope {
namespace {

using Range = std::pair<size_t, size_t>;
constexpr double kNoiseFloor = 0.15;       // CPUs
constexpr double kNoiseFloorShare = 0.05;  // of the feature's mean
constexpr double kNormalMad = 1.4826;      // of a normal distribution: deviation / median absolute deviation

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Windows of one stretch without a cut, with prefix sums of every feature.
class Stretch {
 public:
  Stretch(const std::vector<PhaseWindow>& windows, Range range) : windows_(windows), range_(range) {
    const size_t features = windows[range.first].features.size(), n = size();
    double seconds = 0;
    for (size_t i = 0; i < n; i++) seconds += at(i).seconds;
    weight_.resize(n + 1);
    for (size_t i = 0; i < n; i++)
      weight_[i + 1] = weight_[i] + (seconds > 0 ? at(i).seconds * static_cast<double>(n) / seconds : 1);
    for (size_t f = 0; f < features; f++) add_feature(f);
  }

  [[nodiscard]] size_t size() const { return range_.second - range_.first + 1; }

  // Of windows [from, to).
  [[nodiscard]] double cost(size_t from, size_t to) const {
    const double weight = weight_[to] - weight_[from];
    if (!(weight > 0)) return 0;
    double sum = 0;
    for (size_t f = 0; f < noise_.size(); f++) {
      const double s = sums_[f][to] - sums_[f][from], q = squares_[f][to] - squares_[f][from];
      sum += std::max(0.0, q - s * s / weight) / (noise_[f] * noise_[f]);
    }
    return sum;
  }

  // Whether a person would call [from, middle) and [middle, to) different.
  [[nodiscard]] bool differ(size_t from, size_t middle, size_t to, const PhaseLimits& limits) const {
    for (size_t f = 0; f < noise_.size(); f++) {
      const double a = mean(f, from, middle), b = mean(f, middle, to);
      const auto shorter = static_cast<double>(std::min(middle - from, to - middle));
      const double least = std::max({limits.least_change, limits.least_share * std::max(a, b),
                                     3 * noise_[f] / std::sqrt(std::max(shorter, 1.0))});
      if (std::abs(a - b) > least) return true;
    }
    return false;
  }

  // Ends of the phases, ascending; the last is size().
  [[nodiscard]] std::vector<size_t> split(double price) const {
    const size_t n = size(), least = n < 4 ? n : 2;
    std::vector<double> best(n + 1, std::numeric_limits<double>::infinity());
    std::vector<size_t> from(n + 1, 0);
    best[0] = 0;
    for (size_t to = least; to <= n; to++) {
      for (size_t start = 0; start + least <= to; start++) {
        const double total = best[start] + cost(start, to) + price;
        if (total >= best[to]) continue;
        best[to] = total;
        from[to] = start;
      }
    }
    std::vector<size_t> ends;
    for (size_t to = n; to > 0; to = from[to]) ends.push_back(to);
    std::reverse(ends.begin(), ends.end());
    return ends;
  }

 private:
  [[nodiscard]] const PhaseWindow& at(size_t i) const { return windows_[range_.first + i]; }
  [[nodiscard]] double mean(size_t f, size_t from, size_t to) const {
    const double weight = weight_[to] - weight_[from];
    return weight > 0 ? (sums_[f][to] - sums_[f][from]) / weight : 0;
  }

  void add_feature(size_t f) {
    const size_t n = size();
    std::vector<double> sums(n + 1), squares(n + 1), steps;
    for (size_t i = 0; i < n; i++) {
      const double x = at(i).features[f], w = weight_[i + 1] - weight_[i];
      sums[i + 1] = sums[i] + w * x;
      squares[i + 1] = squares[i] + w * x * x;
      if (i > 0) steps.push_back(std::abs(x - at(i - 1).features[f]));
    }
    const double noise = kNormalMad * median(std::move(steps)) / std::sqrt(2.0);
    const double level = weight_[n] > 0 ? sums[n] / weight_[n] : 0;
    noise_.push_back(std::max({noise, kNoiseFloor, kNoiseFloorShare * level}));
    sums_.push_back(std::move(sums));
    squares_.push_back(std::move(squares));
  }

  const std::vector<PhaseWindow>& windows_;
  Range range_;
  std::vector<double> weight_;  // prefix sums of the windows' lengths, 1 on average
  std::vector<double> noise_;
  std::vector<std::vector<double>> sums_;
  std::vector<std::vector<double>> squares_;
};

// Neighbours that nobody would tell apart become one.
std::vector<size_t> merged(const Stretch& stretch, std::vector<size_t> ends, const PhaseLimits& limits) {
  for (size_t i = 0; i + 1 < ends.size();) {
    const size_t from = i == 0 ? 0 : ends[i - 1];
    if (stretch.differ(from, ends[i], ends[i + 1], limits)) {
      i++;
      continue;
    }
    ends.erase(ends.begin() + static_cast<ptrdiff_t>(i));
    i = i > 0 ? i - 1 : 0;
  }
  return ends;
}

std::vector<size_t> phases_of(const Stretch& stretch, size_t features, const PhaseLimits& limits) {
  const double n = static_cast<double>(stretch.size());
  double price = 1.5 * (4 + static_cast<double>(features)) * std::log(n + 1);
  for (;; price *= 2) {
    std::vector<size_t> ends = merged(stretch, stretch.split(price), limits);
    if (ends.size() <= limits.most) return ends;
  }
}

}  // namespace

std::vector<Range> find_phases(const std::vector<PhaseWindow>& windows, const PhaseLimits& limits) {
  std::vector<Range> phases;
  for (size_t begin = 0, end = 0; begin < windows.size(); begin = end) {
    for (end = begin + 1; end < windows.size() && !windows[end].cut_before;) end++;
    const Stretch stretch(windows, {begin, end - 1});
    size_t from = 0;
    for (const size_t to : phases_of(stretch, windows[begin].features.size(), limits)) {
      phases.emplace_back(begin + from, begin + to - 1);
      from = to;
    }
  }
  return phases;
}

}  // namespace smtscope
