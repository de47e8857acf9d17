// SPDX-License-Identifier: Apache-2.0
#include "audit/sweep.h"

#include <algorithm>
#include <array>

namespace smtscope::audit {
namespace {

constexpr size_t kMost = 8;

bool busy(Who who) { return who != kIdle && who != kUnknown; }

enum class State { none, idle, single, partial, all_busy, unknown };

State state_of(std::span<const Who> running) {
  size_t n_busy = 0;
  for (Who who : running) {
    if (who == kUnknown) return State::unknown;
    n_busy += busy(who) ? 1 : 0;
  }
  if (n_busy == 0) return State::idle;
  if (n_busy == 1) return State::single;
  return n_busy == running.size() ? State::all_busy : State::partial;
}

// One entity that is current on sibling i counts once, however many siblings run it: so per sibling.
void add_entity(CoreTimes& times, std::span<const Who> running, size_t i, uint64_t ns) {
  Beside& beside = times.entities[running[i]];
  if (running.size() == 1) {
    beside.no_sibling += ns;
    return;
  }
  bool other = false, unknown = false, same = false;
  for (size_t j = 0; j < running.size(); j++) {
    if (j == i || running[j] == kIdle) continue;
    if (running[j] == kUnknown) unknown = true;
    else if (running[j] == running[i]) same = true;
    else other = true;
  }
  (other ? beside.other : unknown ? beside.unknown : same ? beside.same : beside.idle) += ns;
}

void add(CoreTimes& times, std::span<const Who> running, uint64_t ns) {
  if (ns == 0) return;
  size_t n_busy = 0;
  for (size_t i = 0; i < running.size(); i++) {
    if (!busy(running[i])) continue;
    n_busy++;
    add_entity(times, running, i, ns);
    for (size_t j = i + 1; j < running.size(); j++) {
      if (busy(running[j])) times.pairs[std::minmax(running[i], running[j])] += ns;
    }
  }
  switch (state_of(running)) {
    case State::idle: times.idle += ns; break;
    case State::single: times.single += ns; break;
    case State::partial: times.partial += ns; break;
    case State::all_busy: times.all_busy += ns; break;
    case State::unknown:
    case State::none: times.unknown += ns; return;
  }
  times.busy_siblings[n_busy] += ns;
}

// The changes of this core alone, with hindsight applied where the rule wants it: a CPU's piece that ends
// with a lost switch begins as unknown.
std::vector<Change> of_core(std::span<const Change> changes, const CoreWindow& window, LostRule rule) {
  std::vector<Change> own;
  std::array<std::optional<size_t>, kMost> last;
  for (const Change& change : changes) {
    auto at = std::find(window.cpus.begin(), window.cpus.end(), change.cpu);
    if (at == window.cpus.end()) continue;
    std::optional<size_t>& before = last[static_cast<size_t>(at - window.cpus.begin())];
    if (change.lost_before && before && rule == LostRule::since_own_change) own[*before].now = kUnknown;
    before = own.size();
    own.push_back(change);
  }
  return own;
}

// Does `s` leave another task than the one that the record before it switched to?
bool other_task(const Switch& before, const Switch& s) { return (s.seed ? s.next : s.prev) != before.next; }

// Switches between two records of one CPU that left no record, by their numbers.
uint8_t missing_between(const Switch& before, const Switch& s) {
  if (!before.number || !s.number) return 0;
  return static_cast<uint8_t>(*s.number - *before.number - (s.seed ? 0 : 1));
}

}  // namespace

CoreTimes& CoreTimes::operator+=(const CoreTimes& other) {
  idle += other.idle;
  single += other.single;
  partial += other.partial;
  all_busy += other.all_busy;
  unknown += other.unknown;
  busy_siblings.resize(std::max(busy_siblings.size(), other.busy_siblings.size()));
  for (size_t k = 0; k < other.busy_siblings.size(); k++) busy_siblings[k] += other.busy_siblings[k];
  for (const auto& [pair, ns] : other.pairs) pairs[pair] += ns;
  for (const auto& [who, beside] : other.entities) {
    Beside& sum = entities[who];
    sum.idle += beside.idle;
    sum.same += beside.same;
    sum.other += beside.other;
    sum.unknown += beside.unknown;
    sum.no_sibling += beside.no_sibling;
  }
  state_changes += other.state_changes;
  changes += other.changes;
  lost += other.lost;
  return *this;
}

std::vector<Change> changes_of(std::span<const Switch> one_cpu) {
  std::vector<Change> changes;
  changes.reserve(one_cpu.size());
  const Switch* before = nullptr;
  for (const Switch& s : one_cpu) {
    const bool lost = before && (other_task(*before, s) || missing_between(*before, s) != 0);
    changes.push_back({s.ns, s.cpu, s.who, lost, s.slack_ns});
    before = &s;
  }
  return changes;
}

Losses losses_in(std::span<const Switch> one_cpu) {
  Losses losses;
  for (size_t i = 1; i < one_cpu.size(); i++) {
    if (other_task(one_cpu[i - 1], one_cpu[i])) losses.seen++;
    else losses.hidden += missing_between(one_cpu[i - 1], one_cpu[i]);
  }
  return losses;
}

std::vector<Change> merged(const std::vector<std::vector<Change>>& per_cpu) {
  std::vector<Change> all;
  size_t total = 0;
  for (const auto& one : per_cpu) total += one.size();
  all.reserve(total);
  for (const auto& one : per_cpu) {
    auto middle = static_cast<std::ptrdiff_t>(all.size());
    all.insert(all.end(), one.begin(), one.end());
    std::inplace_merge(all.begin(), all.begin() + middle, all.end(),
                       [](const Change& a, const Change& b) { return a.ns < b.ns; });
  }
  return all;
}

std::optional<CoreTimes> sweep(std::span<const Change> changes, const CoreWindow& window, LostRule rule) {
  const size_t n = window.cpus.size();
  if (n == 0 || n > kMost || window.end_ns <= window.start_ns) return std::nullopt;
  CoreTimes times;
  times.busy_siblings.assign(n + 1, 0);
  std::array<Who, kMost> all;
  all.fill(kUnknown);
  std::span<Who> running(all.data(), n);
  uint64_t from = window.start_ns;
  State state = State::none;
  for (const Change& change : of_core(changes, window, rule)) {
    if (change.ns >= window.end_ns) break;
    auto i = static_cast<size_t>(std::find(window.cpus.begin(), window.cpus.end(), change.cpu) - window.cpus.begin());
    const bool inside = change.ns > window.start_ns;
    const bool unknown_until_now = change.lost_before && rule == LostRule::since_joint_change;
    if (inside && (running[i] != change.now || unknown_until_now)) {
      if (unknown_until_now) running[i] = kUnknown;
      // A time before the one already swept can only come from a clock that went back: the piece is empty.
      const uint64_t until = std::max(from, change.ns);
      add(times, running, until - from);
      from = until;
    }
    if (inside) {
      times.changes++;
      times.lost += change.lost_before ? 1 : 0;
      if (state == State::none) state = state_of(running);
    }
    running[i] = change.now;
    State next = state_of(running);
    if (state != State::none && next != state) times.state_changes++;
    if (state != State::none) state = next;
  }
  add(times, running, window.end_ns - from);
  return times;
}

}  // namespace smtscope::audit
