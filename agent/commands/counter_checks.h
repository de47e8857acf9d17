// SPDX-License-Identifier: Apache-2.0
// What `doctor` says of the counters signal.
#pragma once

#include "model/counter_plan.h"
#include "views/doctor_view.h"

namespace smtscope {

struct Machine;

// Which counters there are and whether this process may have them. Opens one event for a moment.
[[nodiscard]] Check check_counters(const Machine& machine);

// The events that these plans open.
void list_events(const std::vector<CounterPlan>& plans, PlanView& view);

}  // namespace smtscope
