// SPDX-License-Identifier: Apache-2.0
#include "views/report_knots.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

namespace smtscope {
namespace {

uint64_t bytes_of(const Snapshot& snapshot) {
  uint64_t sum = snapshot.entities.size() * 2 * sizeof(Entity);
  for (const auto& [reading, table] : snapshot.tables)
    sum += table.keys.size() * sizeof(Key) + table.values.size() * sizeof(uint64_t);
  return sum;
}

void take(const Table& from, size_t i, Table& to) {
  to.width = from.width;
  std::copy_n(from.row(i), from.width, to.append(from.keys[i]));
}

uint64_t length_ns(const Knot& first, const Knot& last) { return last.snapshot->end_ns - first.snapshot->end_ns; }

// Ticks are never just as far apart as they should be.
bool near(const Knot& first, const Knot& last, uint64_t spacing_ns) {
  return length_ns(first, last) < spacing_ns - spacing_ns / 16;
}

}  // namespace

bool topology_changed(const Snapshot& before, const Snapshot& after) {
  if (before.topology == after.topology || !before.topology || !after.topology) return false;
  return !before.topology->same_tree(*after.topology);
}

void Knots::add(const Frame& frame) {
  const bool begin = frame.begin || knots_.empty();
  if (!begin) bury(frame);
  Knot knot{frame.run,
            frame.snapshot,
            frame.agent.programs,
            frame.agent.user_ns + frame.agent.system_ns,
            frame.agent.memory_bytes,
            begin,
            graves_.size()};
  last_ = frame.snapshot;
  // The probes may begin anew more often than once between two frames that are worth something.
  if (begin && !knots_.empty() && knots_.back().begin) knots_.pop_back();
  const size_t n = knots_.size();
  if (!begin && n >= 2 && !knots_[n - 1].begin && near(knots_[n - 2], knots_[n - 1], spacing_ns_) &&
      !topology_changed(*knots_[n - 2].snapshot, *knots_[n - 1].snapshot) &&
      !topology_changed(*knots_[n - 1].snapshot, *knot.snapshot))
    knots_.pop_back();
  knots_.push_back(std::move(knot));
  thin();
}

// The last rows of who was forgotten: they are in the frame before, and did not change since.
void Knots::bury(const Frame& frame) {
  if (!last_ || frame.ended.empty()) return;
  std::map<uint32_t, Grave> graves;
  for (const Entity& who : frame.ended) graves[who.id].who = who;
  for (const auto& [reading, table] : last_->tables) {
    for (size_t i = 0; i < table.keys.size(); i++) {
      const Key& key = table.keys[i];
      if (key.kind != KeyKind::entity && key.kind != KeyKind::pair) continue;
      auto at = graves.find(key.a);
      if (at == graves.end() && key.kind == KeyKind::pair) at = graves.find(key.b);
      if (at == graves.end()) continue;
      take(table, i, at->second.rows[reading]);
      if (reading == Reading::entity_time)
        for (uint32_t c = 0; c < table.width; c++) at->second.oncpu_ns += table.row(i)[c];
      if (key.kind != KeyKind::pair) continue;
      const uint32_t partner = key.a == at->first ? key.b : key.a;
      if (const Entity* who = last_->entity(partner)) at->second.partners.push_back(*who);
    }
  }
  for (auto& [id, grave] : graves)
    if (!grave.rows.empty()) graves_.push_back(std::move(grave));
  if (graves_.size() > limits_.most_graves) drop_graves();
}

// Those with the least CPU time go, half of them.
void Knots::drop_graves() {
  std::vector<uint64_t> times;
  times.reserve(graves_.size());
  for (const Grave& grave : graves_) times.push_back(grave.oncpu_ns);
  std::nth_element(times.begin(), times.begin() + static_cast<ptrdiff_t>(times.size() / 2), times.end());
  const uint64_t limit = times[times.size() / 2];
  std::vector<size_t> before(graves_.size() + 1);  // how many of the first n are kept
  std::vector<Grave> kept;
  for (size_t i = 0; i < graves_.size(); i++) {
    before[i] = kept.size();
    if (graves_[i].oncpu_ns > limit) {
      kept.push_back(std::move(graves_[i]));
    } else {
      unlisted_++;
      unlisted_ns_ += graves_[i].oncpu_ns;
    }
  }
  before[graves_.size()] = kept.size();
  for (Knot& knot : knots_) knot.graves = before[knot.graves];
  graves_ = std::move(kept);
}

uint64_t Knots::bytes() const {
  uint64_t sum = 0;
  for (const Knot& knot : knots_) sum += bytes_of(*knot.snapshot);
  return sum;
}

void Knots::thin() {
  const bool heavy = knots_.size() > limits_.least && bytes() > limits_.most_bytes;
  if (knots_.size() > limits_.most || heavy) thin_to(knots_.size() / 2);
}

uint64_t Knots::measured_ns() const {
  uint64_t sum = 0;
  for (size_t i = 1; i < knots_.size(); i++)
    if (!knots_[i].begin) sum += length_ns(knots_[i - 1], knots_[i]);
  return sum;
}

void Knots::thin_to(size_t most) {
  if (most == 0 || knots_.size() <= most + 1) return;
  for (const bool topology_too : {false, true}) {
    spacing_ns_ = std::max(spacing_ns_, measured_ns() / most);
    for (int tries = 0; tries < 8 && knots_.size() > most + 1; tries++, spacing_ns_ += spacing_ns_ / 4)
      space_out(topology_too);
  }
  while (knots_.size() > most + 1 &&
         std::count_if(knots_.begin(), knots_.end(), [](const Knot& k) { return k.begin; }) > 1)
    drop_shortest_run();
}

// Drops knots too near to the one before, but not the first or the last of a run; unless `topology_too`, also not
// those that bound a change of topology.
void Knots::space_out(bool topology_too) {
  std::vector<Knot> kept;
  for (size_t i = 0; i < knots_.size(); i++) {
    const bool first = knots_[i].begin;
    const bool last = i + 1 == knots_.size() || knots_[i + 1].begin;
    bool keep = first || last || !near(kept.back(), knots_[i], spacing_ns_);
    if (!keep && !topology_too)
      keep = topology_changed(*kept.back().snapshot, *knots_[i].snapshot) ||
             topology_changed(*knots_[i].snapshot, *knots_[i + 1].snapshot);
    if (keep) kept.push_back(std::move(knots_[i]));
  }
  knots_ = std::move(kept);
}

void Knots::drop_shortest_run() {
  size_t best = 0, best_end = 0;
  uint64_t shortest = std::numeric_limits<uint64_t>::max();
  for (size_t i = 0, end = 0; i < knots_.size(); i = end) {
    for (end = i + 1; end < knots_.size() && !knots_[end].begin;) end++;
    if (end == knots_.size() && best_end != 0) break;  // the newest goes on
    const uint64_t ns = length_ns(knots_[i], knots_[end - 1]);
    if (ns >= shortest) continue;
    shortest = ns;
    best = i;
    best_end = end;
  }
  runs_left_out_++;
  left_out_ns_ += shortest;
  knots_.erase(knots_.begin() + static_cast<ptrdiff_t>(best), knots_.begin() + static_cast<ptrdiff_t>(best_end));
}

Interval Knots::interval(size_t from, size_t to) const {
  const Knot& first = knots_[from];
  const Knot& last = knots_[to];
  if (first.graves == last.graves) return make_interval(*first.snapshot, *last.snapshot);
  Snapshot whole = *last.snapshot;
  std::set<uint32_t> named;
  for (const Entity& entity : whole.entities) named.insert(entity.id);
  const auto name = [&](const Entity& who) {
    if (named.insert(who.id).second) whole.entities.push_back(who);
  };
  for (size_t i = first.graves; i < last.graves; i++) {
    const Grave& grave = graves_[i];
    name(grave.who);
    for (const Entity& who : grave.partners) name(who);
    for (const auto& [reading, rows] : grave.rows) {
      const auto table = whole.tables.find(reading);
      if (table == whole.tables.end()) continue;
      for (size_t row = 0; row < rows.keys.size(); row++)
        if (!table->second.find(rows.keys[row])) take(rows, row, table->second);
    }
  }
  for (auto& [reading, table] : whole.tables) table.sort();
  std::sort(whole.entities.begin(), whole.entities.end(), [](const Entity& l, const Entity& r) { return l.id < r.id; });
  return make_interval(*first.snapshot, whole);
}

}  // namespace smtscope
