// SPDX-License-Identifier: Apache-2.0
// What `doctor` says of the numa signal.
#pragma once

#include "views/doctor_view.h"

namespace smtscope {

struct Machine;

// Which of its sources this machine has.
[[nodiscard]] Check check_numa(const Machine& machine);

// What it would load, attach and read; nothing with one node.
void plan_numa(const Machine& machine, PlanView& plan);

}  // namespace smtscope
