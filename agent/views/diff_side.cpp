// SPDX-License-Identifier: Apache-2.0
#include "views/diff_side.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "derive/steal.h"

namespace smtscope::diff {
namespace {

// About 80 and 12 bytes each: below 100 MiB a side at worst.
constexpr size_t kMostEntityRows = 900'000;
constexpr size_t kMostPairRows = 1'500'000;

bool same_bounds(const Snapshot& a, const Snapshot& b) {
  if (a.bucket_upper_ns == b.bucket_upper_ns) return true;
  return a.bucket_upper_ns && b.bucket_upper_ns && *a.bucket_upper_ns == *b.bucket_upper_ns;
}

bool same_topology(const Snapshot& a, const Snapshot& b) {
  if (a.topology == b.topology) return true;
  return a.topology && b.topology && a.topology->same_tree(*b.topology);
}

// Readings are cumulative, so an interval over many ticks loses nothing, unless rows left in between: entities that
// the collector forgot, readings that had no value.
bool rows_left(const Snapshot& before, const Snapshot& after) {
  const auto by_id = [](const Entity& l, const Entity& r) { return l.id < r.id; };
  if (!std::includes(after.entities.begin(), after.entities.end(), before.entities.begin(), before.entities.end(),
                     by_id))
    return true;
  return before.tables.size() != after.tables.size() ||
         !std::equal(before.tables.begin(), before.tables.end(), after.tables.begin(),
                     [](const auto& l, const auto& r) { return l.first == r.first; });
}

Reason why_missing(const Interval& interval, Reading reading) {
  if (interval.tables.contains(reading)) return Reason::ok;
  const auto at = interval.missing.find(reading);
  return at == interval.missing.end() || at->second == Reason::ok ? Reason::unsupported : at->second;
}

// Cores are closed one by one: the time that each was accounted, on average. Rates of states then sum to the cores.
double core_seconds(const SchedulerFigures& figures, const Interval& interval) {
  if (figures.cores.empty()) return static_cast<double>(interval.end_ns - interval.start_ns) / 1e9;
  uint64_t sum = 0;
  for (const CoreFigures& core : figures.cores) sum += core.end_ns - core.start_ns;
  return static_cast<double>(sum) / 1e9 / static_cast<double>(figures.cores.size());
}

WindowFigures window_figures(const Interval& interval) {
  WindowFigures out;
  out.figures = scheduler_figures(interval);
  out.seconds = core_seconds(out.figures, interval);
  out.most_siblings = interval.topology ? interval.topology->threads_per_core() : 0;
  out.no_entities = why_missing(interval, Reading::entity_time);
  out.no_pairs = why_missing(interval, Reading::pair_time);
  out.no_waits = why_missing(interval, Reading::runqueue_count);
  if (out.no_waits != Reason::ok) return out;
  const SchedulerFigures all = scheduler_figures(waits_of_all(interval));
  if (!all.entities.empty()) out.waits = all.entities.front().runqueue;
  return out;
}

}  // namespace

Side::Side(NamedEntities& names, uint64_t window_ns)
    : window_ns_(window_ns),
      sum_(names),
      node_(node_figures().size()),
      entities_(kEntityColumns, kMostEntityRows),
      pairs_(1, kMostPairRows) {}

// Ticks since base_ go to the sum of the window.
void Side::flush() {
  if (base_ && base_ != last_) sum_.add(make_interval(*base_, *last_));
  base_ = last_;
}

void Side::leave_out() {
  if (base_ && last_->end_ns > start_ns_) {
    partial_.times++;
    partial_.seconds += static_cast<double>(last_->end_ns - start_ns_) / 1e9;
  }
  base_.reset();
  sum_.clear();
}

// No break since the frame before.
bool Side::goes_on(const Frame& frame) const {
  return last_ && !frame.begin && same_bounds(*last_, *frame.snapshot) && frame.snapshot->end_ns > last_->end_ns;
}

void Side::add(const Frame& frame) {
  const Snapshot& snapshot = *frame.snapshot;
  const int64_t unix_ns = static_cast<int64_t>(snapshot.end_ns) + snapshot.unix_offset_ns;
  if (frames_++ == 0) start_unix_ns_ = unix_ns;
  end_unix_ns_ = unix_ns;
  const uint64_t interval_ns = frame.run->interval_ns;
  conditions_.add(frame);
  not_measured_ = frame.run->not_measured;
  topology_ = snapshot.topology;
  const bool goes_on = this->goes_on(frame), same = goes_on && same_topology(*last_, snapshot);
  if (last_ && !same) {
    if (!goes_on) across_breaks_++;
    else across_changes_++;
    leave_out();
  } else if (base_ && rows_left(*last_, snapshot)) {
    flush();
  }
  last_ = frame.snapshot;
  if (!base_) {
    base_ = last_;
    start_ns_ = last_->end_ns;
    return;
  }
  // Ticks come a little early or late: half an interval does not make another window.
  if (snapshot.end_ns - start_ns_ + interval_ns / 2 < window_ns_) return;
  flush();
  close();
  start_ns_ = last_->end_ns;
}

void Side::finish() { leave_out(); }

void Side::close() {
  Interval interval = sum_.result();
  sum_.clear();
  judge_steal(interval);
  const WindowFigures window = window_figures(interval);
  const auto number = static_cast<uint32_t>(seconds_.size());
  seconds_.push_back(window.seconds);
  for (size_t i = 0; i < node_.size(); i++) node_[i].push_back(node_figures()[i].value(window));
  no_entities_.push_back(window.no_entities);
  no_waits_.push_back(window.no_waits);
  no_pairs_.push_back(window.no_pairs);
  std::array<double, kEntityColumns> columns{};
  for (const EntityFigures& entity : window.figures.entities) {
    entity_columns(entity, columns.data());
    // Those that wait much and run little matter too.
    const double weight = entity.busy_seconds() + (entity.runqueue ? entity.runqueue->sum_seconds : 0);
    entities_.add(entity.who.id, number, columns.data(), weight);
  }
  for (const PairFigures& pair : window.figures.pairs)
    pairs_.add(pair_id(pair.a, pair.b), number, &pair.seconds, pair.seconds);
}

}  // namespace smtscope::diff
