// SPDX-License-Identifier: Apache-2.0
// A live session tick by tick, until its time is over or Ctrl-C: what `record` and `report` share.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "kernel/clock.h"
#include "model/result.h"
#include "pipeline/frames.h"

namespace smtscope {

struct LivePlan {
  uint64_t interval_ns = kSecondNs;
  std::optional<uint64_t> total_ns;  // none: until Ctrl-C
};

// From --interval and --duration; what is empty leaves the default. Usage errors name the option.
[[nodiscard]] Result<LivePlan> live_plan(const std::string& interval, const std::string& duration, LivePlan plan);

// What somebody should hear who measures beside `others` other programs on the scheduler's hook.
inline constexpr const char* kOthersMeasure =
    "another smtscope measures on this node: until one ends, each context switch is paid twice";
void say_others(unsigned others);

struct LiveSteps {
  // One frame. `elapsed_ns` since the first; `frame.last`: the run ends with it.
  std::function<Result<>(Frame& frame, uint64_t elapsed_ns)> take;
  std::function<bool()> full = [] { return false; };  // nothing more fits: the next frame is the last
};

// The kernel side is kept short once a second, whatever the interval. Ticks that were missed (a stopped machine) are
// left out, not made up for.
[[nodiscard]] Result<> run_live(Session& session, Frames& frames, const LivePlan& plan, const LiveSteps& steps);

}  // namespace smtscope
