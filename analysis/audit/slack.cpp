// SPDX-License-Identifier: Apache-2.0
#include "audit/slack.h"

#include <algorithm>
#include <array>
#include <vector>

namespace smtscope::audit {
namespace {

constexpr size_t kMost = 8;

bool busy(Who who) { return who != kIdle && who != kUnknown; }

// A moment at which it becomes open, or is settled again, whether `now` runs on a sibling.
struct Edge {
  uint64_t ns = 0;
  Who now = kUnknown;
  uint32_t sibling = 0;
  bool settled = false;
};

struct Sibling {
  Who was = kUnknown;  // may still run while it is open
  Who now = kUnknown;
  [[nodiscard]] bool open() const { return was != now; }
};

std::vector<Edge> edges_of(std::span<const Change> changes, const CoreWindow& window) {
  std::vector<Edge> edges;
  for (const Change& c : changes) {
    const auto at = std::find(window.cpus.begin(), window.cpus.end(), c.cpu);
    if (at == window.cpus.end()) continue;
    const auto sibling = static_cast<uint32_t>(at - window.cpus.begin());
    edges.push_back({c.ns - std::min(c.ns, c.slack_ns), c.now, sibling, false});
    edges.push_back({c.ns + c.slack_ns, c.now, sibling, true});
  }
  std::stable_sort(edges.begin(), edges.end(), [](const Edge& l, const Edge& r) { return l.ns < r.ns; });
  return edges;
}

// All that may have run on two siblings at once, in a piece in which at least one of them is open.
void add_pairs(Slack& slack, const Sibling& a, const Sibling& b, uint64_t ns) {
  const std::pair<Who, Who> all[] = {std::minmax(a.was, b.was), std::minmax(a.was, b.now), std::minmax(a.now, b.was),
                                     std::minmax(a.now, b.now)};
  for (size_t i = 0; i < std::size(all); i++) {
    if (!busy(all[i].first) || !busy(all[i].second)) continue;
    if (std::find(all, all + i, all[i]) == all + i) slack.pairs[all[i]] += ns;
  }
}

void add(Slack& slack, std::span<const Sibling> siblings, uint64_t ns) {
  bool open = false, state = false;
  for (const Sibling& s : siblings) {
    open |= s.open();
    state |= s.open() && (busy(s.was) != busy(s.now) || s.was == kUnknown || s.now == kUnknown);
  }
  if (!open || ns == 0) return;
  if (state) slack.states += ns;
  for (size_t i = 0; i < siblings.size(); i++) {
    const Sibling& s = siblings[i];
    if (busy(s.now)) slack.entities[s.now] += ns;
    if (s.open() && busy(s.was)) slack.entities[s.was] += ns;
    for (size_t j = i + 1; j < siblings.size(); j++)
      if (s.open() || siblings[j].open()) add_pairs(slack, s, siblings[j], ns);
  }
}

}  // namespace

Slack& Slack::operator+=(const Slack& other) {
  states += other.states;
  for (const auto& [pair, ns] : other.pairs) pairs[pair] += ns;
  for (const auto& [who, ns] : other.entities) entities[who] += ns;
  return *this;
}

Slack slack_of(std::span<const Change> changes, const CoreWindow& window) {
  Slack slack;
  const size_t n = window.cpus.size();
  if (n == 0 || n > kMost || window.end_ns <= window.start_ns) return slack;
  std::array<Sibling, kMost> all;
  const std::span<Sibling> siblings(all.data(), n);
  uint64_t from = window.start_ns;
  for (const Edge& edge : edges_of(changes, window)) {
    const uint64_t until = std::clamp(edge.ns, from, window.end_ns);
    add(slack, siblings, until - from);
    from = until;
    Sibling& s = siblings[edge.sibling];
    if (!edge.settled) s = {s.now, edge.now};
    else if (s.now == edge.now) s.was = s.now;
  }
  return slack;
}

}  // namespace smtscope::audit
