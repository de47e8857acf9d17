// SPDX-License-Identifier: Apache-2.0
#include "kernel/no_counters.h"

#include <fmt/format.h>

#include "kernel/hypervisor.h"
#include "kernel/perf_event.h"
#include "kernel/textfile.h"

namespace smtscope {
namespace {

constexpr size_t kFirstCpusBytes = 64 * 1024;  // the first CPUs say what is asked for

}  // namespace

std::string why_no_counters(const PmuInventory& inventory, const std::string& sys_root, const std::string& proc_root) {
  const std::string sources = sys_root + "/bus/event_source/devices";
  std::string out = inventory.event_sources ? sources + " has no PMU of CPUs (no cpu)"
                                            : "this kernel has no perf events (no " + sources + ")";
  const std::string cpuinfo = read_text_prefix(proc_root + "/cpuinfo", kFirstCpusBytes).value_or("");
  const auto hypervisor = find_hypervisor(sys_root, cpuinfo);
  if (hypervisor && *hypervisor != "none")
    out += fmt::format("; the hypervisor ({}) gives this virtual machine none", *hypervisor);
  CounterEvent instructions;
  instructions.name = "instructions";
  instructions.config = 1;  // PERF_COUNT_HW_INSTRUCTIONS of PERF_TYPE_HARDWARE
  const auto opened =
      open_perf_event(instructions, {.pid = 0, .cpu = -1}, {.kernel = false}, -1, read_perf_rules(proc_root, sys_root));
  return out + (opened ? "; yet it opens instructions" : "; " + opened.error().what);
}

}  // namespace smtscope
