// SPDX-License-Identifier: Apache-2.0
// What the command line said to `report`.
#pragma once

#include <optional>
#include <string>

#include "commands/options.h"

namespace smtscope {

struct ReportOptions {
  MeasureOptions measure;  // live; `format` is html or json
  std::string file;        // a recording or a recorder's folder; empty: measure live
  std::string duration;    // live; empty: 60 s
  std::string interval;    // live; empty: 1 s
  std::string output;      // empty: report.html, or stdout for JSON
  std::optional<std::string> from;
  std::optional<std::string> to;
  std::optional<std::string> of;
};

void add_report_options(CLI::App& app, ReportOptions& options);
[[nodiscard]] Result<int> run_report(const ReportOptions& options);

}  // namespace smtscope
