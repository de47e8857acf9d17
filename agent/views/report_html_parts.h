// SPDX-License-Identifier: Apache-2.0
// Sections of the report's page. Each returns whole elements.
#pragma once

#include <string>
#include <string_view>

#include "views/report_view.h"

namespace smtscope::report {

[[nodiscard]] std::string_view style_sheet();

// `body` in a section with a heading.
[[nodiscard]] std::string section(std::string_view id, std::string_view heading, const std::string& body);
// Something wide that scrolls in its own box.
[[nodiscard]] std::string wide_box(std::string_view label, const std::string& body);
[[nodiscard]] std::string paragraph(const std::string& text, std::string_view css = {});  // `text` is escaped here

[[nodiscard]] std::string verdict_section(const ReportView& view);
[[nodiscard]] std::string story_section(const ReportView& view);
[[nodiscard]] std::string map_section(const ReportView& view);
[[nodiscard]] std::string states_section(const ReportView& view);
[[nodiscard]] std::string workloads_section(const ReportView& view);
[[nodiscard]] std::string pairs_section(const ReportView& view);
[[nodiscard]] std::string waits_section(const ReportView& view);
[[nodiscard]] std::string placement_section(const ReportView& view);
[[nodiscard]] std::string quality_section(const ReportView& view);
[[nodiscard]] std::string missing_section(const ReportView& view);

}  // namespace smtscope::report
