// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "views/audit_view.h"
#include "views/text_format.h"
#include "views/text_table.h"

namespace smtscope {
namespace {

constexpr size_t kCores = 4, kPairs = 8;  // shown without --all
constexpr size_t kGap = 2;

std::string mark(const audit::Compared& row) { return row.excess() > 1 ? "<" : ""; }

std::vector<std::string> cells(std::vector<std::string> names, const audit::Compared& row) {
  names.push_back(fmt::format("{:.6f}", row.online));
  names.push_back(fmt::format("{:.6f}", row.offline));
  names.push_back(audit::signed_duration(row.difference()));
  names.push_back(audit::signed_duration(row.allowed).substr(1));
  return names;
}

std::vector<text::Column> columns_of(std::vector<text::Column> names) {
  for (const char* header : {"online s", "log s", "difference", "allowed"}) names.push_back({header, false, 0});
  return names;
}

std::string more_line(size_t rows, size_t shown, const char* what) {
  if (rows <= shown) return "";
  return fmt::format("  {} more {} {}; --all lists them\n", text::count(rows - shown), what,
                     rows - shown == 1 ? "is nearer" : "are nearer");
}

std::string header(const AuditView& view, size_t columns) {
  const audit::Report& report = view.report;
  const uint32_t cpus = view.topology.online_cpus();
  const std::string variant = view.word_variant ? "state word" : "queue";
  const std::vector<std::string> facts = {
      text::clean(view.host.name),
      fmt::format("{} CPUs, {} cores", cpus, view.topology.cores.size()),
      "kernel " + text::clean(view.host.kernel),
      fmt::format("by {}", view.grouping),
      fmt::format("{} of {} compared", text::duration_seconds(report.window_seconds),
                  text::duration_seconds(view.asked_seconds)),
      fmt::format("accounting ({}) against a log of {} switches", variant, text::count(report.changes)),
      fmt::format("{:.0f} MiB of log memory", std::ceil(static_cast<double>(view.log_bytes) / (1 << 20)))};
  return text::flow(facts, columns, kGap);
}

// Cores with the largest share of what is allowed first; all states of a core together.
std::string states(const AuditView& view, const AuditTextOptions& options) {
  std::map<uint32_t, double> excess;
  for (const audit::StateRow& row : view.report.states) excess[row.core] = std::max(excess[row.core], row.excess());
  std::vector<std::pair<uint32_t, double>> cores(excess.begin(), excess.end());
  std::stable_sort(cores.begin(), cores.end(), [](const auto& l, const auto& r) { return l.second > r.second; });
  const size_t shown = options.all ? cores.size() : std::min(kCores, cores.size());
  text::Table table(columns_of({{"CORE TIME", true, 0}}));
  for (size_t i = 0; i < shown; i++)
    for (const audit::StateRow& row : view.report.states)
      if (row.core == cores[i].first)
        table.row(cells({fmt::format("core {} {}", row.core, audit::kStateNames[row.state])}, row), mark(row));
  return table.str(options.columns) + more_line(cores.size(), shown, "cores");
}

std::string pairs(const AuditView& view, const AuditTextOptions& options) {
  const auto& rows = view.report.pairs;
  if (rows.empty()) return "";
  const size_t shown = options.all ? rows.size() : std::min(kPairs, rows.size());
  text::Table table(columns_of({{"PAIR", true, 0}, {"BESIDE", true, 0}}));
  for (size_t i = 0; i < shown; i++)
    table.row(cells({text::clean(rows[i].a.name), text::clean(rows[i].b.name)}, rows[i]), mark(rows[i]));
  return "\n" + table.str(options.columns) + more_line(rows.size(), shown, "pairs");
}

// Only those that are further apart than allowed, unless all are asked for.
std::string entities(const AuditView& view, const AuditTextOptions& options) {
  text::Table table(columns_of({{"ENTITY", true, 0}, {"BESIDE", true, 0}}));
  size_t shown = 0;
  for (const audit::EntityRow& row : view.report.entities) {
    if (!options.all && (row.excess() <= 1 || shown == kPairs)) continue;
    table.row(cells({text::clean(row.entity.name), audit::kClassNames[row.beside]}, row), mark(row));
    shown++;
  }
  return shown ? "\n" + table.str(options.columns) : "";
}

}  // namespace

std::string audit_text(const AuditView& view, const AuditTextOptions& options) {
  const size_t columns = options.columns;
  std::string out = header(view, columns) + "\n";
  if (!view.report.states.empty()) out += states(view, options) + pairs(view, options) + entities(view, options) + "\n";
  if (view.report.inconsistencies.empty()) out += "inconsistencies: none\n";
  for (const std::string& text : view.report.inconsistencies)
    out += text::wrap("inconsistency: " + text::clean(text), columns);
  for (const auto* notes : {&view.notes, &view.report.notes})
    for (const std::string& note : *notes) out += text::wrap("note: " + text::clean(note), columns);
  return out + text::wrap(fmt::format("verdict: {}: {}", audit::verdict_word(view.report.verdict),
                                      text::clean(view.report.reason)),
                          columns);
}

}  // namespace smtscope
