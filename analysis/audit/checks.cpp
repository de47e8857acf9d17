// SPDX-License-Identifier: Apache-2.0
#include "audit/checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace smtscope::audit {
namespace {

constexpr double kClosure = 1e-6;  // of the window: what the contract promises of sums

double sum(const auto& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

void check_value(double value, double most, const std::string& what, Findings& findings) {
  if (!std::isfinite(value)) {
    findings.add("impossible", INFINITY, fmt::format("{} is no number", what));
  } else if (value < 0) {
    findings.add("impossible", -value, fmt::format("{} is {:.9f} s: below 0", what, value));
  } else if (value > most * (1 + kClosure)) {
    findings.add("impossible", value - most,
                 fmt::format("{} is {:.9f} s where {:.9f} s is the most", what, value, most));
  }
}

void check_core(const OnlineCore& core, Findings& findings) {
  const std::string who = fmt::format("core {}", core.id);
  if (core.end_ns < core.start_ns) {
    findings.add("window", static_cast<double>(core.start_ns - core.end_ns) * 1e-9,
                 fmt::format("{}: its window ends {} ns before it begins", who, core.start_ns - core.end_ns));
    return;
  }
  const double window = core.window(), states = sum(core.states);
  for (size_t s = 0; s < kStates; s++) check_value(core.states[s], window, who + ": " + kStateNames[s], findings);
  if (std::abs(states - window) > kClosure * window)
    findings.add("states", std::abs(states - window),
                 fmt::format("{}: its states sum to {:.9f} s in a window of {:.9f} s ({})", who, states, window,
                             signed_duration(states - window)));
  const double known = sum(core.busy_siblings), of_states = states - core.states[kStateUnknown];
  if (std::abs(known - of_states) > kClosure * window)
    findings.add("busy_siblings", std::abs(known - of_states),
                 fmt::format("{}: times by number of busy siblings sum to {:.9f} s, known states to {:.9f} s", who,
                             known, of_states));
}

// Sums over cores that the entities and pairs must come to.
struct Sums {
  double windows = 0, cpu_seconds = 0, all_busy = 0, busy = 0, unknown_siblings = 0;
  size_t most_siblings = 0;
};

Sums sums_of(const OnlineInterval& interval) {
  Sums s;
  for (const OnlineCore& core : interval.cores) {
    const size_t n = core.cpus.size();
    s.windows += core.window();
    s.cpu_seconds += static_cast<double>(n) * core.window();
    s.all_busy += core.states[kStateAllBusy];
    for (size_t k = 1; k < core.busy_siblings.size(); k++) s.busy += static_cast<double>(k) * core.busy_siblings[k];
    s.unknown_siblings += static_cast<double>(n - 1) * core.states[kStateUnknown];
    s.most_siblings = std::max(s.most_siblings, n);
  }
  return s;
}

void check_entities(const OnlineInterval& interval, const Sums& s, Findings& findings) {
  double known = 0;
  for (const OnlineEntity& e : interval.entities) {
    for (size_t c = 0; c < kClasses; c++) {
      check_value(e.oncpu[c], s.cpu_seconds, e.name + ": " + kClassNames[c], findings);
      if (c != kBesideUnknown) known += e.oncpu[c];
    }
  }
  // Beside an unknown sibling and another entity at once (n > 2) the other entity decides.
  const double more = s.most_siblings > 2 ? s.unknown_siblings : 0;
  const double below = s.busy - known, above = known - s.busy - more, allowed = kClosure * s.windows;
  if (below > allowed || above > allowed)
    findings.add("entities", std::max(below, above),
                 fmt::format("the splits of entities sum to {:.9f} s, busy siblings to {:.9f} s ({})", known, s.busy,
                             signed_duration(known - s.busy)));
}

void check_pairs(const OnlineInterval& interval, const Sums& s, Findings& findings) {
  const double n = static_cast<double>(std::max<size_t>(s.most_siblings, 1));
  double pairs = 0;
  for (const OnlinePair& pair : interval.pairs) {
    check_value(pair.seconds, s.windows * n * (n - 1) / 2, fmt::format("pair {}+{}", pair.a, pair.b), findings);
    pairs += pair.seconds;
  }
  if (s.most_siblings <= 2 && std::abs(pairs - s.all_busy) > kClosure * s.windows)
    findings.add("pairs", std::abs(pairs - s.all_busy),
                 fmt::format("pairs sum to {:.9f} s, all busy to {:.9f} s ({})", pairs, s.all_busy,
                             signed_duration(pairs - s.all_busy)));
}

}  // namespace

std::string signed_duration(double seconds) {
  const double size = std::abs(seconds);
  if (size < 1e-3) return fmt::format("{:+.1f} us", seconds * 1e6);
  if (size < 1) return fmt::format("{:+.2f} ms", seconds * 1e3);
  return fmt::format("{:+.3f} s", seconds);
}

void Findings::add(const std::string& kind, double size, const std::string& sentence) {
  Worst& worst = worst_[kind];
  if (worst.times++ == 0 || size > worst.size) {
    worst.size = size;
    worst.sentence = sentence;
  }
}

std::vector<std::string> Findings::sentences() const {
  std::vector<std::string> all;
  for (const auto& [kind, worst] : worst_)
    all.push_back(worst.times == 1 ? worst.sentence
                                   : fmt::format("{} (the worst of {} such)", worst.sentence, worst.times));
  return all;
}

void check_interval(const OnlineInterval& interval, Findings& findings) {
  for (const OnlineCore& core : interval.cores) check_core(core, findings);
  const Sums sums = sums_of(interval);
  check_pairs(interval, sums, findings);
  check_entities(interval, sums, findings);
}

void check_order(const OnlineInterval& before, const OnlineInterval& after, Findings& findings) {
  for (const OnlineCore& core : after.cores) {
    for (const OnlineCore& earlier : before.cores) {
      if (earlier.id != core.id || earlier.end_ns == core.start_ns) continue;
      const double gap = static_cast<double>(core.start_ns) - static_cast<double>(earlier.end_ns);
      findings.add("order", std::abs(gap),
                   fmt::format("core {}: a window begins {:.0f} ns {} the one before it ended", core.id, std::abs(gap),
                               gap > 0 ? "after" : "before"));
    }
  }
}

}  // namespace smtscope::audit
