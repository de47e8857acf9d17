// SPDX-License-Identifier: Apache-2.0
// From an interval of a session to the `stat` screen: figures, what is missing, what to know about it.
#pragma once

#include "pipeline/session.h"
#include "views/stat_view.h"

namespace smtscope {

[[nodiscard]] StatView stat_result(const Session& session, const Interval& interval);

}  // namespace smtscope
