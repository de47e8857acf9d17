// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "views/stat_text_parts.h"
#include "views/text_format.h"
#include "views/top_parts.h"

namespace smtscope {
namespace {

constexpr size_t kLeastName = 12;
constexpr size_t kMostName = 66;  // on wide screens: numbers far from their name are read in the wrong line

// One table line: names on the left share what the numbers leave.
template <class Column>
std::vector<size_t> widths(const std::vector<const Column*>& columns, size_t room) {
  size_t fixed = 0, names = 0;
  for (const Column* column : columns) {
    fixed += column->width;
    names += column->width == 0;
  }
  std::vector<size_t> out;
  out.reserve(columns.size());
  const size_t each = names ? (room > fixed ? (room - fixed) / names : 0) : 0;
  for (const Column* column : columns)
    out.push_back(column->width ? column->width : std::clamp(each, kLeastName, kMostName));
  return out;
}

template <class Column, class Cell>
std::string table_row(const std::vector<const Column*>& columns, const std::vector<size_t>& widths, Cell&& cell) {
  std::string out;
  for (size_t c = 0; c < columns.size(); c++) {
    // The gap is a column's own last (name) or first (number) place.
    if (columns[c]->width == 0) out += text::left(cell(*columns[c]), widths[c] - 1) + " ";
    else out += text::right(cell(*columns[c]), widths[c]);
  }
  return out;
}

// "[CPU]": sorted by it; "[CPU^]": turned round.
template <class Column>
StyledLine table_header(const std::vector<const Column*>& columns, const std::vector<size_t>& widths,
                        const TopSort& sort, size_t room) {
  StyledLine line = {{table_row(columns, widths,
                                [&](const Column& column) {
                                  if (column.header != sort.header) return std::string(column.header);
                                  return "[" + std::string(column.header) + (sort.reverse ? "^]" : "]");
                                }),
                      Style::header}};
  fill(line, room, Style::header);
  return line;
}

StyledLine row_line(std::string text, bool selected, size_t room) {
  StyledLine line = {{std::move(text), selected ? Style::selected : Style::plain}};
  if (selected) fill(line, room, Style::selected);
  return line;
}

// Where nothing is listed: why.
StyledLine empty_line(const TopState& state, std::string_view otherwise) {
  if (!state.filter.empty()) return {{"nothing matches '" + text::clean(state.filter) + "' (Esc: all)", Style::dim}};
  return {{std::string(otherwise), Style::dim}};
}

std::optional<uint32_t> find_of(const TopView& view, const TopOf& of) {
  for (const EntityFigures& e : view.stat.figures.entities)
    if (of.id == e.who.id && of.name == e.who.name) return of.id;
  return std::nullopt;
}

std::vector<StyledLine> split_lines(std::string_view text) {
  std::vector<StyledLine> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.push_back({{std::string(text.substr(0, end)), Style::plain}});
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace

std::vector<StyledLine> entity_table(const TopView& view, const TopState& state, size_t rows, size_t columns) {
  const auto shown = entity_columns(view, columns);
  const auto wide = widths(shown, columns);
  const auto list = entity_rows(view, state);
  const size_t selected = selected_row(list, state);
  std::vector<StyledLine> lines = {table_header(shown, wide, state.entity_sort, columns)};
  for (size_t i = state.entity_top; i < list.size() && i < state.entity_top + rows; i++)
    lines.push_back(
        row_line(table_row(shown, wide, [&](const EntityColumn& column) { return column.cell(*list[i], view); }),
                 i == selected, columns));
  if (list.empty()) lines.push_back(empty_line(state, "no workload ran in this interval"));
  return lines;
}

std::vector<StyledLine> pair_table(const TopView& view, const TopState& state, size_t rows, size_t columns,
                                   bool select) {
  if (!has_siblings(view.stat)) return split_lines(no_sibling_line(view.stat, columns));
  const auto shown = pair_columns(view);
  const auto wide = widths(shown, columns);
  const auto list = pair_rows(view, state);
  std::vector<StyledLine> lines = {table_header(shown, wide, state.pair_sort, columns)};
  const size_t top = select ? state.pair_top : 0;
  for (size_t i = top; i < list.size() && i < top + rows; i++)
    lines.push_back(
        row_line(table_row(shown, wide, [&](const PairColumn& column) { return column.cell(list[i], view); }),
                 select && i == state.pair, columns));
  if (list.empty()) lines.push_back(empty_line(state, "no two workloads ran side by side in this interval"));
  return lines;
}

std::vector<StyledLine> detail_lines(const TopView& view, const TopState& state, size_t columns) {
  StatView stat = view.stat;
  stat.of = find_of(view, *state.of);
  StyledLine title = {{text::cut("DETAILS of " + text::clean(state.of->name), columns), Style::header}};
  fill(title, columns, Style::header);
  std::vector<StyledLine> lines = {std::move(title)};
  // Without an entity, whatever of_lines says: that it neither ran nor waited.
  stat.of = stat.of.value_or(kIdleEntity);
  for (StyledLine& line : split_lines(of_lines(stat, {true, static_cast<unsigned>(columns)})))
    lines.push_back(std::move(line));
  return lines;
}

}  // namespace smtscope
