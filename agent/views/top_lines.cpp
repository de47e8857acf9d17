// SPDX-License-Identifier: Apache-2.0
#include "views/top_lines.h"

#include <fmt/format.h>

#include <algorithm>

#include "views/stat_text_parts.h"
#include "views/text_format.h"

namespace smtscope {
namespace {

constexpr size_t kBriefRows = 18;      // a screen lower than this has its totals on one line
constexpr size_t kBriefPageRows = 40;  // the same of the pages that are one table
constexpr size_t kPairsRows = 34;      // from here on pairs are part of the overview
constexpr size_t kOverviewPairs = 8;   // at most
constexpr size_t kEntityStep = 8;

constexpr size_t kListedCores = 4;    // so few cores get a line each in the overview,
constexpr size_t kListShare = 3;      // and more of them where they take no more than this part of the room
constexpr size_t kLeastEntities = 4;  // rows that the map leaves them

void append(std::vector<StyledLine>& lines, std::vector<StyledLine> more) {
  for (StyledLine& line : more) lines.push_back(std::move(line));
}

std::vector<StyledLine> slice(std::vector<StyledLine> lines, size_t from, size_t count) {
  lines.erase(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(std::min(from, lines.size())));
  if (lines.size() > count) lines.resize(count);
  return lines;
}

size_t use_rows(const TopView& view, bool brief) { return brief || !has_siblings(view.stat) ? 2 : 4; }

void share_overview(const TopView& view, TopSize size, TopLayout& layout) {
  size_t room = layout.body - std::min(layout.body, use_rows(view, layout.brief) + 2);  // 2: headers of both tables
  layout.map = view.stat.figures.cores.size() > std::max(kListedCores, room / kListShare);
  layout.all_cores = layout.map ? core_map_rows(view, size.columns) : view.stat.figures.cores.size();
  layout.cores = std::min(layout.all_cores, std::max<size_t>(1, room - std::min(room, kLeastEntities)));
  room -= std::min(room, layout.cores);
  if (size.rows >= kPairsRows && has_siblings(view.stat)) {
    layout.pairs = std::min(kOverviewPairs, room / 3);
    room -= std::min(room, layout.pairs + 2);  // a gap, the header
    // In steps: who comes and goes does not move the table below.
    const size_t wanted = (view.stat.figures.entities.size() + kEntityStep - 1) / kEntityStep * kEntityStep;
    room = std::min(room, std::max(wanted, kEntityStep));
  }
  layout.entities = room;
}

// "cores 17-32 of 128": where a part of them is shown.
void say_page(StyledLine& line, const TopLayout& layout, size_t top) {
  if (layout.cores >= layout.all_cores) return;
  line.push_back(
      {fmt::format("{}-{} of {} rows  ", top + 1, std::min(top + layout.cores, layout.all_cores), layout.all_cores),
       Style::strong});
}

std::vector<StyledLine> core_lines(const TopView& view, const TopState& state, TopLook look, TopSize size,
                                   const TopLayout& layout) {
  std::vector<StyledLine> lines = {{{"CORES  ", Style::strong}}};
  say_page(lines.front(), layout, state.core_top);
  for (Span& span : core_legend(view, look, layout.map, layout.cores < layout.all_cores))
    lines.front().push_back(std::move(span));
  append(lines, slice(layout.map ? core_map(view, look, size.columns) : core_list(view, look, size.columns),
                      state.core_top, layout.cores));
  return lines;
}

std::vector<StyledLine> body_lines(const TopScreen& screen, const TopState& state, TopLook look, TopSize size,
                                   const TopLayout& layout) {
  if (state.help) return slice(help_lines(screen, size.columns), state.help_top, layout.body);
  if (!screen.view)
    return {{{screen.play.ended ? "The recording holds no whole interval."
                                : "Measuring: the first figures come with the end of the first interval.",
              Style::plain}}};
  const TopView& view = *screen.view;
  if (state.of) return slice(detail_lines(view, state, size.columns), state.of_top, layout.body);
  std::vector<StyledLine> lines = use_lines(screen, look, size.columns, layout.brief);
  size_t above = 0;  // lines above the table of workloads
  switch (state.page) {
    case TopPage::overview:
      append(lines, core_lines(view, state, look, size, layout));
      above = lines.size();
      append(lines, entity_table(view, state, layout.entities, size.columns));
      if (layout.pairs) {
        lines.resize(above + layout.entities + 2);
        append(lines, pair_table(view, state, layout.pairs, size.columns, false));
      }
      break;
    case TopPage::cores: append(lines, core_lines(view, state, look, size, layout)); break;
    case TopPage::entities: append(lines, entity_table(view, state, layout.entities, size.columns)); break;
    case TopPage::pairs: append(lines, pair_table(view, state, layout.pairs, size.columns, true)); break;
  }
  return lines;
}

// Moves `top` so that `at` is within `rows` rows, and no more than needed is empty below.
void keep_visible(size_t& top, size_t at, size_t rows, size_t all) {
  rows = std::max<size_t>(rows, 1);
  top = std::min(top, at);
  if (at >= top + rows) top = at - rows + 1;
  top = std::min(top, all > rows ? all - rows : 0);
}

bool too_small(TopSize size) { return size.rows < kLeastTop.rows || size.columns < kLeastTop.columns; }

void keep_within(size_t& top, size_t rows, size_t all) { top = std::min(top, all > rows ? all - rows : 0); }

}  // namespace

TopLayout top_layout(const TopScreen& screen, const TopState& state, TopSize size) {
  TopLayout layout;
  layout.brief = size.rows < (state.page == TopPage::overview ? kBriefRows : kBriefPageRows);
  const size_t outside = title_lines(screen, size.columns).size() + 1;
  layout.body = size.rows - std::min(size.rows, outside);
  if (!screen.view) return layout;
  const TopView& view = *screen.view;
  const size_t room = layout.body - std::min(layout.body, use_rows(view, layout.brief) + 1);
  switch (state.page) {
    case TopPage::overview: share_overview(view, size, layout); break;
    case TopPage::cores:
      layout.all_cores = view.stat.figures.cores.size();
      layout.cores = std::min(room, layout.all_cores);
      break;
    case TopPage::entities: layout.entities = room; break;
    case TopPage::pairs: layout.pairs = room; break;
  }
  return layout;
}

void settle(TopState& state, const TopScreen& screen, TopSize size) {
  if (too_small(size)) return;
  const TopLayout layout = top_layout(screen, state, size);
  if (state.help) keep_within(state.help_top, layout.body, help_lines(screen, size.columns).size());
  if (!screen.view) return;
  const TopView& view = *screen.view;
  if (state.of) keep_within(state.of_top, layout.body, detail_lines(view, state, size.columns).size());
  keep_within(state.core_top, layout.cores, layout.all_cores);
  if (layout.entities) {
    const auto rows = entity_rows(view, state);
    keep_visible(state.entity_top, selected_row(rows, state), layout.entities, rows.size());
  }
  if (state.page == TopPage::pairs) {
    const size_t all = pair_rows(view, state).size();
    state.pair = std::min(state.pair, all ? all - 1 : 0);
    keep_visible(state.pair_top, state.pair, layout.pairs, all);
  }
}

std::vector<StyledLine> top_lines(const TopScreen& screen, const TopState& state, TopLook look, TopSize size) {
  std::vector<StyledLine> lines;
  if (too_small(size)) {
    lines.push_back({{fmt::format("smtscope top needs {} x {}", kLeastTop.columns, kLeastTop.rows), Style::plain}});
    lines.push_back({{fmt::format("this terminal has {} x {}", size.columns, size.rows), Style::plain}});
    lines.push_back({{"q quits", Style::plain}});
    lines.resize(size.rows);
  } else {
    lines = title_lines(screen, size.columns);
    append(lines, body_lines(screen, state, look, size, top_layout(screen, state, size)));
    lines.resize(size.rows - 1);
    lines.push_back(footer_line(screen, state, size.columns));
  }
  for (StyledLine& line : lines) cut(line, size.columns);
  return lines;
}

}  // namespace smtscope
