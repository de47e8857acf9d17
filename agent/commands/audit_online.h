// SPDX-License-Identifier: Apache-2.0
// An interval of a session as what an audit compares: copied, nothing computed anew.
#pragma once

#include <optional>

#include "audit/online.h"
#include "identity/registry.h"
#include "model/snapshot.h"

namespace smtscope {

// None where CPUs came or went: such an interval has no states to compare.
[[nodiscard]] std::optional<audit::OnlineInterval> online_interval(const Interval& interval, GroupBy by);

}  // namespace smtscope
