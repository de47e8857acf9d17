// SPDX-License-Identifier: Apache-2.0
#include "commands/audit_window.h"

#include <algorithm>

#include "commands/audit_log_reader.h"
#include "commands/audit_online.h"
#include "commands/stop.h"
#include "kernel/clock.h"

namespace smtscope {
namespace {

constexpr uint64_t kIntervalNs = 1'000'000'000;  // what is lost at most where the log ends the window

// Does the log hold all of the interval, on every CPU?
bool covered(const audit::OnlineInterval& interval, const AuditLog& log) {
  const auto full = log.full_ns();
  return std::all_of(interval.cores.begin(), interval.cores.end(),
                     [&](const audit::OnlineCore& core) { return !full || core.end_ns < *full; });
}

bool logged(const audit::OnlineInterval& interval, const AuditLog& log) {
  return std::all_of(interval.cores.begin(), interval.cores.end(), [&](const audit::OnlineCore& core) {
    return std::all_of(core.cpus.begin(), core.cpus.end(), [&](uint32_t cpu) { return cpu < log.cpus(); });
  });
}

std::vector<audit::OfflineCore> sweep_cores(const audit::OnlineInterval& interval, const LogReader& reader) {
  std::vector<audit::OfflineCore> all;
  for (const audit::OnlineCore& core : interval.cores) {
    const audit::CoreWindow window{core.cpus, core.start_ns, core.end_ns};
    const auto changes = reader.changes(window);
    audit::OfflineCore swept;
    if (auto times = audit::sweep(changes, window)) swept.hindsight = std::move(*times);
    if (auto times = audit::sweep(changes, window, audit::LostRule::since_joint_change))
      swept.without = std::move(*times);
    swept.slack = audit::slack_of(changes, window);
    all.push_back(std::move(swept));
  }
  return all;
}

}  // namespace

Result<AuditWindow> audit_window(AuditLog& log, Session& session, uint64_t duration_ns) {
  if (auto r = log.enclose(); !r) return Failure(r.error());
  if (auto r = log.begin(); !r) return Failure(r.error());
  auto first = session.sample();
  if (!first) return Failure(first.error());
  AuditWindow window;
  Snapshot last = *first;
  const uint64_t end_ns = first->end_ns + duration_ns;
  while (last.end_ns < end_ns && !stop_requested() && !window.full) {
    sleep_until(std::min(end_ns, last.end_ns + kIntervalNs));
    auto now = session.sample();
    if (!now) return Failure(now.error());
    window.intervals.push_back(online_interval(make_interval(last, *now), session.grouping().by));
    window.full = log.dropped() > 0;
    last = std::move(*now);
  }
  log.stop();
  window.whole = make_interval(*first, last);
  return window;
}

audit::Report compare_window(const AuditWindow& window, const AuditLog& log, GroupBy by, uint32_t& skipped) {
  audit::Comparison comparison(by == GroupBy::process ? "pid" : "cgroup");
  const LogReader reader(log, by);
  uint64_t start_ns = UINT64_MAX, end_ns = 0;
  for (const auto& interval : window.intervals) {
    if (!interval || !logged(*interval, log)) {
      comparison.skip();
      skipped++;
      continue;
    }
    if (!covered(*interval, log)) break;
    comparison.add(*interval, sweep_cores(*interval, reader));
    for (const audit::OnlineCore& core : interval->cores) {
      start_ns = std::min(start_ns, core.start_ns);
      end_ns = std::max(end_ns, core.end_ns);
    }
  }
  return comparison.report(end_ns ? reader.facts(start_ns, end_ns) : audit::LogFacts{});
}

}  // namespace smtscope
