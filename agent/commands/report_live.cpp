// SPDX-License-Identifier: Apache-2.0
#include "commands/report_live.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "commands/measure.h"
#include "commands/stop.h"
#include "commands/time_range.h"
#include "kernel/clock.h"
#include "kernel/program_stats.h"
#include "model/units.h"
#include "pipeline/frames.h"
#include "recording/recording.h"

namespace smtscope {
namespace {

constexpr uint64_t kSecondNs = 1'000'000'000;
constexpr uint64_t kTidyEveryNs = 10 * kSecondNs;
constexpr uint64_t kForgetIdleNs = 60 * kSecondNs;
constexpr uint64_t kLeastIntervalNs = 10'000'000;

struct Plan {
  uint64_t interval_ns = kSecondNs;
  uint64_t total_ns = 60 * kSecondNs;
};

Result<Plan> plan_of(const ReportOptions& options) {
  Plan plan;
  if (!options.interval.empty()) {
    const auto interval = parse_duration(options.interval);
    if (!interval) return Failure(Error(interval.error()).within("--interval"));
    plan.interval_ns = static_cast<uint64_t>(interval->count());
    if (plan.interval_ns < kLeastIntervalNs)
      return fail(ErrorKind::usage, "--interval is below 10ms", "100ms and more are useful");
  }
  if (!options.duration.empty()) {
    const auto duration = parse_duration(options.duration);
    if (!duration) return Failure(Error(duration.error()).within("--duration"));
    plan.total_ns = static_cast<uint64_t>(duration->count());
  }
  return plan;
}

// Until the deadline or Ctrl-C; the kernel side is kept short once a second, whatever the interval.
Result<> wait(Session& session, uint64_t deadline_ns) {
  while (!stop_requested() && monotonic_ns() < deadline_ns) {
    sleep_until(std::min(deadline_ns, monotonic_ns() + kSecondNs));
    if (monotonic_ns() >= deadline_ns) break;
    if (auto r = session.tick(); !r) return r;
  }
  return {};
}

void say(const std::string& line) {
  fmt::print(stderr, "\r{}", line);
  std::fflush(stderr);
}

Result<> take(Frames& frames, Knots& knots) {
  auto frame = frames.sample();
  if (!frame) return Failure(frame.error());
  knots.add(*frame);
  return {};
}

}  // namespace

Result<> measure_report(const ReportOptions& options, Knots& knots) {
  const auto plan = plan_of(options);
  if (!plan) return Failure(plan.error());
  if (other_switch_programs() > 0)
    fmt::print(stderr, "another smtscope measures on this node: until this ends, each context switch is paid twice\n");
  auto session = Session::open(session_options(options.measure, options.of));
  if (!session) return Failure(session.error());
  RunFacts facts;
  facts.started_unix_ns = clock_ns(CLOCK_REALTIME);
  facts.interval_ns = plan->interval_ns;
  Frames frames(*session, std::move(facts));
  if (auto r = take(frames, knots); !r) return r;
  const bool terminal = isatty(STDERR_FILENO);
  const uint64_t begun = monotonic_ns(), end = begun + plan->total_ns;
  uint64_t next = begun, tidy_ns = begun + kTidyEveryNs;
  for (bool last = false; !last;) {
    while (next <= monotonic_ns()) next += plan->interval_ns;
    if (auto r = wait(*session, std::min(next, end)); !r) return r;
    last = stop_requested() || monotonic_ns() >= end;
    if (auto r = take(frames, knots); !r) return r;
    const uint64_t now = monotonic_ns();
    if (terminal)
      say(fmt::format("measured {} of {} s{}", (now - begun) / kSecondNs, plan->total_ns / kSecondNs,
                      last ? "\n" : "; Ctrl-C writes what there is "));
    if (now < tidy_ns) continue;
    frames.tidy(std::max(kForgetIdleNs, 2 * plan->interval_ns));
    tidy_ns = now + kTidyEveryNs;
  }
  return {};
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
