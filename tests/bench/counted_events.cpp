// SPDX-License-Identifier: Apache-2.0
#include "counted_events.h"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace smtscope::bench {
namespace {

Fd open_event(uint32_t type, uint64_t config, unsigned cpu) {
  perf_event_attr attr{};
  attr.size = sizeof(attr);
  attr.type = type;
  attr.config = config;
  return Fd(static_cast<int>(syscall(SYS_perf_event_open, &attr, -1, static_cast<int>(cpu), -1, PERF_FLAG_FD_CLOEXEC)));
}

}  // namespace

bool hardware_counts() { return bool{open_event(PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS, 0)}; }

std::vector<Fd> count_on(SwitchProbe& probe, const std::vector<unsigned>& cpus, uint32_t events) {
  constexpr uint64_t kHardware[] = {PERF_COUNT_HW_INSTRUCTIONS, PERF_COUNT_HW_CPU_CYCLES, PERF_COUNT_HW_REF_CPU_CYCLES,
                                    PERF_COUNT_HW_BRANCH_INSTRUCTIONS};
  const bool hardware = hardware_counts();
  std::vector<Fd> all;
  for (const unsigned cpu : cpus) {
    for (uint32_t event = 0; event < events; event++) {
      Fd fd = hardware ? open_event(PERF_TYPE_HARDWARE, kHardware[event], cpu) : Fd();
      // AMD has no reference cycles in the core's PMU.
      if (hardware && !fd) fd = open_event(PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_MISSES, cpu);
      if (!hardware) fd = open_event(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK, cpu);
      if (!fd || !probe.set_counter_fd(event, cpu, fd.get())) return {};
      all.push_back(std::move(fd));
    }
  }
  return all;
}

}  // namespace smtscope::bench
