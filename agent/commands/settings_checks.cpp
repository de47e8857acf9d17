// SPDX-License-Identifier: Apache-2.0
#include "commands/settings_checks.h"

#include <fmt/format.h>
#include <linux/capability.h>
#include <sys/resource.h>

#include <cstdio>

#include "commands/checks.h"
#include "kernel/textfile.h"

namespace smtscope {
namespace {

struct Need {
  const char* name;
  unsigned number;
};
constexpr Need kCapabilities[] = {{"CAP_BPF", CAP_BPF}, {"CAP_PERFMON", CAP_PERFMON}, {"CAP_SYS_ADMIN", CAP_SYS_ADMIN}};

Check setting(const char* name, CheckState state, std::string reason, const char* mend = nullptr) {
  Check check{name, state, std::move(reason), std::nullopt, std::nullopt, false};
  if (mend) check.mend = mend;
  return check;
}

Check check_lockdown(const Machine& m) {
  const auto mode = lockdown_mode(m.roots.sys);
  if (!mode)
    return setting("lockdown", CheckState::unknown, "securityfs does not show it (often: not mounted, not built)");
  if (*mode == "confidentiality")
    return setting("lockdown", CheckState::failed, "confidentiality: no BPF program may read the kernel",
                   "boot with lockdown=integrity or none");
  return setting("lockdown", CheckState::ok, *mode);
}

Check check_jit(const Machine& m) {
  const auto value = read_sysctl(m.roots.proc, "net/core/bpf_jit_enable");
  if (!value)
    return setting("bpf_jit", CheckState::unknown,
                   "net.core.bpf_jit_enable is not shown (in a network namespace it never is)");
  if (*value == 0)
    return setting("bpf_jit", CheckState::degraded,
                   "net.core.bpf_jit_enable = 0: programs are interpreted, a switch costs more",
                   "sysctl net.core.bpf_jit_enable=1");
  return setting("bpf_jit", CheckState::ok, fmt::format("net.core.bpf_jit_enable = {}", *value));
}

// Facts: neither decides for a process with the capabilities.
Check check_sysctl(const Machine& m, const char* name, const char* file, const char* meaning) {
  const auto value = read_sysctl(m.roots.proc, std::string("kernel/") + file);
  if (!value) return setting(name, CheckState::unknown, fmt::format("kernel.{} is not shown", file));
  return setting(name, CheckState::ok, fmt::format("kernel.{} = {}: {}", file, *value, meaning));
}

// Until 5.11 maps count against RLIMIT_MEMLOCK of the user.
std::optional<Check> check_memlock(const Machine& m) {
  unsigned major = 0, minor = 0;
  if (std::sscanf(m.host.kernel.c_str(), "%u.%u", &major, &minor) != 2) return std::nullopt;
  if (major > 5 || (major == 5 && minor >= 11)) return std::nullopt;
  rlimit limit{};
  if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0) return std::nullopt;
  if (limit.rlim_cur == RLIM_INFINITY) return setting("memlock", CheckState::ok, "RLIMIT_MEMLOCK is unlimited");
  if (m.privileges && m.privileges->has(CAP_SYS_RESOURCE))
    return setting("memlock", CheckState::ok, "RLIMIT_MEMLOCK is raised when loading (CAP_SYS_RESOURCE)");
  return setting("memlock", CheckState::degraded,
                 fmt::format("RLIMIT_MEMLOCK is {} bytes, which maps count against before kernel 5.11", limit.rlim_cur),
                 "ulimit -l unlimited, LimitMEMLOCK=infinity in the unit, or CAP_SYS_RESOURCE");
}

Check check_proc(const Machine& m) {
  if (!read_text_file(m.roots.proc + "/1/stat", kMaxSysfsBytes))
    return setting("proc", CheckState::degraded,
                   "processes of other users are hidden in /proc: some names stay numbers",
                   "mount /proc without hidepid, or give CAP_SYS_PTRACE");
  if (in_first_namespace(m.roots.proc, "pid") == false)
    return setting("proc", CheckState::degraded,
                   "in a PID namespace: processes outside are counted, and cannot be named by --by pid",
                   "share the PID namespace of the host (docker --pid=host, hostPID: true)");
  return setting("proc", CheckState::ok, "processes of all users are seen");
}

std::optional<Check> check_cgroup_namespace(const Machine& m) {
  if (in_first_namespace(m.roots.proc, "cgroup") != false) return std::nullopt;
  return setting("cgroup_namespace", CheckState::degraded,
                 "in a cgroup namespace: cgroups outside are counted, and named by number",
                 "share the cgroup namespace of the host (docker --cgroupns=host) and its /sys/fs/cgroup");
}

}  // namespace

Check check_capabilities(const Result<Privileges>& privileges) {
  if (!privileges) return setting("capabilities", CheckState::unknown, privileges.error().what);
  std::string has, lacks;
  for (const Need& need : kCapabilities) {
    std::string& list = privileges->has(need.number) ? has : lacks;
    list += (list.empty() ? "" : ", ") + std::string(need.name);
  }
  std::string reason = fmt::format("has {}; lacks {}", has.empty() ? "none" : has, lacks.empty() ? "none" : lacks);
  if (privileges->filtered == true) reason += "; a seccomp filter is in force";
  if (privileges->own_user_namespace == true)
    return setting("capabilities", CheckState::failed, reason + "; in a user namespace they do not count for BPF",
                   "run smtscope outside the user namespace");
  const bool enough = privileges->has(CAP_SYS_ADMIN) || (privileges->has(CAP_BPF) && privileges->has(CAP_PERFMON));
  if (enough) return setting("capabilities", CheckState::ok, std::move(reason));
  return setting("capabilities", CheckState::failed, std::move(reason),
                 "run as root, or give CAP_BPF and CAP_PERFMON (systemd: AmbientCapabilities=CAP_BPF CAP_PERFMON)");
}

std::vector<Check> check_settings(const Machine& m) {
  std::vector<Check> out = {check_lockdown(m), check_jit(m), check_proc(m)};
  if (auto check = check_cgroup_namespace(m)) out.push_back(std::move(*check));
  if (auto check = check_memlock(m)) out.push_back(std::move(*check));
  out.push_back(
      check_sysctl(m, "unprivileged_bpf", "unprivileged_bpf_disabled", "no matter to a process with CAP_BPF"));
  out.push_back(check_sysctl(m, "perf_events", "perf_event_paranoid", "no matter yet, no perf events are opened"));
  return out;
}

}  // namespace smtscope
