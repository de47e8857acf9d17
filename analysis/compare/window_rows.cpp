// SPDX-License-Identifier: Apache-2.0
#include "compare/window_rows.h"

#include <algorithm>

namespace smtscope {

void WindowRows::add(uint64_t thing, uint32_t window, const double* values, double weight) {
  if (things_.size() >= most_things_ && !things_.contains(thing)) {
    refused_++;
    return;
  }
  Thing& to = things_[thing];
  to.sums.resize(width_);
  for (uint32_t c = 0; c < width_; c++) to.sums[c] += values[c];
  to.weight += weight;
  if (to.dropped) return;
  to.windows.push_back(window);
  to.values.insert(to.values.end(), values, values + width_);
  if (++rows_ > most_) make_room();
}

const WindowRows::Thing* WindowRows::find(uint64_t thing) const {
  const auto at = things_.find(thing);
  return at == things_.end() ? nullptr : &at->second;
}

void WindowRows::make_room() {
  std::vector<Thing*> order;
  for (auto& [id, thing] : things_)
    if (!thing.dropped) order.push_back(&thing);
  std::sort(order.begin(), order.end(), [](const Thing* l, const Thing* r) { return l->weight < r->weight; });
  for (Thing* thing : order) {
    if (rows_ <= most_ / 4 * 3) break;
    rows_ -= thing->windows.size();
    thing->windows = {};
    thing->values = {};
    thing->dropped = true;
    dropped_++;
  }
}

}  // namespace smtscope
