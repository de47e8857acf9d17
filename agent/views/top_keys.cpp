// SPDX-License-Identifier: Apache-2.0
#include "views/top_keys.h"

#include <algorithm>

namespace smtscope {
namespace {

constexpr size_t kMostFilter = 60;  // bytes

void append_utf8(std::string& out, char32_t c) {
  const auto byte = [&](char32_t b) { out += static_cast<char>(b); };
  if (c < 0x80) return byte(c);
  if (c < 0x800) {
    byte(0xC0 | c >> 6);
  } else {
    if (c < 0x10000) {
      byte(0xE0 | c >> 12);
    } else {
      byte(0xF0 | c >> 18);
      byte(0x80 | (c >> 12 & 0x3F));
    }
    byte(0x80 | (c >> 6 & 0x3F));
  }
  byte(0x80 | (c & 0x3F));
}

void take_last_character(std::string& text) {
  while (!text.empty() && (static_cast<uint8_t>(text.back()) & 0xC0) == 0x80) text.pop_back();
  if (!text.empty()) text.pop_back();
}

// True: the key was meant for the filter.
bool type_filter(const TopKey& key, TopState& state) {
  switch (key.name) {
    case KeyName::enter: state.filter_before.reset(); return true;
    case KeyName::escape:
      state.filter.clear();
      state.filter_before.reset();
      return true;
    case KeyName::backspace:
      if (state.filter.empty()) state.filter_before.reset();
      take_last_character(state.filter);
      return true;
    case KeyName::character:
      if (key.code < 0x20 || key.code == 0x7F) return false;
      if (state.filter.size() < kMostFilter) append_utf8(state.filter, key.code);
      return true;
    default: return false;
  }
}

// Moves a line number; what is too far is settled later.
void move(size_t& line, long by) {
  if (by < 0) line -= std::min(line, static_cast<size_t>(-by));
  else line += static_cast<size_t>(by);
}

constexpr long kFar = 1 << 30;

void select_entity(TopState& state, const TopView& view, long by) {
  const auto rows = entity_rows(view, state);
  if (rows.empty()) return;
  size_t at = selected_row(rows, state);
  move(at, by);
  state.entity = rows[std::min(at, rows.size() - 1)]->who.id;
  if (by <= -kFar) state.entity.reset();  // whoever is first
}

void scroll(TopState& state, const TopScreen& screen, long by) {
  if (state.help) return move(state.help_top, by);
  if (state.of) return move(state.of_top, by);
  if (!screen.view) return;
  switch (state.page) {
    case TopPage::cores: return move(state.core_top, by);
    case TopPage::pairs: return move(state.pair, by);
    case TopPage::overview:
    case TopPage::entities: return select_entity(state, *screen.view, by);
  }
}

void scroll_page(TopState& state, const TopScreen& screen, const TopLayout& layout, int direction) {
  const auto by = [&](size_t rows) { return direction * static_cast<long>(std::max<size_t>(rows, 1)); };
  if (state.help || state.of) return scroll(state, screen, by(layout.body - std::min<size_t>(layout.body, 2)));
  switch (state.page) {
    case TopPage::overview:
      if (layout.cores < layout.all_cores) return move(state.core_top, by(layout.cores));
      return scroll(state, screen, by(layout.entities));
    case TopPage::cores: return move(state.core_top, by(layout.cores));
    case TopPage::entities: return scroll(state, screen, by(layout.entities));
    case TopPage::pairs: return scroll(state, screen, by(layout.pairs));
  }
}

template <class Column>
void sort_by(TopSort& sort, const std::vector<const Column*>& columns, int step) {
  if (columns.empty()) return;
  const auto n = static_cast<int>(columns.size());
  const auto at =
      std::find_if(columns.begin(), columns.end(), [&](const Column* c) { return c->header == sort.header; });
  const int now = at == columns.end() ? 0 : static_cast<int>(at - columns.begin());
  sort = {columns[static_cast<size_t>((now + step + n) % n)]->header, false};
}

void sort_columns(TopState& state, const TopScreen& screen, TopSize size, int step) {
  if (!screen.view || state.of || state.help) return;
  if (state.page == TopPage::pairs) sort_by(state.pair_sort, pair_columns(*screen.view), step);
  else sort_by(state.entity_sort, entity_columns(*screen.view, size.columns), step);
}

void show_details(TopState& state, const Entity& who) { state.of = TopOf{who.name, who.id}; }

void open_details(TopState& state, const TopScreen& screen) {
  if (!screen.view || state.of || state.help) return;
  state.of_top = 0;
  if (state.page == TopPage::pairs) {
    const auto rows = pair_rows(*screen.view, state);
    if (state.pair < rows.size()) show_details(state, rows[state.pair].first->who);
  } else if (state.page != TopPage::cores) {
    const auto rows = entity_rows(*screen.view, state);
    if (!rows.empty()) show_details(state, rows[selected_row(rows, state)]->who);
  }
}

void go_back(TopState& state) {
  if (state.help) state.help = false;
  else if (state.of) state.of.reset();
  else state.filter.clear();
}

void show_page(TopState& state, size_t page) {
  state.help = false;
  state.of.reset();
  if (state.page != static_cast<TopPage>(page)) state.core_top = 0;
  state.page = static_cast<TopPage>(page);
}

TopAsk press_character(char32_t code, TopState& state, const TopScreen& screen, TopSize size) {
  const size_t page = static_cast<size_t>(state.page);
  TopSort& sort = state.page == TopPage::pairs ? state.pair_sort : state.entity_sort;
  switch (code) {
    case 'q':
      if (!state.help) return TopAsk::quit;
      state.help = false;
      break;
    case ' ':
    case 'p': return TopAsk::pause;
    case '+':
    case '=': return TopAsk::faster;
    case '-': return TopAsk::slower;
    case 0x0C: return TopAsk::redraw;
    case '?':
    case 'h':
      state.help = !state.help;
      state.help_top = 0;
      break;
    case '1':
    case '2':
    case '3':
    case '4': show_page(state, code - '1'); break;
    case '\t': show_page(state, (page + 1) % kTopPages); break;
    case 's':
    case '>': sort_columns(state, screen, size, 1); break;
    case '<': sort_columns(state, screen, size, -1); break;
    case 'r': sort.reverse = !sort.reverse; break;
    case '/':
      if (!state.of && !state.help) state.filter_before = state.filter;
      break;
    case 'j': scroll(state, screen, 1); break;
    case 'k': scroll(state, screen, -1); break;
    case 'g': scroll(state, screen, -kFar); break;
    case 'G': scroll(state, screen, kFar); break;
    case '[':
    case ']': {
      const TopLayout layout = top_layout(screen, state, size);
      move(state.core_top, (code == ']' ? 1 : -1) * static_cast<long>(std::max<size_t>(layout.cores, 1)));
      break;
    }
    default: break;
  }
  return TopAsk::nothing;
}

TopAsk press_named(const TopKey& key, TopState& state, const TopScreen& screen, TopSize size) {
  const TopLayout layout = top_layout(screen, state, size);
  const size_t page = static_cast<size_t>(state.page);
  switch (key.name) {
    case KeyName::up: scroll(state, screen, -1); break;
    case KeyName::down: scroll(state, screen, 1); break;
    case KeyName::page_up: scroll_page(state, screen, layout, -1); break;
    case KeyName::page_down: scroll_page(state, screen, layout, 1); break;
    case KeyName::left: return TopAsk::back;
    case KeyName::right: return TopAsk::forward;
    case KeyName::home: return TopAsk::first;
    case KeyName::end: return TopAsk::last;
    case KeyName::enter:
      if (state.help) state.help = false;
      else open_details(state, screen);
      break;
    case KeyName::escape:
    case KeyName::backspace: go_back(state); break;
    case KeyName::tab: show_page(state, (page + 1) % kTopPages); break;
    case KeyName::back_tab: show_page(state, (page + kTopPages - 1) % kTopPages); break;
    case KeyName::character: return press_character(key.code, state, screen, size);
  }
  return TopAsk::nothing;
}

}  // namespace

TopAsk press(const TopKey& key, TopState& state, const TopScreen& screen, TopSize size) {
  const bool typed = state.filter_before && type_filter(key, state);
  const TopAsk ask = typed ? TopAsk::nothing : press_named(key, state, screen, size);
  settle(state, screen, size);
  return ask;
}

}  // namespace smtscope
