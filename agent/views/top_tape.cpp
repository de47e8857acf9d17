// SPDX-License-Identifier: Apache-2.0
#include "views/top_tape.h"

#include <algorithm>

namespace smtscope {

void TopTape::push(TopView view) {
  const CapacityFigures& c = view.stat.figures.capacity;
  points_.push_back({c.cpu_used, c.core_used, c.all_busy});
  if (points_.size() > kMostPoints) points_.pop_front();
  const size_t bytes = size_of(view);
  views_.push_back({std::make_shared<const TopView>(std::move(view)), bytes});
  bytes_ += bytes;
  next_++;
  while (views_.size() > 1 && (views_.size() > kMostViews || bytes_ > kMostBytes)) {
    bytes_ -= views_.front().bytes;
    views_.pop_front();
  }
}

void TopTape::clear() { *this = TopTape{}; }

std::vector<TopPoint> TopTape::points(uint64_t until) const {
  const uint64_t later = until < next_ ? next_ - 1 - until : 0;
  const size_t n = points_.size() - std::min<size_t>(points_.size(), later);
  return {points_.begin(), points_.begin() + static_cast<std::ptrdiff_t>(n)};
}

}  // namespace smtscope
