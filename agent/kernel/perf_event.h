// SPDX-License-Identifier: Apache-2.0
// One event of perf_event_open(2): what is counted, where, and what a refusal of the kernel means.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "kernel/fd.h"
#include "model/counter_plan.h"
#include "model/metric.h"
#include "model/result.h"

namespace smtscope {

// Whom to count: all that runs on a CPU (pid -1), or one thread (0: the calling one), on any CPU (cpu -1) or there
// only.
struct PerfTarget {
  int32_t pid = -1;
  int32_t cpu = -1;
};

// What of it. Guests of this host are left out: their work is theirs, and newer kernels refuse events that include
// them while a guest has the PMU for itself.
struct PerfMode {
  bool user = true;
  bool kernel = true;
  bool guests = false;
  bool pinned = false;  // on the PMU always or, for want of counters, in an error state until it is opened anew
};

// What this process may do and what is there: decides what a refusal means. Read once.
struct PerfRules {
  std::optional<int64_t> paranoid;     // /proc/sys/kernel/perf_event_paranoid
  bool perfmon = false;                // CAP_PERFMON, effective
  bool admin = false;                  // CAP_SYS_ADMIN
  bool filtered = false;               // a seccomp filter is in force
  bool own_user_namespace = false;     // capabilities count in there only
  std::optional<std::string> cpu_pmu;  // a device of the CPU's own counters below event_source/devices
};
[[nodiscard]] PerfRules read_perf_rules(const std::string& proc_root, const std::string& sys_root);

// Opens one event, with `leader` (-1: none) into its group. A leader counts only when its group is enabled.
[[nodiscard]] Result<Fd> open_perf_event(const CounterEvent& event, PerfTarget target, PerfMode mode, int leader,
                                         const PerfRules& rules);

// The error for a refusal. `before`: members that the group has already.
[[nodiscard]] Error perf_open_error(int sys_errno, const CounterEvent& event, PerfTarget target, size_t before,
                                    const PerfRules& rules);
// Why there is no reading after such an error. `changed`: the CPU is offline.
[[nodiscard]] Reason perf_reason(const Error& error);

// Makes room for so many more descriptors: raises the soft limit. Error: not even the hard limit allows it.
[[nodiscard]] Result<> raise_descriptor_limit(size_t more);

}  // namespace smtscope
