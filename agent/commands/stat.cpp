// SPDX-License-Identifier: Apache-2.0
// smtscope stat: measure for a while, or interval by interval, and print.
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>

#include "commands/child.h"
#include "commands/measure.h"
#include "commands/metrics_file.h"
#include "commands/options.h"
#include "commands/print.h"
#include "commands/stat_result.h"
#include "commands/stop.h"
#include "derive/steal.h"
#include "kernel/clock.h"
#include "kernel/program_stats.h"
#include "model/units.h"
#include "pipeline/session.h"
#include "views/stat_view.h"

namespace smtscope {
namespace {

struct Schedule {
  uint64_t interval_ns = 0;          // 0: one result at the end
  std::optional<uint64_t> total_ns;  // none: until Ctrl-C or the command's end
};

Result<Schedule> schedule_of(const StatOptions& options) {
  Schedule schedule;
  if (!options.interval.empty()) {
    const auto interval = parse_duration(options.interval);
    if (!interval) return Failure(Error(interval.error()).within("--interval"));
    schedule.interval_ns = static_cast<uint64_t>(interval->count());
  }
  if (!options.duration.empty()) {
    const auto duration = parse_duration(options.duration);
    if (!duration) return Failure(Error(duration.error()).within("--duration"));
    schedule.total_ns = static_cast<uint64_t>(duration->count());
  } else if (options.interval.empty() && options.command.empty()) {
    schedule.total_ns = 5 * kSecondNs;
  }
  return schedule;
}

unsigned terminal_columns() {
  winsize size{};
  if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 60)
    return std::min<unsigned>(size.ws_col, 160);
  return 80;
}

Result<> print(const StatOptions& options, const StatView& view) {
  return print_result(options.measure.format == "json" ? stat_json(view) + "\n"
                                                       : stat_text(view, {options.all, terminal_columns()}));
}

// Until the deadline, ticking once a second; true if the run is over (Ctrl-C, or the command ended).
Result<bool> measure_until(Session& session, uint64_t deadline_ns, Child* child, std::optional<int>& status) {
  uint64_t tick_ns = monotonic_ns() + kSecondNs;
  for (;;) {
    if (child && !status) status = child->ended();
    if (stop_requested() || (child && status)) return true;
    const uint64_t now = monotonic_ns();
    if (now >= deadline_ns) return false;
    if (now >= tick_ns) {
      if (auto r = session.tick(); !r) return Failure(r.error());
      tick_ns = now + kSecondNs;
    }
    // A child's end may fall between the look and the sleep: look again soon.
    const uint64_t most = child ? now + kSecondNs / 20 : tick_ns;
    sleep_until(std::min({deadline_ns, tick_ns, most}));
  }
}

void say_progress(const StatOptions& options, const Schedule& schedule) {
  if (!isatty(STDERR_FILENO) || !options.command.empty()) return;
  if (!schedule.total_ns) fmt::print(stderr, "measuring every {}; Ctrl-C ends\n", options.interval);
  else if (*schedule.total_ns > 2 * kSecondNs)
    fmt::print(stderr, "measuring for {:.0f} s; Ctrl-C prints what there is\n",
               static_cast<double>(*schedule.total_ns) * 1e-9);
}

void say_who_else_measures() {
  if (const unsigned others = other_switch_programs(); others > 0)
    fmt::print(stderr, "another smtscope measures on this node: until this ends, each context switch is paid {}\n",
               others == 1 ? "twice" : "several times");
}

// Null without --metrics.
Result<std::unique_ptr<MetricsFile>> open_metrics(const StatOptions& options) {
  if (!options.metrics_file) return nullptr;
  if (*options.metrics_file == "-")
    return fail(ErrorKind::usage, "--metrics cannot go to stdout, where the result goes", "name a file");
  auto file = MetricsFile::open(*options.metrics_file);
  if (!file) return Failure(file.error());
  return std::make_unique<MetricsFile>(std::move(*file));
}

}  // namespace

Result<int> run_stat(const StatOptions& options) {
  const auto schedule = schedule_of(options);
  if (!schedule) return Failure(schedule.error());
  const auto metrics = open_metrics(options);
  if (!metrics) return Failure(metrics.error());
  std::optional<Child> child;
  if (!options.command.empty()) {
    auto made = Child::make(options.command);
    if (!made) return Failure(made.error());
    child.emplace(std::move(*made));
  }
  catch_stop_signals();
  say_who_else_measures();
  auto session = Session::open(session_options(options.measure, options.of));
  if (!session) return Failure(session.error());
  say_progress(options, *schedule);
  auto previous = session->sample();
  if (!previous) return Failure(previous.error());
  if (child)
    if (auto r = child->go(); !r) return Failure(r.error());
  const uint64_t start_ns = previous->end_ns;
  const uint64_t end_ns = schedule->total_ns ? start_ns + *schedule->total_ns : UINT64_MAX;
  std::optional<int> status;
  for (uint64_t n = 1;; n++) {
    const uint64_t next = schedule->interval_ns ? start_ns + n * schedule->interval_ns : UINT64_MAX;
    auto over = measure_until(*session, std::min(next, end_ns), child ? &*child : nullptr, status);
    if (!over) return Failure(over.error());
    auto current = session->sample();
    if (!current) return Failure(current.error());
    Interval interval = make_interval(*previous, *current);
    judge_steal(interval);
    if (auto r = print(options, stat_result(*session, interval)); !r) return Failure(r.error());
    if (*metrics)
      if (auto r = (*metrics)->write(interval); !r) return Failure(r.error());
    if (*over || current->end_ns >= end_ns) break;
    previous = std::move(current);
  }
  if (status && *status != 0) {
    fmt::print(stderr, "smtscope: {} exited with status {}\n", options.command.front(), *status);
    return 1;
  }
  return 0;
}

}  // namespace smtscope
