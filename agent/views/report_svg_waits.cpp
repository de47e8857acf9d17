// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "model/point.h"
#include "views/report_svg.h"
#include "views/text_format.h"

namespace smtscope::report {
namespace {

constexpr double kWidth = 320, kHeight = 132, kLeft = 8, kRight = 312, kTop = 20, kBase = 108;
constexpr size_t kCells = kLadderBounds + 1;

std::array<uint64_t, kCells> on_ladder(const RunqueueFigures& waits) {
  std::array<uint64_t, kCells> cells{};
  for (const WaitBucket& bucket : waits.buckets)
    cells[ladder_cell(bucket.upper_us ? static_cast<uint64_t>(std::llround(*bucket.upper_us * 1000)) : 0)] +=
        bucket.count;
  return cells;
}

std::string bound(size_t cell) {
  return text::duration_us(static_cast<double>(ladder_upper_ns(static_cast<int>(cell))) / 1000);
}

std::string range(size_t cell) {
  if (cell == 0) return "up to " + bound(0);
  if (cell == kLadderBounds) return "longer than " + bound(cell - 1);
  return bound(cell - 1) + " to " + bound(cell);
}

}  // namespace

std::string waits_svg(const std::string& title, const RunqueueFigures& waits) {
  const auto cells = on_ladder(waits);
  const uint64_t most = *std::max_element(cells.begin(), cells.end());
  const double step = (kRight - kLeft) / static_cast<double>(kCells);
  const double full = std::log10(1 + static_cast<double>(std::max<uint64_t>(most, 9)));
  std::string bars;
  for (size_t i = 0; i < kCells; i++) {
    if (cells[i] == 0) continue;
    const double height = std::max(2.0, (kBase - kTop) * std::log10(1 + static_cast<double>(cells[i])) / full);
    bars += fmt::format(
        "<rect class=\"one\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"><title>{}: {} waits</title></rect>",
        number(kLeft + step * static_cast<double>(i) + 1), number(kBase - height), number(step - 2), number(height),
        range(i), text::count(cells[i]));
  }
  std::string axis =
      fmt::format("<path class=\"axis\" d=\"M{} {}H{}\"/>", number(kLeft), number(kBase), number(kRight));
  for (const size_t i : {size_t{0}, size_t{6}, size_t{10}, size_t{16}}) {  // upper bounds: the right edge of the cell
    const double x = kLeft + step * static_cast<double>(i + 1);
    axis += fmt::format(
        "<path class=\"axis\" d=\"M{0} {1}v4\"/><text x=\"{0}\" y=\"{2}\" text-anchor=\"middle\">{3}</text>", number(x),
        number(kBase), number(kBase + 17), bound(i));
  }
  const std::string label =
      fmt::format("Waits of {}: {} in all, half of them at most {}, 99 of 100 at most {}", title,
                  text::count(waits.count), waits.p50_us ? text::duration_us(*waits.p50_us) : "unknown",
                  waits.p99_us ? text::duration_us(*waits.p99_us) : "unknown");
  return fmt::format(
      "<svg class=\"waits\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\"><title>{}</title>"
      "<text x=\"{}\" y=\"12\">{} waits in the tallest bar</text>{}{}</svg>",
      number(kWidth), number(kHeight), escaped(label), escaped(label), number(kLeft), text::count(most), bars, axis);
}

}  // namespace smtscope::report
