// SPDX-License-Identifier: Apache-2.0
#include "views/stat_counters.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "views/stat_text_parts.h"
#include "views/text_format.h"
#include "views/text_table.h"

namespace smtscope {
namespace {

constexpr size_t kWorkRows = 10;
constexpr size_t kBarColumns = 30;
constexpr size_t kNameColumns = 16;
constexpr double kWorthSaying = 0.99;  // shares above it need no word

std::string words_of(std::string_view name) {
  std::string out(name);
  std::replace(out.begin(), out.end(), '_', ' ');
  return out;
}

// "Work: 3.2 G instructions/s, 1.21 per cycle, 0.94 per reference cycle".
std::string basic_line(const CounterGroup& group, bool named, double seconds, size_t columns) {
  const BasicCounts& basic = group.basic;
  if (!basic.instructions.value)
    return text::wrap(fmt::format("Work: instructions are not known ({})", reason_word(basic.instructions.why)),
                      columns);
  std::string line = fmt::format("Work{}: {} instructions/s", named ? " of " + text::clean(group.plan->pmu) : "",
                                 seconds > 0 ? amount(*basic.instructions.value / seconds) : "-");
  if (const auto ipc = instructions_per_cycle(basic)) line += fmt::format(", {:.2f} per cycle of a thread", *ipc);
  if (basic.ref_cycles.value && *basic.ref_cycles.value > 0)
    line += fmt::format(", {:.2f} per reference cycle", *basic.instructions.value / *basic.ref_cycles.value);
  if (basic.instructions.running < kWorthSaying)
    line += fmt::format(" (counted {} of the time)", text::short_percent(basic.instructions.running));
  if (!group.without.empty()) line += fmt::format("; without {} CPUs that could not be read", group.without.size());
  return text::wrap(line, columns);
}

// What qualifies the bars: empty if nothing does.
std::string quality_words(const topdown::Metrics& metrics) {
  std::string words;
  if (metrics.validity != Reason::ok) words += fmt::format(", {}", reason_word(metrics.validity));
  if (metrics.running && *metrics.running < kWorthSaying)
    words += fmt::format(", counted {} of the time", text::short_percent(*metrics.running));
  if (metrics.closure_why == Reason::implausible && metrics.closure_error)
    words += fmt::format(", parts miss the whole by {}", text::percent(*metrics.closure_error));
  return words;
}

std::string topdown_lines(const topdown::Metrics& metrics, size_t columns) {
  const bool cycles = !metrics.slots;
  std::string out =
      text::wrap(fmt::format("{} ({}{})", cycles ? "Cycles by what held them up" : "Pipeline slots by use",
                             metrics.dialect.value_or("no dialect"), quality_words(metrics)),
                 columns);
  for (const topdown::Metric& metric : metrics.metrics) {
    if (metric.kind != topdown::Kind::level1) continue;
    const std::string name = text::left(words_of(metric.name), kNameColumns);
    if (!metric.value) {
      out += fmt::format("  {}      - ({})\n", name, reason_word(metric.why));
      continue;
    }
    out += fmt::format("  {} {:>5.1f} % {}\n", name, *metric.value, text::bar(*metric.value / 100, kBarColumns));
  }
  return out;
}

struct WorkRow {
  const EntityFigures* entity;
  const EntityCounters* counters;
};

std::vector<WorkRow> rows_of(const StatView& view) {
  std::vector<WorkRow> rows;
  for (const EntityFigures& e : view.figures.entities) {
    const auto found = view.counters.entities.find(e.who.id);
    if (found != view.counters.entities.end() && found->second.reason == Reason::ok)
      rows.push_back({&e, &found->second});
  }
  std::stable_sort(rows.begin(), rows.end(), [](const WorkRow& l, const WorkRow& r) {
    return l.counters->total().instructions > r.counters->total().instructions;
  });
  return rows;
}

std::string share_or_dash(std::optional<double> share) { return share ? text::short_percent(*share) : "-"; }

}  // namespace

std::string amount(double n) {
  constexpr std::array<std::pair<double, const char*>, 4> kUnits = {{{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}}};
  for (const auto& [unit, letter] : kUnits)
    if (n >= unit) return fmt::format("{:.{}f} {}", n / unit, n < 10 * unit ? 2 : n < 100 * unit ? 1 : 0, letter);
  return fmt::format("{:.0f}", n);
}

std::string ipc_cell(std::optional<double> ipc) { return ipc ? fmt::format("{:.2f}", *ipc) : "-"; }

std::optional<double> entity_ipc(const CounterFigures& figures, uint32_t entity, std::optional<SliceClass> which) {
  const auto found = figures.entities.find(entity);
  if (found == figures.entities.end() || found->second.reason != Reason::ok) return std::nullopt;
  const SliceFigures slice = which ? found->second.slices[static_cast<size_t>(*which)] : found->second.total();
  return slice.cycles > 0 ? std::optional(slice.instructions / slice.cycles) : std::nullopt;
}

std::string work_lines(const StatView& view, size_t columns) {
  std::string out;
  for (const CounterGroup& kind : view.counters.kinds) {
    if (kind.cpus.empty() && kind.without.empty()) continue;
    out += basic_line(kind, view.counters.kinds.size() > 1, view.figures.window_seconds, columns);
    if (kind.topdown) out += topdown_lines(*kind.topdown, columns);
  }
  return out;
}

std::string work_table(const StatView& view, const StatTextOptions& options) {
  const std::vector<WorkRow> rows = rows_of(view);
  if (rows.empty()) return "";
  const bool siblings = has_siblings(view);
  text::Table table(siblings ? std::vector<text::Column>{{"WORK", true},
                                                         {"instr/s"},
                                                         {"per cycle"},
                                                         {"alone", false, 6},
                                                         {"beside other"},
                                                         {"clean"},
                                                         {"counted"}}
                             : std::vector<text::Column>{{"WORK", true}, {"instr/s"}, {"per cycle"}, {"counted"}});
  const size_t shown = options.all ? rows.size() : std::min(rows.size(), kWorkRows);
  const double seconds = view.figures.window_seconds;
  for (size_t i = 0; i < shown; i++) {
    const uint32_t id = rows[i].entity->who.id;
    const EntityCounters& counters = *rows[i].counters;
    const SliceFigures all = counters.total();
    std::vector<std::string> cells = {text::clean(rows[i].entity->who.name),
                                      seconds > 0 ? amount(all.instructions / seconds) : "-",
                                      ipc_cell(entity_ipc(view.counters, id))};
    if (siblings) {
      cells.push_back(ipc_cell(entity_ipc(view.counters, id, SliceClass::idle)));
      cells.push_back(ipc_cell(entity_ipc(view.counters, id, SliceClass::other)));
      cells.push_back(share_or_dash(counters.clean_share()));
    }
    cells.push_back(share_or_dash(counters.counted_share()));
    table.row(std::move(cells));
  }
  return table.str(options.columns) +
         (rows.size() > shown ? fmt::format("({} more: --all)\n", text::count(rows.size() - shown)) : "");
}

}  // namespace smtscope
