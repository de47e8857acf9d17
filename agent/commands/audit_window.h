// SPDX-License-Identifier: Apache-2.0
// Both sides of an audit over one window: the accounting in short intervals, and the log beside it.
#pragma once

#include <optional>
#include <vector>

#include "audit/compare.h"
#include "kernel/audit_log.h"
#include "pipeline/session.h"

namespace smtscope {

struct AuditWindow {
  Interval whole;                                               // from the first reading to the last
  std::vector<std::optional<audit::OnlineInterval>> intervals;  // none: CPUs came or went in it
  bool full = false;                                            // the log ended it
};

// Records and measures for so long, or until the log is full or the user stops it; then the log stands still.
[[nodiscard]] Result<AuditWindow> audit_window(AuditLog& log, Session& session, uint64_t duration_ns);

// Sweeps the log over each interval that it covers completely. `skipped`: intervals that could not be compared.
[[nodiscard]] audit::Report compare_window(const AuditWindow& window, const AuditLog& log, GroupBy by,
                                           uint32_t& skipped);

}  // namespace smtscope
