// SPDX-License-Identifier: Apache-2.0
#include "kernel/clock_check.h"

#include <fmt/format.h>

#include <cstdint>
#include <sstream>

#include "kernel/textfile.h"

namespace smtscope {
namespace {

constexpr const char* kLeave = "run smtscope outside that time namespace, for example on the host";

// Lines of timens_offsets: "monotonic  <seconds>  <nanoseconds>"; the seconds may be negative. Both clocks
// matter: start times of processes are in boot time.
Result<> check_offsets(const std::string& text) {
  std::istringstream lines(text);
  std::string line;
  while (std::getline(lines, line)) {
    if (strip(line).empty()) continue;
    std::istringstream words(line);
    std::string clock, rest;
    int64_t seconds = 0, nanoseconds = 0;
    if (!(words >> clock >> seconds >> nanoseconds) || words >> rest)
      return fail(ErrorKind::unsupported, fmt::format("/proc/self/timens_offsets is not understood: {}", shown(line)),
                  kLeave);
    if (seconds != 0 || nanoseconds != 0)
      return fail(ErrorKind::unsupported,
                  fmt::format("this time namespace shifts the {} clock ({} s, {} ns): times of the kernel and of this "
                              "process would not match",
                              shown(clock), seconds, nanoseconds),
                  kLeave);
  }
  return {};
}

}  // namespace

Result<> check_clock(const HostFacts& facts, const std::string& proc_root) {
  const auto offsets = read_text_file(proc_root + "/self/timens_offsets", kMaxSysfsBytes);
  if (offsets) {
    if (auto r = check_offsets(*offsets); !r) return r;
  } else if (offsets.error().kind != ErrorKind::no_input) {  // no such file: a kernel without time namespaces
    return Failure(Error(offsets.error()).within("cannot tell whether this is a shifted time namespace"));
  }
  for (const char* coarse : {"jiffies", "refined-jiffies"})
    if (facts.clocksource == coarse)
      return fail(ErrorKind::unsupported,
                  fmt::format("the clocksource is {}: time moves only with the timer tick", *facts.clocksource),
                  "choose another in /sys/devices/system/clocksource/clocksource0/current_clocksource");
  return {};
}

std::optional<std::string> clock_doubt(const HostFacts& facts, bool x86) {
  if (!facts.clocksource || !x86 || facts.clocksource == "tsc") return std::nullopt;
  for (const char* slow : {"hpet", "acpi_pm"})
    if (facts.clocksource == slow)
      return fmt::format("the clocksource is {}, not tsc: each switch reads it, which takes about a microsecond",
                         *facts.clocksource);
  return fmt::format("the clocksource is {}, not tsc: readings on two CPUs are only as close as it keeps them",
                     shown(*facts.clocksource));
}

}  // namespace smtscope
