// SPDX-License-Identifier: Apache-2.0
// What this process may do, and the settings of the kernel that decide about it: facts for people.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "model/result.h"

namespace smtscope {

struct Privileges {
  uint64_t effective = 0;                  // CapEff: bit by capability number
  std::optional<bool> filtered;            // a seccomp filter is in force
  std::optional<bool> own_user_namespace;  // capabilities count in there only

  [[nodiscard]] bool has(unsigned capability) const { return effective >> capability & 1; }
};

// From <proc_root>/self/status and ns.
[[nodiscard]] Result<Privileges> read_privileges(const std::string& proc_root);

// The value of a whole number below <proc_root>/sys, such as "kernel/perf_event_paranoid"; none if it cannot be read.
[[nodiscard]] std::optional<int64_t> read_sysctl(const std::string& proc_root, const std::string& name);

// The mode in brackets of <sys_root>/kernel/security/lockdown, such as "integrity"; none if it cannot be read.
[[nodiscard]] std::optional<std::string> lockdown_mode(const std::string& sys_root);

// True in a namespace ("pid", "cgroup", ..) that the kernel started with; none if that cannot be told.
[[nodiscard]] std::optional<bool> in_first_namespace(const std::string& proc_root, const std::string& kind);

}  // namespace smtscope
