// SPDX-License-Identifier: Apache-2.0
#include "commands/live_loop.h"

#include <fmt/format.h>

#include <algorithm>

#include "commands/stop.h"
#include "kernel/clock.h"
#include "model/units.h"

namespace smtscope {
namespace {

constexpr uint64_t kTidyEveryNs = 10 * kSecondNs;
constexpr uint64_t kLeastForgetIdleNs = 60 * kSecondNs;

Result<> wait_until(Session& session, uint64_t deadline_ns) {
  while (!stop_requested() && monotonic_ns() < deadline_ns) {
    sleep_until(std::min(deadline_ns, monotonic_ns() + kSecondNs));
    if (monotonic_ns() >= deadline_ns) break;
    if (auto r = session.tick(); !r) return r;
  }
  return {};
}

Result<> take_frame(Frames& frames, const LiveSteps& steps, bool last, uint64_t elapsed_ns) {
  auto frame = frames.sample();
  if (!frame) return Failure(frame.error());
  frame->last = last;
  return steps.take(*frame, elapsed_ns);
}

}  // namespace

Result<LivePlan> live_plan(const std::string& interval, const std::string& duration, LivePlan plan) {
  if (!interval.empty()) {
    const auto parsed = parse_duration(interval);
    if (!parsed) return Failure(Error(parsed.error()).within("--interval"));
    if (*parsed < std::chrono::milliseconds(10))
      return fail(ErrorKind::usage, "--interval is below 10ms", "100ms and more are useful");
    plan.interval_ns = static_cast<uint64_t>(parsed->count());
  }
  if (!duration.empty()) {
    const auto parsed = parse_duration(duration);
    if (!parsed) return Failure(Error(parsed.error()).within("--duration"));
    plan.total_ns = static_cast<uint64_t>(parsed->count());
  }
  return plan;
}

void say_others(unsigned others) {
  if (others > 0) fmt::print(stderr, "{}\n", kOthersMeasure);
}

Result<> run_live(Session& session, Frames& frames, const LivePlan& plan, const LiveSteps& steps) {
  if (auto r = take_frame(frames, steps, false, 0); !r) return r;
  const uint64_t begun = monotonic_ns();
  const uint64_t end = plan.total_ns ? begun + *plan.total_ns : UINT64_MAX;
  uint64_t next = begun, tidy_ns = begun + kTidyEveryNs;
  for (bool last = false; !last;) {
    while (next <= monotonic_ns()) next += plan.interval_ns;
    if (auto r = wait_until(session, std::min(next, end)); !r) return r;
    last = steps.full() || stop_requested() || monotonic_ns() >= end;
    if (auto r = take_frame(frames, steps, last, monotonic_ns() - begun); !r) return r;
    const uint64_t now = monotonic_ns();
    if (now < tidy_ns) continue;
    frames.tidy(std::max(kLeastForgetIdleNs, 2 * plan.interval_ns));
    tidy_ns = now + kTidyEveryNs;
  }
  return {};
}

}  // namespace smtscope
