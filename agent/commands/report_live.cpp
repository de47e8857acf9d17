// SPDX-License-Identifier: Apache-2.0
#include "commands/report_live.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "commands/live_loop.h"
#include "commands/measure.h"
#include "commands/stop.h"
#include "commands/time_range.h"
#include "kernel/clock.h"
#include "kernel/program_stats.h"
#include "recording/recording.h"

namespace smtscope {
namespace {

void say(const std::string& line) {
  fmt::print(stderr, "\r{}", line);
  std::fflush(stderr);
}

}  // namespace

Result<> measure_report(const ReportOptions& options, Knots& knots) {
  LivePlan usual;
  usual.total_ns = 60 * kSecondNs;
  const auto plan = live_plan(options.interval, options.duration, usual);
  if (!plan) return Failure(plan.error());
  say_others(other_switch_programs());
  auto session = Session::open(session_options(options.measure, options.of));
  if (!session) return Failure(session.error());
  RunFacts facts;
  facts.started_unix_ns = clock_ns(CLOCK_REALTIME);
  facts.interval_ns = plan->interval_ns;
  Frames frames(*session, std::move(facts));
  const bool terminal = isatty(STDERR_FILENO);
  LiveSteps steps;
  steps.take = [&](Frame& frame, uint64_t elapsed_ns) -> Result<> {
    knots.add(frame);
    if (terminal)
      say(fmt::format("measured {} of {} s{}", elapsed_ns / kSecondNs, *plan->total_ns / kSecondNs,
                      frame.last ? "\n" : "; Ctrl-C writes what there is "));
    return {};
  };
  return run_live(*session, frames, *plan, steps);
}

Result<> read_report(const ReportOptions& options, Knots& knots, ReportSource& source) {
  const auto range = parse_time_range(options.from, options.to);
  if (!range) return Failure(range.error());
  auto reader = RecordingReader::open(options.file, *range);
  if (!reader) return Failure(reader.error());
  const bool terminal = isatty(STDERR_FILENO);
  uint64_t said_ns = monotonic_ns();
  while (!stop_requested()) {
    auto frame = reader->next();
    if (!frame) return Failure(frame.error());
    if (!*frame) break;
    knots.add(**frame);
    if (!terminal || monotonic_ns() - said_ns < kSecondNs / 5) continue;
    said_ns = monotonic_ns();
    say(fmt::format("{:3.0f} % read ", 100 * reader->progress()));
  }
  if (terminal) say("            \r");
  source.file = options.file;
  source.warnings = reader->warnings();
  return {};
}

}  // namespace smtscope
