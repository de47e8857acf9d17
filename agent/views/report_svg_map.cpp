// SPDX-License-Identifier: Apache-2.0
// The two figures over time: every core, and the node.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "views/report_svg.h"
#include "views/report_words.h"
#include "views/text_format.h"

namespace smtscope::report {
namespace {

constexpr double kBand = 22;          // phases above the map
constexpr double kPackageTitle = 27;  // above the cores of one
constexpr double kText = 13;          // between two lines of text
constexpr size_t kMostCellTitles = 2000;

double row_height(size_t rows) {
  if (rows <= 4) return 34;
  if (rows <= 16) return 24;
  if (rows <= 48) return 14;
  if (rows <= 96) return 8;
  return rows <= 160 ? 6 : 4;
}

std::string open(double height, std::string_view id, const std::string& title, const std::string& text) {
  return fmt::format(
      "<svg viewBox=\"0 0 {0} {1}\" role=\"img\" aria-labelledby=\"{2}-t {2}-d\"><title id=\"{2}-t\">{3}</title>"
      "<desc id=\"{2}-d\">{4}</desc>",
      number(TimeScale::kWidth), number(height), id, escaped(title), escaped(text));
}

// Numbered like the story.
std::string phase_band(const ReportView& view) {
  const TimeScale scale(view);
  std::string out;
  for (size_t i = 0; i < view.phases.size(); i++) {
    const ReportPhase& phase = view.phases[i];
    const double from = scale.x(phase.start), width = scale.x(phase.end) - from;
    out += fmt::format(
        "<g class=\"phase\"><title>{}</title><rect x=\"{}\" y=\"1\" width=\"{}\" height=\"16\" rx=\"3\"/>",
        escaped(fmt::format("phase {}: {}", i + 1, phase.title)), number(from + 1), number(std::max(width - 2, 1.0)));
    const std::string label = width >= 70 ? fmt::format("phase {}", i + 1) : fmt::format("{}", i + 1);
    if (width >= 22)
      out += fmt::format("<text x=\"{}\" y=\"13.5\" text-anchor=\"middle\">{}</text>", number(from + width / 2), label);
    out += "</g>";
  }
  return out;
}

std::string row_label(const ReportRow& row) {
  if (row.cores.size() > 1) return fmt::format("{}-{}", row.cores.front(), row.cores.back());
  return fmt::format("core {}", row.cores.front());
}

std::string row_title(const ReportView& view, const ReportRow& row) {
  return fmt::format("{} (CPU {}): {}", row_label(row), number_list(row.cpus),
                     states_text(row.seconds, *view.topology));
}

// What was measured, as the ground of a row; gaps stay open.
std::string ground(const ReportView& view, double top, double height) {
  const TimeScale scale(view);
  std::string out;
  for (size_t i = 0; i < view.windows.size();) {
    size_t end = i + 1;
    while (end < view.windows.size() && !view.windows[end].after_gap) end++;
    const double from = scale.x(view.windows[i].start), to = scale.x(view.windows[end - 1].end);
    out += fmt::format("<rect class=\"idle\" x=\"{:.0f}\" y=\"{}\" width=\"{:.0f}\" height=\"{}\"/>", from, number(top),
                       std::max(to - from, 1.0), number(height));
    i = end;
  }
  return out;
}

std::string cell_titles(const ReportView& view, size_t row, double top, double height) {
  const TimeScale scale(view);
  std::string out;
  for (const ReportWindow& window : view.windows) {
    const double from = scale.x(window.start), to = scale.x(window.end);
    out +=
        fmt::format("<rect class=\"hit\" x=\"{:.0f}\" y=\"{}\" width=\"{:.0f}\" height=\"{}\"><title>{}</title></rect>",
                    from, number(top), std::max(to - from, 1.0), number(height),
                    escaped(fmt::format("{}, {} to {}: {}", row_label(view.rows[row]), clock(view, window.start),
                                        clock(view, window.end), states_text(window.rows[row], *view.topology))));
  }
  return out;
}

std::string map_text(const ReportView& view) {
  return fmt::format("{} cores over {}; of all core time: {}. The table of cores below has the numbers.",
                     view.topology->cores.size(), span(view.seconds), states_text(view.whole.node, *view.topology));
}

}  // namespace

std::string core_map_svg(const ReportView& view) {
  const double height = row_height(view.rows.size());
  const double gap = height >= 14 ? 4 : height >= 8 ? 1 : 0;
  const bool packages = view.topology->packages() > 1;
  const bool titles = view.rows.size() * view.windows.size() <= kMostCellTitles;
  const auto every = static_cast<size_t>(std::ceil(kText / height));
  std::string body = phase_band(view);
  double y = kBand;
  for (size_t r = 0, labelled = 0; r < view.rows.size(); r++) {
    const ReportRow& row = view.rows[r];
    if (packages && (r == 0 || view.rows[r - 1].package != row.package)) {
      body += fmt::format("<text class=\"group\" x=\"0\" y=\"{}\">{}</text>", number(y + 17),
                          row.package ? fmt::format("socket {}", *row.package) : "no socket known");
      y += kPackageTitle;
      labelled = r;
    }
    body += fmt::format("<g><title>{}</title>", escaped(row_title(view, row)));
    body += ground(view, y, height - gap) + stacked_areas(view, r, y, height - gap);
    if (titles) body += cell_titles(view, r, y, height - gap);
    body += "</g>";
    if ((r - labelled) % every == 0)
      body += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>", number(TimeScale::kLeft - 8),
                          number(y + (height - gap) / 2 + 4), row_label(row));
    y += height;
  }
  const TimeScale scale(view);
  body += scale.borders(kBand - 4, y) + scale.axis(y + 2);
  return open(y + 26, "map", "Every core over time", map_text(view)) + body + "</svg>";
}

std::string states_svg(const ReportView& view) {
  constexpr double kTop = 8, kHeight = 130;
  const TimeScale scale(view);
  std::string body = ground(view, kTop, kHeight) + stacked_areas(view, kNodeRow, kTop, kHeight);
  for (const int percent : {0, 50, 100}) {
    const double y = kTop + kHeight * (1 - percent / 100.0);
    body += fmt::format("<path class=\"grid\" d=\"M{} {}H{}\"/><text x=\"{}\" y=\"{}\" text-anchor=\"end\">{} %</text>",
                        number(TimeScale::kLeft), number(y), number(TimeScale::kRight), number(TimeScale::kLeft - 8),
                        number(y + 4), percent);
  }
  body += scale.borders(kTop, kTop + kHeight) + scale.axis(kTop + kHeight + 2);
  return open(kTop + kHeight + 26, "share", "Share of core time in each state", map_text(view)) + body + "</svg>";
}

}  // namespace smtscope::report
