// SPDX-License-Identifier: Apache-2.0
// The report's figures, each one SVG element without outside references.
#pragma once

#include <string>
#include <string_view>

#include "views/report_view.h"

namespace smtscope::report {

// Text for HTML and SVG, in elements and in quoted attributes: clean, and every special character escaped.
[[nodiscard]] std::string escaped(std::string_view raw);

// A length in user units, as short as it goes: "12", "12.5".
[[nodiscard]] std::string number(double value);

// Seconds since the report's start -> where that is in a figure over time.
class TimeScale {
 public:
  static constexpr double kWidth = 960, kLeft = 100, kRight = 944;
  explicit TimeScale(const ReportView& view) : view_(view) {}
  [[nodiscard]] double x(double seconds) const;
  // Ticks and times below `y`, about 20 high.
  [[nodiscard]] std::string axis(double y) const;
  // Lines at the borders of phases from `top` to `bottom`.
  [[nodiscard]] std::string borders(double top, double bottom) const;

 private:
  const ReportView& view_;
};

// States of a row of the map, or of the node, stacked: all busy below. `row` is an index or kNodeRow.
inline constexpr size_t kNodeRow = static_cast<size_t>(-1);
[[nodiscard]] std::string stacked_areas(const ReportView& view, size_t row, double top, double height);

[[nodiscard]] std::string core_map_svg(const ReportView& view);
[[nodiscard]] std::string states_svg(const ReportView& view);
// Waits on the ladder of exported histograms.
[[nodiscard]] std::string waits_svg(const std::string& title, const RunqueueFigures& waits);
// The states of some time as one bar.
[[nodiscard]] std::string state_bar_svg(const StateSeconds& seconds, const std::string& label);

// "idle 20 %, one sibling busy 30 %, both siblings busy 50 %": what is not 0.
[[nodiscard]] std::string states_text(const StateSeconds& seconds, const Topology& topology);

}  // namespace smtscope::report
