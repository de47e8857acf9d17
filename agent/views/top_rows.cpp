// SPDX-License-Identifier: Apache-2.0
#include "views/top_rows.h"

#include <algorithm>
#include <string>

#include "views/stat_of.h"
#include "views/stat_text_parts.h"

namespace smtscope {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool has(std::string_view text, std::string_view part) {
  return std::search(text.begin(), text.end(), part.begin(), part.end(),
                     [](char l, char r) { return lower(l) == lower(r); }) != text.end();
}

template <class Column>
const Column* sort_column(std::span<const Column> columns, const TopView& view, const TopSort& sort) {
  for (const Column& column : columns)
    if (column.header == sort.header && column.exists(view)) return &column;
  return nullptr;
}

// By the column, largest first (names: A first); ties stay as the figures have them.
template <class Row, class Column>
void sort_rows(std::vector<Row>& rows, const Column* column, const TopView& view, bool reverse, auto&& get) {
  if (!column) return;
  if (column->order) {
    std::stable_sort(rows.begin(), rows.end(), [&](const Row& l, const Row& r) {
      const double a = column->order(get(l), view), b = column->order(get(r), view);
      return reverse ? a < b : a > b;
    });
    return;
  }
  std::stable_sort(rows.begin(), rows.end(), [&](const Row& l, const Row& r) {
    const std::string a = column->cell(get(l), view), b = column->cell(get(r), view);
    return reverse ? a > b : a < b;
  });
}

}  // namespace

bool is_found(const Entity& who, std::string_view filter) {
  if (filter.empty() || has(who.name, filter)) return true;
  return (who.cgroup && has(*who.cgroup, filter)) || (who.comm && has(*who.comm, filter)) ||
         (who.pid && std::to_string(*who.pid) == filter);
}

std::vector<const EntityFigures*> entity_rows(const TopView& view, const TopState& state) {
  std::vector<const EntityFigures*> rows;
  for (const EntityFigures& e : view.stat.figures.entities)
    if (is_found(e.who, state.filter)) rows.push_back(&e);
  sort_rows(rows, sort_column(all_entity_columns(), view, state.entity_sort), view, state.entity_sort.reverse,
            [](const EntityFigures* e) -> const EntityFigures& { return *e; });
  return rows;
}

std::vector<PairRow> pair_rows(const TopView& view, const TopState& state) {
  const EntityIndex index = index_entities(view.stat.figures);
  std::vector<PairRow> rows;
  for (const PairFigures& pair : view.stat.figures.pairs) {
    const EntityFigures* a = find_entity(index, pair.a);
    const EntityFigures* b = find_entity(index, pair.b);
    if (!a || !b || !(is_found(a->who, state.filter) || is_found(b->who, state.filter))) continue;
    if (!names_first(a->who, a->busy_seconds(), b->who, b->busy_seconds())) std::swap(a, b);
    rows.push_back({&pair, a, b});
  }
  sort_rows(rows, sort_column(all_pair_columns(), view, state.pair_sort), view, state.pair_sort.reverse,
            [](const PairRow& row) -> const PairRow& { return row; });
  return rows;
}

size_t selected_row(const std::vector<const EntityFigures*>& rows, const TopState& state) {
  if (!state.entity) return 0;
  const auto at = std::find_if(rows.begin(), rows.end(), [&](const auto* e) { return e->who.id == *state.entity; });
  return at == rows.end() ? 0 : static_cast<size_t>(at - rows.begin());
}

}  // namespace smtscope
