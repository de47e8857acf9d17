// SPDX-License-Identifier: Apache-2.0
// The intervals that `top` keeps to step back through, and the points of its history lines: both bounded.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "views/top_view.h"

namespace smtscope {

// One interval in the history lines; none: unknown.
struct TopPoint {
  std::optional<double> cpu_used;
  std::optional<double> core_used;
  std::optional<double> all_busy;
};

class TopTape {
 public:
  static constexpr size_t kMostViews = 120;
  static constexpr size_t kMostBytes = 64u << 20;  // of the views
  static constexpr size_t kMostPoints = 480;

  void push(TopView view);
  void clear();
  [[nodiscard]] bool empty() const { return views_.empty(); }
  // Views are numbered from 0 in the order they came; at() of one that is kept.
  [[nodiscard]] uint64_t oldest() const { return next_ - views_.size(); }
  [[nodiscard]] uint64_t newest() const { return next_ - 1; }
  [[nodiscard]] std::shared_ptr<const TopView> at(uint64_t number) const { return views_[number - oldest()].view; }
  // Up to and with this view, oldest first.
  [[nodiscard]] std::vector<TopPoint> points(uint64_t until) const;

 private:
  struct Kept {
    std::shared_ptr<const TopView> view;
    size_t bytes = 0;
  };
  std::deque<Kept> views_;
  std::deque<TopPoint> points_;
  uint64_t next_ = 0;
  size_t bytes_ = 0;
};

}  // namespace smtscope
