// SPDX-License-Identifier: Apache-2.0
// What a comparison comes to: the log's own faults, then the verdict in words.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "audit/compare.h"

namespace smtscope::audit {
namespace {

constexpr double kShortest = 0.1;         // seconds that say anything
constexpr double kMostAllowed = 0.25;     // of a core's window: above it nothing is proven
constexpr uint64_t kClockStepNs = 1'000;  // the kernel's fast clock may step back by some ns
constexpr double kLossShare = 0.01;       // the two sides' windows of counting differ by some microseconds

std::string plain_duration(double seconds) { return signed_duration(std::abs(seconds)).substr(1); }

std::string name_of(const StateRow& r) { return fmt::format("core {} {}", r.core, kStateNames[r.state]); }
std::string name_of(const PairRow& r) { return fmt::format("pair {} + {}", r.a.name, r.b.name); }
std::string name_of(const EntityRow& r) { return fmt::format("{} {}", r.entity.name, kClassNames[r.beside]); }

// How many rows are further apart than allowed, and the worst of them in words.
struct Above {
  size_t count = 0, rows = 0;
  double excess = 0;
  std::string worst;
};

template <class Row>
void look(const std::vector<Row>& rows, Above& above) {
  above.rows += rows.size();
  for (const Row& row : rows) {
    const double excess = row.excess();
    if (excess <= 1) continue;
    above.count++;
    if (excess <= above.excess) continue;
    above.excess = excess;
    above.worst = fmt::format("{}: online {:.6f} s, log {:.6f} s, {} apart where {} is allowed", name_of(row),
                              row.online, row.offline, plain_duration(row.difference()), plain_duration(row.allowed));
  }
}

template <class Row>
std::string largest(const std::vector<Row>& rows) {
  const auto worst = std::max_element(rows.begin(), rows.end(), [](const Row& l, const Row& r) {
    return std::abs(l.difference()) < std::abs(r.difference());
  });
  if (worst == rows.end()) return "none";
  return fmt::format("{} ({})", plain_duration(worst->difference()), name_of(*worst));
}

std::string why_inconclusive(const Report& report) {
  if (report.intervals == 0 || report.states.empty()) return "no interval could be compared";
  if (report.log.dropped)
    return fmt::format("the log is not complete: it had no room for {} switches", report.log.dropped);
  if (report.window_seconds < kShortest)
    return fmt::format("{} is too short to tell", plain_duration(report.window_seconds));
  if (report.changes == 0) return "nothing happened: no CPU switched in the whole window";
  for (const StateRow& row : report.states) {
    // What is unknown may be much by one rule and little by the other; the rest of the states shows which it was.
    if (row.state != kStateUnknown && row.allowed > kMostAllowed * row.window)
      return fmt::format("core {} {} may be {} off for lost switches and the distance of the two clock readings",
                         row.core, kStateNames[row.state], plain_duration(row.allowed));
  }
  return {};
}

}  // namespace

const char* verdict_word(Verdict verdict) {
  switch (verdict) {
    case Verdict::agrees: return "agrees";
    case Verdict::differs: return "differs";
    case Verdict::inconclusive: break;
  }
  return "inconclusive";
}

void Comparison::judge_log(Report& report) const {
  const LogFacts& log = report.log;
  // Each side counts between its own readings: at the edges one may have seen a loss that the other has not.
  const double slack = static_cast<double>(log.cpus) + kLossShare * static_cast<double>(log.seen_losses);
  if (static_cast<double>(log.seen_losses) > static_cast<double>(report.online_lost) + slack)
    report.inconsistencies.push_back(
        fmt::format("the log shows {} lost switches, the online side counted {}", log.seen_losses, report.online_lost));
  else if (log.seen_losses || report.online_lost)
    report.notes.push_back(fmt::format("lost switches: {} in the log, {} counted online; their time is unknown to both",
                                       log.seen_losses, report.online_lost));
  if (log.hidden_losses)
    report.notes.push_back(
        fmt::format("{} switches were lost that only the kernel's own count tells of", log.hidden_losses));
  if (log.dropped)
    report.inconsistencies.push_back(
        fmt::format("the log had no room for {} switches of the windows compared", log.dropped));
  if (log.backwards) {
    const std::string text = fmt::format(
        "{} clock readings of the log are before the one before them on their CPU, by "
        "up to {} ns",
        log.backwards, log.most_backwards_ns);
    (log.most_backwards_ns > kClockStepNs ? report.inconsistencies : report.notes).push_back(text);
  }
  if (log.apart_ns)
    report.notes.push_back(
        fmt::format("the two sides' clock readings of one switch are at most {} apart on average; "
                    "what is allowed comes from that",
                    plain_duration(static_cast<double>(log.apart_ns) * 1e-9)));
  if (contended_)
    report.notes.push_back(fmt::format("{} updates were given up; their time is booked unknown", contended_));
  if (dropped_ > 0)
    report.notes.push_back(
        fmt::format("{} went to `other` for want of room; that much is allowed for", plain_duration(dropped_)));
  if (report.proc_stat_busy > 0)
    report.notes.push_back(
        fmt::format("/proc/stat calls {:.2f} CPU seconds busy, the accounting {:.2f} (it counts in "
                    "ticks, and leaves out steal)",
                    report.proc_stat_busy, report.online_busy));
}

void Comparison::judge(Report& report) const {
  Above above;
  look(report.states, above);
  look(report.pairs, above);
  look(report.entities, above);
  const std::string unclear = why_inconclusive(report);
  const size_t own_faults = report.inconsistencies.size() - (report.log.dropped ? 1 : 0);
  // An incomplete log proves nothing by a difference; what the online side's own sums break is broken all the same.
  if (own_faults > 0 || (above.count > 0 && unclear.empty())) {
    report.verdict = Verdict::differs;
    if (above.count > 0)
      report.reason = fmt::format("{} of {} numbers are further apart than allowed; the worst is {}", above.count,
                                  above.rows, above.worst);
    else report.reason = fmt::format("the numbers contradict each other: {}", report.inconsistencies.front());
  } else if (!unclear.empty()) {
    report.verdict = Verdict::inconclusive;
    report.reason = unclear;
  } else {
    report.verdict = Verdict::agrees;
    report.reason = fmt::format(
        "over {:.1f} s and {} switches the largest differences are {} in a state and {} in a "
        "pair, all within what two clock readings of one switch allow",
        report.window_seconds, report.changes, largest(report.states), largest(report.pairs));
  }
}

}  // namespace smtscope::audit
