// SPDX-License-Identifier: Apache-2.0
// The sections that speak: verdict, phases, and the figures over time.
#include <fmt/format.h>

#include "views/report_html_parts.h"
#include "views/report_svg.h"
#include "views/report_words.h"
#include "views/text_format.h"

namespace smtscope::report {
namespace {

std::string legend(const ReportView& view) {
  const bool smt = view.topology->threads_per_core() > 1;
  std::string out = "<ul class=\"legend\">";
  const auto put = [&](std::string_view css, std::string_view word) {
    out += fmt::format(
        "<li><svg viewBox=\"0 0 18 12\" aria-hidden=\"true\"><rect class=\"{}\" width=\"18\" "
        "height=\"12\"/></svg>{}</li>",
        css, word);
  };
  put("idle", "idle");
  put("one", smt ? "one sibling busy" : "busy");
  if (view.topology->threads_per_core() > 2) put("part", "several siblings busy");
  if (smt) put("all", fmt::format("{} busy", all_siblings(*view.topology)));
  if (view.whole.node.unknown > 0) put("unk", "unknown");
  if (view.gaps > 0) out += "<li>blank: nothing was measured</li>";
  return out + "</ul>";
}

std::string share(double part, double whole) { return whole > 0 ? text::percent(part / whole) : "-"; }

// The map's numbers, for those who cannot see it or want to copy them.
std::string core_table(const ReportView& view) {
  const size_t siblings = view.topology->threads_per_core();
  std::string head = "<th class=\"name\">Core</th><th class=\"name\">CPUs</th>";
  if (view.topology->packages() > 1) head += "<th>Socket</th>";
  head += fmt::format("<th>idle</th><th>{}</th>", siblings > 1 ? "one busy" : "busy");
  if (siblings > 2) head += "<th>several</th>";
  if (siblings > 1) head += fmt::format("<th>{}</th>", siblings == 2 ? "both busy" : "all busy");
  std::string rows;
  for (const ReportRow& row : view.rows) {
    const double all = total(row.seconds);
    rows += fmt::format("<tr><td class=\"name\">{}</td><td class=\"name\">{}</td>", number_list(row.cores),
                        number_list(row.cpus));
    if (view.topology->packages() > 1)
      rows += fmt::format("<td>{}</td>", row.package ? fmt::format("{}", *row.package) : "-");
    rows += fmt::format("<td>{}</td><td>{}</td>", share(row.seconds.idle, all), share(row.seconds.single, all));
    if (siblings > 2) rows += fmt::format("<td>{}</td>", row.seconds.partial ? share(*row.seconds.partial, all) : "-");
    if (siblings > 1)
      rows += fmt::format("<td>{}</td>", row.seconds.all_busy ? share(*row.seconds.all_busy, all) : "-");
    rows += fmt::format("<td>{}</td></tr>", share(row.seconds.unknown, all));
  }
  return fmt::format(
      "<details id=\"cores\"><summary>Every core as a table</summary>{}</details>",
      wide_box("cores",
               fmt::format("<table><thead><tr>{}<th>unknown</th></tr></thead><tbody>{}</tbody></table>", head, rows)));
}

std::string window_words(const ReportView& view) {
  double longest = 0;
  for (const ReportWindow& window : view.windows) longest = std::max(longest, window.end - window.start);
  return fmt::format("{} steps of at most {}", view.windows.size(), span(longest));
}

// The picture scrolls where it is too wide, its words do not.
std::string figure(std::string_view label, const std::string& svg, const std::string& caption) {
  return fmt::format("<figure>{}<figcaption>{}</figcaption></figure>", wide_box(label, svg), escaped(caption));
}

}  // namespace

std::string verdict_section(const ReportView& view) {
  std::string body;
  for (const VerdictLine& line : view.verdict) {
    const std::string_view tone = tone_word(line.tone);
    const std::string_view css = line.tone == Tone::bad ? "bad" : line.tone == Tone::good ? "good" : tone;
    if (body.empty()) {
      body = fmt::format("<p class=\"headline {}\" data-rule=\"{}\"><span class=\"tone\">{}</span> {}</p>", css,
                         line.rule, tone, escaped(line.text));
      if (view.verdict.size() > 1) body += "<ul>";
      continue;
    }
    body += fmt::format("<li class=\"{}\" data-rule=\"{}\"><span class=\"tone\">{}</span> {}</li>", css, line.rule,
                        tone, escaped(line.text));
  }
  if (view.verdict.size() > 1) body += "</ul>";
  return section("verdict", "Verdict", body);
}

std::string story_section(const ReportView& view) {
  std::string body = "<ol class=\"phases\">";
  for (size_t i = 0; i < view.phases.size(); i++) {
    const ReportPhase& phase = view.phases[i];
    const std::string states = states_text(phase.figures.node, *phase.topology);
    std::string lines;
    for (const std::string& line : phase.lines) lines += paragraph(line);
    body += fmt::format(
        "<li><div class=\"when\"><b>Phase {}</b>{} to {}<br>{}</div><div><h3>{}</h3>{}<p class=\"dim\">{} of core "
        "time.</p>{}</div></li>",
        i + 1, clock(view, phase.start), clock(view, phase.end), span(phase.end - phase.start), escaped(phase.title),
        state_bar_svg(phase.figures.node, fmt::format("phase {}: {}", i + 1, states)), escaped(states), lines);
  }
  body += "</ol>";
  if (view.phases_left_out > 0)
    body += paragraph(fmt::format("{} shorter phases are not told.", view.phases_left_out), "dim");
  return section("story", view.phases.size() > 1 ? "What happened, in phases" : "What happened", body);
}

std::string map_section(const ReportView& view) {
  const std::string caption = fmt::format(
      "Each row is {}, {}. The height of a colour is the share of that time; a full row is all of it.",
      view.rows.size() < view.topology->cores.size() ? "some neighbouring cores" : "a core", window_words(view));
  return section("map", "Cores over time",
                 legend(view) + figure("map of cores over time", core_map_svg(view), caption) + core_table(view));
}

std::string states_section(const ReportView& view) {
  const std::string caption =
      fmt::format("Share of all core time. In all: {}.", states_text(view.whole.node, *view.topology));
  return section("states", "The node over time",
                 legend(view) + figure("states of all cores over time", states_svg(view), caption));
}

}  // namespace smtscope::report
