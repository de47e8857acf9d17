// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "views/text_format.h"
#include "views/text_table.h"
#include "views/top_parts.h"

namespace smtscope {
namespace {

using Entry = std::pair<const char*, const char*>;

constexpr std::array<Entry, 13> kKeys = {{
    {"1 2 3 4  Tab", "overview, cores, workloads, pairs"},
    {"up down  j k", "select a row (cores, details: scroll)"},
    {"PgUp PgDn", "a page up or down; in the overview: of cores, as [ and ]"},
    {"g G", "first row, last row"},
    {"Enter", "details of the selected workload: its split, waits, neighbours; Esc goes back"},
    {"s  < >  r", "sort by the next column; by the column left or right; turn round"},
    {"/", "filter by name, cgroup, command or pid; Enter keeps it, Esc drops it"},
    {"space  p", "pause or go on"},
    {"left right", "one interval back or forward"},
    {"Home End", "the oldest interval that is kept (a recording: its beginning), the newest (its end)"},
    {"+ -", "live: shorter or longer intervals; a recording: faster or slower"},
    {"^L", "draw the screen anew"},
    {"q  Ctrl-C", "end"},
}};

void put_wrapped(std::vector<StyledLine>& lines, const std::string& head, std::string_view body, size_t columns) {
  constexpr size_t kHead = 15;
  std::string text = text::wrap(text::left(head, kHead) + std::string(body), columns, kHead);
  for (size_t at = 0, end; at < text.size(); at = end + 1) {
    end = std::min(text.find('\n', at), text.size());
    lines.push_back({{text.substr(at, end - at), Style::plain}});
  }
}

void put_section(std::vector<StyledLine>& lines, std::string title, size_t columns) {
  StyledLine line = {{std::move(title), Style::header}};
  fill(line, columns, Style::header);
  lines.push_back(std::move(line));
}

}  // namespace

std::vector<StyledLine> help_lines(const TopScreen& screen, size_t columns) {
  std::vector<StyledLine> lines;
  put_section(lines, "KEYS", columns);
  for (const auto& [keys, what] : kKeys) put_wrapped(lines, keys, what, columns);
  put_wrapped(
      lines, "",
      fmt::format("Kept to step back: {} intervals, {} MiB at most.", TopTape::kMostViews, TopTape::kMostBytes >> 20),
      columns);
  put_section(lines, "COLUMNS", columns);
  if (screen.view) {
    for (const EntityColumn* column : entity_columns(*screen.view, columns))
      put_wrapped(lines, std::string(column->header), column->explained, columns);
    for (const PairColumn* column : pair_columns(*screen.view))
      put_wrapped(lines, std::string(column->header), column->explained, columns);
    put_section(lines, "NOT MEASURED, AND NOTES", columns);
    put_wrapped(lines, "", true_use_text(*screen.view), columns);
    for (const NotMeasured& item : screen.view->stat.not_measured)
      put_wrapped(lines, "not measured",
                  text::clean(item.what) + (item.why.empty() ? "" : ": " + text::clean(item.why)), columns);
    for (const std::string& note : screen.view->stat.notes) put_wrapped(lines, "note", text::clean(note), columns);
  }
  for (const std::string& warning : screen.play.warnings)
    put_wrapped(lines, "recording", text::clean(warning), columns);
  return lines;
}

StyledLine footer_line(const TopScreen& screen, const TopState& state, size_t columns) {
  StyledLine line;
  if (!screen.play.hint.empty()) {
    line = {{screen.play.hint, Style::title}};
  } else if (state.filter_before) {
    line = {{"filter: " + text::clean(state.filter) + "_", Style::strong},
            {"   Enter keeps it, Esc drops it", Style::dim}};
  } else if (state.help) {
    line = {{"up down PgUp PgDn scroll   Esc back", Style::title}};
  } else if (state.of) {
    line = {{"up down PgUp PgDn scroll   space pause   Esc back   ? help   q quit", Style::title}};
  } else {
    const std::string filter =
        state.filter.empty() ? "/ filter" : "/ filter '" + text::cut(text::clean(state.filter), 14) + "'";
    const char* step = screen.play.recorded || screen.play.paused ? "  <- ->" : "";
    line = {{fmt::format("{}s sort  {}  Enter details  space pause{}  ? help  q quit",
                         state.filter.empty() ? "1-4 view  " : "", filter, step),
             Style::title}};
  }
  cut(line, columns);
  fill(line, columns, state.filter_before ? Style::plain : Style::title);
  return line;
}

}  // namespace smtscope
