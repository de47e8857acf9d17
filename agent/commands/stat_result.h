// SPDX-License-Identifier: Apache-2.0
// From an interval of a session to the `stat` screen: figures, what is missing, what to know about it.
#pragma once

#include "commands/session.h"
#include "views/stat_view.h"

namespace smtscope {

// Takes the attestation back where the hypervisor stole more than 1 % of the interval.
void judge_steal(Interval& interval);

[[nodiscard]] StatView stat_result(const Session& session, const Interval& interval);

}  // namespace smtscope
