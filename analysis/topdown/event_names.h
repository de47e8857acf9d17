// SPDX-License-Identifier: Apache-2.0
// perf and the vendors' tables spell one event in many ways; here it has one name.
#pragma once

#include <string>
#include <string_view>

namespace smtscope::topdown {

struct EventName {
  std::string name;  // canonical: lower case, "x:cmask=6" if only cycles with so many count, else without modifiers
  std::string pmu;   // "cpu_core", "cpu_atom" of hybrid machines; else empty
  std::string privilege;  // "u", "k": what alone was counted; empty: all
};

// "cpu_core/topdown-retiring/u", "CPU_CLK_UNHALTED.THREAD:k", "cpu/event=0x9c,umask=0x1,name=idq/".
[[nodiscard]] EventName event_name(std::string_view spelled);

// Counted by the kernel, not by a PMU.
[[nodiscard]] bool is_software_event(std::string_view name);
// Counts cycles, of whatever clock.
[[nodiscard]] bool is_cycle_event(std::string_view name);
// An event that perf names on every machine.
[[nodiscard]] bool is_generic_event(std::string_view name);

[[nodiscard]] std::string lower_case(std::string_view text);

}  // namespace smtscope::topdown
