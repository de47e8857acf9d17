// SPDX-License-Identifier: Apache-2.0
// What this machine's CPUs can count, as plans for the counters signal.
#pragma once

#include <string>
#include <vector>

#include "model/counter_plan.h"
#include "model/result.h"

namespace smtscope {

// One plan a kind of CPU that has counters. Error, unsupported: none has, and why; what cannot be counted of a plan is
// in it, with its reason.
[[nodiscard]] Result<std::vector<CounterPlan>> plan_counters(const std::string& sys_root, const std::string& proc_root);

// How many events the scheduler program reads where the running entity changes: instructions, cycles and, where every
// kind of CPU has them, reference cycles; 0 if a kind lacks the first two.
[[nodiscard]] uint32_t counters_at_switch(const std::vector<CounterPlan>& plans);

}  // namespace smtscope
