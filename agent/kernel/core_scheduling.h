// SPDX-License-Identifier: Apache-2.0
// Core scheduling: tasks with different cookies never share a core, the kernel forces the sibling idle.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace smtscope {

// Puts the cookie of a thread (0: none) into *cookie; 0 or an errno.
using CookieOf = std::function<int(pid_t thread, uint64_t* cookie)>;

// prctl(PR_SCHED_CORE, PR_SCHED_CORE_GET).
[[nodiscard]] int core_scheduling_cookie(pid_t thread, uint64_t* cookie);

// "unsupported", "not in use", "in use (N processes)" over the threads below proc_root, whose numbers must be those
// of this PID namespace; none if too few could be asked to say "not in use".
[[nodiscard]] std::optional<std::string> core_scheduling_state(const std::string& proc_root,
                                                               const CookieOf& cookie_of = core_scheduling_cookie);

}  // namespace smtscope
