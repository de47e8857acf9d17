// SPDX-License-Identifier: Apache-2.0
// Checks of what an administrator set: capabilities, sysctls, lockdown, limits, what of /proc is seen.
#pragma once

#include <vector>

#include "kernel/privileges.h"
#include "views/doctor_view.h"

namespace smtscope {

struct Machine;

// Whether the capabilities of this process are enough for the scheduler program.
[[nodiscard]] Check check_capabilities(const Result<Privileges>& privileges);

[[nodiscard]] std::vector<Check> check_settings(const Machine& machine);

}  // namespace smtscope
