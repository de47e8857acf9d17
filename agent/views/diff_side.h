// SPDX-License-Identifier: Apache-2.0
// One recording cut into windows: what is kept of each to be laid beside another recording, in bounded memory.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compare/window_rows.h"
#include "compare/window_sum.h"
#include "model/frame.h"
#include "views/diff_conditions.h"
#include "views/diff_figures.h"

namespace smtscope::diff {

// Time that is in no window.
struct LeftOut {
  size_t times = 0;
  double seconds = 0;
};

class Side {
 public:
  // `names` is shared by both sides: equal names get equal ids.
  Side(NamedEntities& names, uint64_t window_ns);

  void add(const Frame& frame);
  // No frame comes any more.
  void finish();

  [[nodiscard]] size_t windows() const { return seconds_.size(); }
  [[nodiscard]] uint64_t frames() const { return frames_; }
  [[nodiscard]] const std::vector<double>& window_seconds() const { return seconds_; }
  // Wall time of the first and last frame.
  [[nodiscard]] int64_t start_unix_ns() const { return start_unix_ns_; }
  [[nodiscard]] int64_t end_unix_ns() const { return end_unix_ns_; }
  [[nodiscard]] const Conditions& conditions() const { return conditions_; }
  [[nodiscard]] const std::vector<NotMeasured>& not_measured() const { return not_measured_; }
  // Topology of the last frame; null without frames.
  [[nodiscard]] const std::shared_ptr<const Topology>& topology() const { return topology_; }
  // Too short at the end or before a break; that ended where measuring had stopped for a while; that ended where the
  // topology changed.
  [[nodiscard]] const LeftOut& partial() const { return partial_; }
  [[nodiscard]] size_t across_breaks() const { return across_breaks_; }
  [[nodiscard]] size_t across_changes() const { return across_changes_; }

  // Of node_figures()[figure], one a window.
  [[nodiscard]] const std::vector<Measured>& node(size_t figure) const { return node_[figure]; }
  // By entity id, and by pair_id(). A window in which these are not known has a reason.
  [[nodiscard]] const WindowRows& entities() const { return entities_; }
  [[nodiscard]] const WindowRows& pairs() const { return pairs_; }
  [[nodiscard]] const std::vector<Reason>& no_entities() const { return no_entities_; }
  [[nodiscard]] const std::vector<Reason>& no_waits() const { return no_waits_; }
  [[nodiscard]] const std::vector<Reason>& no_pairs() const { return no_pairs_; }

 private:
  [[nodiscard]] bool goes_on(const Frame& frame) const;
  void flush();
  void leave_out();
  void close();

  uint64_t window_ns_;
  WindowSum sum_;
  std::shared_ptr<const Snapshot> base_, last_;  // what is not in sum_ yet lies between them
  uint64_t start_ns_ = 0;                        // of the running window
  uint64_t frames_ = 0;
  int64_t start_unix_ns_ = 0, end_unix_ns_ = 0;
  std::shared_ptr<const Topology> topology_;
  std::vector<NotMeasured> not_measured_;
  Conditions conditions_;
  LeftOut partial_;
  size_t across_breaks_ = 0, across_changes_ = 0;
  std::vector<double> seconds_;
  std::vector<std::vector<Measured>> node_;
  WindowRows entities_, pairs_;
  std::vector<Reason> no_entities_, no_waits_, no_pairs_;
};

[[nodiscard]] inline uint64_t pair_id(uint32_t a, uint32_t b) { return uint64_t{a} << 32 | b; }

}  // namespace smtscope::diff
