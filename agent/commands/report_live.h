// SPDX-License-Identifier: Apache-2.0
// The frames of a report: measured now, or from a recording.
#pragma once

#include "commands/report_options.h"
#include "views/report_knots.h"
#include "views/report_view.h"

namespace smtscope {

// Adds every frame; says progress on stderr if that is a terminal. Ctrl-C ends it early.
[[nodiscard]] Result<> measure_report(const ReportOptions& options, Knots& knots);
// The same; fills in file and warnings.
[[nodiscard]] Result<> read_report(const ReportOptions& options, Knots& knots, ReportSource& source);

}  // namespace smtscope
