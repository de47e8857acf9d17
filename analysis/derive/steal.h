// SPDX-License-Identifier: Apache-2.0
// What a hypervisor took away, and what it takes away from claims about hardware.
#pragma once

#include "model/snapshot.h"

namespace smtscope {

// Steal above 1 % of the interval's CPU time: the topology is not attested for it. Counted times stay.
void judge_steal(Interval& interval);

}  // namespace smtscope
