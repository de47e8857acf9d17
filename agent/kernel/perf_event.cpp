// SPDX-License-Identifier: Apache-2.0
#include "kernel/perf_event.h"

#include <fmt/format.h>
#include <linux/perf_event.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "kernel/privileges.h"

namespace smtscope {
namespace {

constexpr unsigned kCapSysAdmin = 21;
constexpr unsigned kCapPerfmon = 38;
// perf_event_paranoid of Debian's kernels: nothing at all without CAP_SYS_ADMIN, and CAP_PERFMON is not enough.
constexpr int64_t kDebianParanoid = 3;

std::string where(PerfTarget target) {
  if (target.pid >= 0) return target.cpu < 0 ? "of a thread" : fmt::format("of a thread on CPU {}", target.cpu);
  return fmt::format("on CPU {}", target.cpu);
}

std::optional<std::string> find_cpu_pmu(const std::string& sys_root) {
  std::error_code error;
  std::optional<std::string> found;
  for (std::filesystem::directory_iterator at(sys_root + "/bus/event_source/devices", error), end; !error && at != end;
       at.increment(error)) {
    const std::string name = at->path().filename().string();
    const bool core = name == "cpu" || name.starts_with("cpu_") || name.starts_with("armv") ||
                      name.starts_with("apple_") || name.starts_with("arm_");
    // An uncore PMU has a cpumask, that of a core does not.
    if (core && !std::filesystem::exists(at->path() / "cpumask", error) && (!found || name < *found)) found = name;
  }
  return found;
}

Error not_permitted(const std::string& what, int sys_errno, PerfTarget target, const PerfRules& rules) {
  Error error{ErrorKind::permission, sys_errno, what, {}};
  const int64_t needed = target.pid >= 0 ? 2 : 0;
  const int64_t level = rules.paranoid.value_or(needed);
  const bool capable = rules.admin || rules.perfmon;
  if (capable && rules.own_user_namespace) {
    error.what += "capabilities of a user namespace do not count for the PMU";
    error.mend = "run outside of the user namespace (a privileged container of the host's user namespace)";
  } else if (rules.filtered && (sys_errno == EPERM || capable)) {
    error.what += "a seccomp filter is in force and perf_event_open is refused";
    error.mend = "allow perf_event_open in the seccomp profile of the container, and give CAP_PERFMON";
  } else if (!rules.admin && level >= kDebianParanoid) {
    error.what += fmt::format("perf_event_paranoid is {}, which leaves nothing to those without CAP_SYS_ADMIN", level);
    error.mend = "give CAP_SYS_ADMIN, or set kernel.perf_event_paranoid to 2 and give CAP_PERFMON";
  } else if (capable) {
    error.what += "refused in spite of CAP_PERFMON or CAP_SYS_ADMIN (a security module, or kernel lockdown)";
    error.mend = "see the audit log of the security module, and /sys/kernel/security/lockdown";
  } else {
    error.what += rules.paranoid ? fmt::format("perf_event_paranoid is {}, and this needs {} or less", level, needed)
                                 : std::string("not permitted");
    error.mend =
        fmt::format("give CAP_PERFMON (CAP_SYS_ADMIN before 5.8), or set kernel.perf_event_paranoid to {}", needed);
  }
  return error;
}

Error not_there(const std::string& what, const CounterEvent& event, const PerfRules& rules) {
  Error error{ErrorKind::unsupported, ENOENT, what, {}};
  if (!rules.cpu_pmu && event.pmu_type != PERF_TYPE_SOFTWARE) {
    error.what += "this machine shows no PMU of its CPUs";
    error.mend = "a virtual machine needs a virtual PMU from its host; bare metal and larger instances have one";
  } else {
    error.what +=
        fmt::format("the PMU does not offer this event (type {}, config {:#x})", event.pmu_type, event.config);
  }
  return error;
}

}  // namespace

PerfRules read_perf_rules(const std::string& proc_root, const std::string& sys_root) {
  PerfRules rules;
  rules.paranoid = read_sysctl(proc_root, "kernel/perf_event_paranoid");
  if (const auto privileges = read_privileges(proc_root)) {
    rules.perfmon = privileges->has(kCapPerfmon);
    rules.admin = privileges->has(kCapSysAdmin);
    rules.filtered = privileges->filtered.value_or(false);
    rules.own_user_namespace = privileges->own_user_namespace.value_or(false);
  }
  rules.cpu_pmu = find_cpu_pmu(sys_root);
  return rules;
}

Result<Fd> open_perf_event(const CounterEvent& event, PerfTarget target, PerfMode mode, int leader,
                           const PerfRules& rules) {
  perf_event_attr attr{};
  attr.size = sizeof(attr);
  attr.type = event.pmu_type;
  attr.config = event.config;
  attr.config1 = event.config1;
  attr.config2 = event.config2;
  attr.read_format =
      PERF_FORMAT_GROUP | PERF_FORMAT_ID | PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
  attr.disabled = leader < 0;
  attr.pinned = leader < 0 && mode.pinned;  // members follow their leader
  attr.exclude_user = !mode.user;
  attr.exclude_kernel = !mode.kernel;
  attr.exclude_hv = !mode.kernel;
  attr.exclude_guest = !mode.guests;
  const auto open = [&] {
    return static_cast<int>(syscall(SYS_perf_event_open, &attr, target.pid, target.cpu, leader, PERF_FLAG_FD_CLOEXEC));
  };
  int fd = open();
  const int error = errno;
  // PMUs outside of the core cannot tell whom they count for, and refuse to leave anybody out.
  if (fd < 0 && error == EINVAL && attr.exclude_guest) {
    attr.exclude_guest = 0;
    fd = open();
  }
  if (fd < 0) return Failure(perf_open_error(error, event, target, leader < 0 ? 0 : 1, rules));
  return Fd(fd);
}

Error perf_open_error(int sys_errno, const CounterEvent& event, PerfTarget target, size_t before,
                      const PerfRules& rules) {
  const std::string what = fmt::format("cannot count {} {}: ", event.name, where(target));
  const auto error = [&](ErrorKind kind, const std::string& why, std::string mend = {}) {
    return Error{kind, sys_errno, what + why, std::move(mend)};
  };
  switch (sys_errno) {
    case EPERM:
    case EACCES: return not_permitted(what, sys_errno, target, rules);
    case ENOSYS:
      if (rules.filtered)
        return error(ErrorKind::permission, "a seccomp filter hides perf_event_open",
                     "allow perf_event_open in the seccomp profile of the container");
      return error(ErrorKind::unsupported, "the kernel has no perf_event_open",
                   "use a kernel with CONFIG_PERF_EVENTS=y");
    case ENOENT: return not_there(what, event, rules);
    case EINVAL:
      if (before)
        return error(ErrorKind::unsupported, "it does not fit into its group, or may not be a member of it",
                     "count fewer events at a time");
      return error(ErrorKind::unsupported, fmt::format("the PMU refuses type {}, config {:#x}, config1 {:#x}",
                                                       event.pmu_type, event.config, event.config1));
    case ENODEV: return error(ErrorKind::unsupported, "the CPU is offline, or the PMU is gone");
    case EMFILE:
    case ENFILE:
      return error(
          ErrorKind::resource, "no descriptor is left",
          sys_errno == EMFILE ? "raise RLIMIT_NOFILE (LimitNOFILE= of the service)" : "raise /proc/sys/fs/file-max");
    case EBUSY:
      return error(ErrorKind::resource, "somebody has the PMU for himself (an exclusive event)",
                   "end other profilers; `perf` and virtual machines with a PMU of their own are such");
    case ENOSPC: return error(ErrorKind::resource, "no breakpoint or hardware slot is left");
    case ENOMEM: return error(ErrorKind::resource, "no memory is left for it");
    case EOPNOTSUPP:
      return error(ErrorKind::unsupported, "the PMU cannot do this (a feature of the hardware is missing)");
    case ESRCH: return error(ErrorKind::no_input, "the thread is gone");
    default: return error(ErrorKind::io, std::generic_category().message(sys_errno));
  }
}

Reason perf_reason(const Error& error) {
  if (error.sys_errno == ENODEV) return Reason::changed;
  switch (error.kind) {
    case ErrorKind::permission: return Reason::permission;
    case ErrorKind::unsupported: return Reason::unsupported;
    default: return Reason::not_counted;
  }
}

Result<> raise_descriptor_limit(size_t more) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit)) return {};  // cannot fail with these arguments
  std::error_code ignored;
  size_t open = 0;
  for (std::filesystem::directory_iterator at("/proc/self/fd", ignored), end; !ignored && at != end;
       at.increment(ignored))
    open++;
  constexpr size_t kSpare = 64;  // for all else that a process opens meanwhile
  const rlim_t needed = open + more + kSpare;
  if (limit.rlim_cur >= needed) return {};
  const rlim_t hard = limit.rlim_max;
  limit.rlim_cur = std::min(needed, hard);
  if (setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur == needed) return {};
  return fail(ErrorKind::resource,
              fmt::format("{} descriptors are needed, and the limit of this process is {}", needed, hard),
              fmt::format("raise RLIMIT_NOFILE to {} (LimitNOFILE= of the service)", needed), EMFILE);
}

}  // namespace smtscope
