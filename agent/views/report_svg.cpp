// SPDX-License-Identifier: Apache-2.0
#include "views/report_svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "views/report_words.h"
#include "views/text_format.h"

namespace smtscope::report {
namespace {

constexpr std::array<double, 21> kSteps = {0.5, 1,   2,    5,    10,   15,    20,    30,     60,     120,    300,
                                           600, 900, 1800, 3600, 7200, 10800, 21600, 43'200, 86'400, 172'800};
constexpr double kLabelWidth = 110;  // of a time with its date, and some room

struct Layer {
  std::string_view css;
  double (*part)(const StateSeconds&);
};

// From the bottom, each with all below it; painted from the last to the first.
const std::array<Layer, 4> kLayers = {
    Layer{"all", [](const StateSeconds& s) { return s.all_busy.value_or(0); }},
    Layer{"part", [](const StateSeconds& s) { return s.partial.value_or(0); }},
    Layer{"one", [](const StateSeconds& s) { return s.single; }},
    Layer{"unk", [](const StateSeconds& s) { return s.unknown; }},
};

}  // namespace

std::string escaped(std::string_view raw) {
  std::string out;
  for (const char c : text::clean(raw)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string number(double value) {
  std::string out = fmt::format("{:.1f}", value);
  if (out.ends_with(".0")) out.resize(out.size() - 2);
  return out == "-0" ? "0" : out;
}

double TimeScale::x(double seconds) const {
  return kLeft + (view_.seconds > 0 ? seconds / view_.seconds : 0) * (kRight - kLeft);
}

std::string TimeScale::axis(double y) const {
  const double most = std::floor((kRight - kLeft) / kLabelWidth);
  double step = kSteps.back();
  for (size_t i = kSteps.size(); i-- > 0 && view_.seconds / kSteps[i] <= most;) step = kSteps[i];
  while (view_.seconds / step > most) step *= 2;
  step = std::max(step, 1.0);
  // Labels at round times of day.
  const double zero = static_cast<double>(view_.start_unix_ms) / 1000 + view_.source.utc_offset_seconds;
  std::string out = fmt::format("<path class=\"axis\" d=\"M{} {}H{}\"/>", number(kLeft), number(y), number(kRight));
  double edge = 0;
  for (double at = std::ceil(zero / step) * step - zero; at <= view_.seconds; at += step) {
    const std::string label = clock(view_, at + 1e-3);
    const double half = static_cast<double>(label.size()) * 3.6, center = x(at);
    out += fmt::format("<path class=\"axis\" d=\"M{} {}v4\"/>", number(center), number(y));
    if (center - half < edge || center + half > kWidth) continue;
    edge = center + half + 8;
    out +=
        fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>", number(center), number(y + 17), label);
  }
  return out;
}

std::string TimeScale::borders(double top, double bottom) const {
  std::string out;
  for (size_t i = 1; i < view_.phases.size(); i++)
    out += fmt::format("<path class=\"border\" d=\"M{} {}V{}\"/>", number(x(view_.phases[i].start)), number(top),
                       number(bottom));
  return out;
}

std::string stacked_areas(const ReportView& view, size_t row, double top, double height) {
  const TimeScale scale(view);
  const double base = top + height;
  std::string out;
  const auto states = [&](const ReportWindow& w) -> const StateSeconds& {
    return row == kNodeRow ? w.node : w.rows[row];
  };
  for (size_t layer = kLayers.size(); layer-- > 0;) {
    std::string path;
    std::string at = number(base);  // where the pen is, as it was written
    bool any = false;
    double end = 0, pen = 0;
    for (const ReportWindow& window : view.windows) {
      const StateSeconds& s = states(window);
      const double all = total(s);
      double sum = 0;
      for (size_t below = 0; below <= layer; below++) sum += kLayers[below].part(s);
      if (kLayers[layer].part(s) > 0) any = true;
      const std::string y = number(base - (all > 0 ? sum / all : 0) * height);
      if (path.empty() || window.after_gap) {
        if (!path.empty()) path += fmt::format("H{:.0f}V{}", scale.x(end), number(base));
        path += fmt::format("M{:.0f} {}", scale.x(window.start), number(base));
        at = number(base);
        pen = window.start;
      }
      if (y != at) {
        if (window.start > pen) path += fmt::format("H{:.0f}", scale.x(window.start));
        path += "V" + y;
        at = y;
        pen = window.start;
      }
      end = window.end;
    }
    if (any)
      out +=
          fmt::format("<path class=\"{}\" d=\"{}H{:.0f}V{}Z\"/>", kLayers[layer].css, path, scale.x(end), number(base));
  }
  return out;
}

std::string states_text(const StateSeconds& s, const Topology& topology) {
  const double all = total(s);
  if (!(all > 0)) return "nothing measured";
  const bool smt = topology.threads_per_core() > 1;
  std::string out;
  const auto put = [&](std::string_view what, double part) {
    if (part / all >= 0.0005) out += fmt::format("{}{} {}", out.empty() ? "" : ", ", what, text::percent(part / all));
  };
  put("idle", s.idle);
  put(smt ? "one sibling busy" : "busy", s.single);
  put("several busy", s.partial.value_or(0));
  put(fmt::format("{} busy", all_siblings(topology)), s.all_busy.value_or(0));
  put("unknown", s.unknown);
  return out;
}

std::string state_bar_svg(const StateSeconds& seconds, const std::string& label) {
  const double all = total(seconds), width = 400;
  std::string out = fmt::format(
      "<svg class=\"bar\" viewBox=\"0 0 400 10\" preserveAspectRatio=\"none\" role=\"img\" "
      "aria-label=\"{0}\"><title>{0}</title>"
      "<rect class=\"idle\" width=\"400\" height=\"10\"/>",
      escaped(label));
  double x = 0;
  for (const Layer& layer : kLayers) {
    const double w = all > 0 ? layer.part(seconds) / all * width : 0;
    if (w > 0)
      out += fmt::format("<rect class=\"{}\" x=\"{}\" width=\"{}\" height=\"10\"/>", layer.css, number(x), number(w));
    x += w;
  }
  return out + "</svg>";
}

}  // namespace smtscope::report
