// SPDX-License-Identifier: Apache-2.0
// The sections that count: pairs, workloads, waits, placement, quality, what is missing.
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "views/report_html_parts.h"
#include "views/report_svg.h"
#include "views/report_words.h"
#include "views/stat_of.h"
#include "views/stat_text_parts.h"
#include "views/text_format.h"

namespace smtscope::report {
namespace {

constexpr size_t kPairRows = 15, kWorkloadRows = 20, kTiles = 6;

std::string whole_name(const Entity& who) { return escaped(text::cut(text::clean(who.name), 160)); }

// A column of the workload table. Those of later signals go to the end of the list.
struct Column {
  std::string_view header;
  bool (*exists)(const ReportView&);
  std::string (*cell)(const ReportView&, const EntityFigures&);
};

bool smt(const ReportView& view) { return view.topology->threads_per_core() > 1; }
bool always(const ReportView&) { return true; }

template <ClassColumn column>
std::string class_share(const ReportView&, const EntityFigures& e) {
  const double busy = e.busy_seconds();
  return busy > 0 ? text::short_percent(e.oncpu[column] / busy) : "-";
}

const std::vector<Column> kColumns = {
    {"CPU s", always, [](const ReportView&, const EntityFigures& e) { return text::seconds(e.busy_seconds()); }},
    {"CPUs used", always,
     [](const ReportView& view, const EntityFigures& e) {
       return view.measured > 0 ? fmt::format("{:.2f}", e.busy_seconds() / view.measured) : "-";
     }},
    {"alone", smt, class_share<kClassIdle>},
    {"beside self", smt, class_share<kClassSame>},
    {"beside other", smt, class_share<kClassOther>},
    {"unknown", [](const ReportView& view) { return smt(view) && view.whole.node.unknown > 0; },
     class_share<kClassUnknown>},
    {"wait p50", always,
     [](const ReportView&, const EntityFigures& e) { return wait_cell(e.runqueue, &RunqueueFigures::p50_us); }},
    {"wait p99", always,
     [](const ReportView&, const EntityFigures& e) { return wait_cell(e.runqueue, &RunqueueFigures::p99_us); }},
    {"waited", always,
     [](const ReportView&, const EntityFigures& e) {
       return e.runqueue && e.runqueue->count ? text::duration_seconds(e.runqueue->sum_seconds) : std::string("-");
     }},
};

// Busiest first; with --of, that one on top.
std::vector<const EntityFigures*> entities_of(const ReportView& view) {
  std::vector<const EntityFigures*> list;
  list.reserve(view.whole.entities.size());
  for (const EntityFigures& e : view.whole.entities) list.push_back(&e);
  std::stable_partition(list.begin(), list.end(), [&](const EntityFigures* e) { return view.of == e->who.id; });
  return list;
}

std::string more(size_t all, size_t shown, std::string_view what) {
  return all > shown ? paragraph(fmt::format("{} more {} are not listed.", text::count(all - shown), what), "dim") : "";
}

std::string pair_row(const ReportView& view, const EntityIndex& index, const PairFigures& pair, double longest) {
  const EntityFigures* a = find_entity(index, pair.a);
  const EntityFigures* b = find_entity(index, pair.b);
  if (!a || !b) return "";
  const auto last = [](const EntityFigures* e) {
    return e->who.kind == EntityKind::kernel || e->who.kind == EntityKind::other;
  };
  if (view.of ? b->who.id == *view.of : last(a) != last(b) ? last(a) : b->busy_seconds() < a->busy_seconds())
    std::swap(a, b);
  const auto share = share_of(*a, pair);
  return fmt::format(
      "<tr><td class=\"name\">{}</td><td class=\"name\">{}</td><td>{}</td><td>{}</td><td class=\"meter\"><i "
      "style=\"width:{}%\"></i></td></tr>",
      whole_name(a->who), a == b ? "itself" : whole_name(b->who), text::seconds(pair.seconds),
      share ? text::short_percent(*share) : "-", number(longest > 0 ? pair.seconds / longest * 100 : 0));
}

std::string fact_row(std::string_view name, const std::string& value) {
  return fmt::format("<tr><td class=\"name\">{}</td><td class=\"name\">{}</td></tr>", name, escaped(value));
}

}  // namespace

std::string pairs_section(const ReportView& view) {
  const std::string_view heading = "Who sat beside whom";
  if (!smt(view))
    return section("pairs", heading, paragraph("No core has a sibling here, so nothing sits beside anything."));
  std::vector<PairFigures> pairs;
  for (const PairFigures& pair : view.whole.pairs)
    if (!view.of || pair.a == *view.of || pair.b == *view.of) pairs.push_back(pair);
  if (pairs.empty())
    return section("pairs", heading, paragraph("No two threads ran at the same time on siblings of a core."));
  const EntityIndex index = index_entities(view.whole);
  std::string rows;
  const size_t shown = std::min(pairs.size(), kPairRows);
  for (size_t i = 0; i < shown; i++) rows += pair_row(view, index, pairs[i], pairs.front().seconds);
  return section(
      "pairs", heading,
      wide_box("pairs", fmt::format("<table><thead><tr><th class=\"name\">This</th><th class=\"name\">beside this</th>"
                                    "<th>seconds</th><th>share of the<br>first's CPU "
                                    "time</th><th></th></tr></thead><tbody>{}</tbody></table>",
                                    rows)) +
          more(pairs.size(), shown, "pairs"));
}

std::string workloads_section(const ReportView& view) {
  const std::vector<const EntityFigures*> list = entities_of(view);
  if (list.empty()) return section("workloads", "Workloads", paragraph("No workload ran."));
  std::string head = "<th class=\"name\">Workload</th>", rows;
  for (const Column& column : kColumns)
    if (column.exists(view)) head += fmt::format("<th>{}</th>", column.header);
  const size_t shown = std::min(list.size(), kWorkloadRows);
  for (size_t i = 0; i < shown; i++) {
    rows += fmt::format("<tr{}><td class=\"name\">{}</td>", view.of == list[i]->who.id ? " class=\"of\"" : "",
                        whole_name(list[i]->who));
    for (const Column& column : kColumns)
      if (column.exists(view)) rows += fmt::format("<td>{}</td>", escaped(column.cell(view, *list[i])));
    rows += "</tr>";
  }
  return section(
      "workloads", "Workloads",
      wide_box("workloads", fmt::format("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>", head, rows)) +
          more(list.size(), shown, "workloads"));
}

std::string waits_section(const ReportView& view) {
  const std::string_view heading = "Waits for a CPU";
  std::vector<const EntityFigures*> list = entities_of(view);
  std::erase_if(list, [](const EntityFigures* e) { return !e->runqueue || e->runqueue->count == 0; });
  if (list.empty()) return section("waits", heading, paragraph("No wait for a CPU was measured."));
  // The first are the busiest (or --of's); of the rest, those that waited longest.
  const auto rest = list.begin() + static_cast<ptrdiff_t>(std::min(list.size(), kTiles / 2));
  std::stable_sort(rest, list.end(), [](const EntityFigures* l, const EntityFigures* r) {
    return l->runqueue->sum_seconds > r->runqueue->sum_seconds;
  });
  list.resize(std::min(list.size(), kTiles));
  std::string body = paragraph(
      "How long runnable threads waited until they ran: the busiest workloads, then those that waited longest. Times "
      "double "
      "from bar to bar; heights are logarithmic, so that a single long wait is seen.",
      "lead");
  if (!view.whole.full_waits)
    body += paragraph("On this kernel a wait that moved to another CPU is counted from the move.", "dim");
  body += "<div class=\"tiles\">";
  for (const EntityFigures* e : list) {
    const RunqueueFigures& r = *e->runqueue;
    body += fmt::format(
        "<div><h3>{}</h3>{}<p class=\"dim\">{} waits, {} in all; half at most {}, 99 of 100 at most {}</p></div>",
        escaped(name_of(e->who)), waits_svg(name_of(e->who), r), text::count(r.count),
        text::duration_seconds(r.sum_seconds), escaped(wait_cell(e->runqueue, &RunqueueFigures::p50_us)),
        escaped(wait_cell(e->runqueue, &RunqueueFigures::p99_us)));
  }
  return section("waits", heading, body + "</div>");
}

std::string placement_section(const ReportView& view) {
  const std::string_view heading = "Could it have been avoided?";
  const PlacementFigures& p = view.whole.placement;
  if (!smt(view)) return section("placement", heading, paragraph("Nothing to avoid: no core has a sibling."));
  if (view.topology->cores.size() < 2)
    return section("placement", heading, paragraph("With one core there is no other to prefer."));
  std::string body;
  if (!p.transitions) {
    body = paragraph("Placement was not measured.");
  } else if (!p.sampled || *p.sampled == 0 || !p.avoidable_low || !p.avoidable_high) {
    body = paragraph(fmt::format("{} times a core's last idle sibling became busy; none of these was looked at.",
                                 text::count(*p.transitions)));
  } else {
    body = paragraph(
        fmt::format("{} times a core's last idle sibling became busy. Of {} that were looked at, {} had another core "
                    "of that cache idle and "
                    "allowed for the thread: {} (95 % of such intervals hold the true share).",
                    text::count(*p.transitions), text::count(*p.sampled), text::count(p.avoidable.value_or(0)),
                    text::percent_range(*p.avoidable_low, *p.avoidable_high)));
  }
  if (view.while_idle_time >= 0.001)
    body += paragraph(fmt::format(
        "From the map: for at least {} all siblings of a core were busy while another core of the same "
        "cache was idle, {} of core time in all. Whether the threads were allowed there is not known from this.",
        span(view.while_idle_time), span(view.while_idle)));
  return section("placement", heading, body);
}

std::string quality_section(const ReportView& view) {
  const LostFigures& lost = view.whole.lost;
  std::string rows;
  rows += fact_row("Unknown core time", view.whole.node.unknown > 0 ? span(view.whole.node.unknown) : "none");
  rows +=
      fact_row("Switches lost",
               lost.switches ? fmt::format("{} ({} unknown)", text::count(lost.switches), span(lost.seconds)) : "none");
  rows += fact_row("Updates given up", text::count(lost.contended));
  rows += fact_row("Clock readings that went back", text::count(lost.clamped));
  rows += fact_row("Credits without a cell",
                   fmt::format("{} pairs ({}), {} workloads", text::count(lost.pairs_dropped),
                               span(lost.pairs_dropped_seconds), text::count(lost.entities_dropped)));
  rows += fact_row("Gaps", view.gaps ? fmt::format("{}, {} in all", view.gaps, span(view.gap_seconds)) : "none");
  if (view.unlisted > 0)
    rows += fact_row("Ended workloads in no table",
                     fmt::format("{}, {} CPU s", text::count(view.unlisted), text::seconds(view.unlisted_seconds)));
  std::string cost = fmt::format("{} CPU s", text::seconds(view.cost.cpu_seconds));
  if (view.measured > 0) cost += fmt::format(" ({} of one CPU)", text::percent(view.cost.cpu_seconds / view.measured));
  cost += fmt::format(", {} MiB of memory", view.cost.memory_bytes >> 20);
  rows += fact_row("What measuring cost", cost);
  rows += fact_row("Added to a context switch", view.cost.run_ns ? fmt::format("{:.0f} ns", *view.cost.run_ns)
                                                                 : "not counted by the kernel meanwhile");
  std::string body = fmt::format("<table><tbody>{}</tbody></table>", rows);
  std::vector<std::string> notes = view.source.warnings;
  notes.insert(notes.end(), view.changes.begin(), view.changes.end());
  if (!notes.empty()) {
    body += "<ul class=\"plain\">";
    for (const std::string& note : notes) body += fmt::format("<li>{}</li>", escaped(note));
    body += "</ul>";
  }
  return section("quality", "Conditions and quality", body);
}

std::string missing_section(const ReportView& view) {
  std::string rows;
  for (const NotMeasured& item : view.run.not_measured) rows += fact_row(escaped(item.what), item.why);
  if (!view.topology->attested) rows += fact_row("claims about hardware", view.topology->attested_reason);
  if (rows.empty()) rows = fact_row("-", "nothing is missing");
  return section("missing", "Not measured",
                 fmt::format("<table><thead><tr><th class=\"name\">What</th><th "
                             "class=\"name\">Why</th></tr></thead><tbody>{}</tbody></table>",
                             rows));
}

}  // namespace smtscope::report
