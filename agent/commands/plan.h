// SPDX-License-Identifier: Apache-2.0
// What `stat` would load, attach, read and open here, found out without loading anything.
#pragma once

#include "commands/checks.h"

namespace smtscope {

[[nodiscard]] Result<PlanView> plan_stat(const Machine& machine);

}  // namespace smtscope
