// SPDX-License-Identifier: Apache-2.0
#include "views/text_table.h"

#include <algorithm>

#include "views/text_format.h"

namespace smtscope::text {
namespace {

constexpr size_t kGap = 2;

// Without trailing spaces, with a line end.
void end_line(std::string& out, std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  out += line + "\n";
}

// Where the word at `at` ends; "1.9 ms" and "50 %" are one word.
size_t word_end(std::string_view sentence, size_t at) {
  size_t end = std::min(sentence.find(' ', at), sentence.size());
  if (end == at || end == sentence.size() || sentence[end - 1] < '0' || sentence[end - 1] > '9') return end;
  const size_t next = std::min(sentence.find(' ', end + 1), sentence.size());
  std::string_view unit = sentence.substr(end + 1, next - end - 1);
  while (!unit.empty() && std::string_view(",;:.)").find(unit.back()) != std::string_view::npos) unit.remove_suffix(1);
  return unit == "%" || unit == "us" || unit == "ms" || unit == "s" || unit == "x" ? next : end;
}

}  // namespace

void Table::row(std::vector<std::string> cells, std::string mark) {
  cells.resize(columns_.size());
  rows_.push_back({std::move(cells), std::move(mark)});
}

std::vector<size_t> Table::widths(size_t columns) const {
  std::vector<size_t> wanted;
  size_t fixed = 0, names = 0;
  for (size_t c = 0; c < columns_.size(); c++) {
    size_t most = std::max(columns_[c].least, width(columns_[c].header));
    for (const Row& row : rows_) most = std::max(most, width(row.cells[c]));
    wanted.push_back(most);
    if (columns_[c].name) names++;
    else fixed += most;
  }
  fixed += kGap * (columns_.size() - 1);
  size_t mark = 0;
  for (const Row& row : rows_) mark = std::max(mark, row.mark.empty() ? 0 : width(row.mark) + 1);
  fixed += mark;
  // Narrow names first: what they do not need is left to the others.
  size_t room = columns > fixed ? columns - fixed : 0;
  std::vector<size_t> order;
  for (size_t c = 0; c < columns_.size(); c++)
    if (columns_[c].name) order.push_back(c);
  std::sort(order.begin(), order.end(), [&](size_t l, size_t r) { return wanted[l] < wanted[r]; });
  for (const size_t c : order) {
    wanted[c] = std::min(wanted[c], room / names--);
    room -= wanted[c];
  }
  return wanted;
}

std::string Table::str(size_t columns) const {
  const std::vector<size_t> wide = widths(columns);
  std::string out;
  const auto line = [&](auto&& cell, const std::string& mark) {
    std::string text;
    for (size_t c = 0; c < columns_.size(); c++) {
      if (c > 0) text.append(kGap, ' ');
      text += columns_[c].name ? left(cell(c), wide[c]) : right(cell(c), wide[c]);
    }
    end_line(out, mark.empty() ? text : text + " " + mark);
  };
  line([&](size_t c) { return columns_[c].header; }, "");
  for (const Row& row : rows_) line([&](size_t c) { return row.cells[c]; }, row.mark);
  return out;
}

std::string wrap(std::string_view sentence, size_t columns, size_t indent) {
  std::string out, line;
  const auto next_line = [&] {
    end_line(out, line);
    line.assign(indent, ' ');
  };
  bool empty = true;  // nothing but the indent
  for (size_t at = 0; at < sentence.size();) {
    const size_t end = word_end(sentence, at);
    std::string_view word = sentence.substr(at, end - at);
    at = end + 1;
    if (!empty && width(line) + 1 + width(word) > columns) {
      next_line();
      empty = true;
    }
    if (!empty) line += ' ';
    while (width(line) + width(word) > columns) {
      const size_t fits = bytes_that_fit(word, columns - width(line));
      line += word.substr(0, fits);
      word.remove_prefix(fits);
      next_line();
    }
    line += word;
    empty = false;
  }
  end_line(out, line);
  return out;
}

std::string flow(const std::vector<std::string>& facts, size_t columns, size_t gap, size_t indent) {
  std::string out, line;
  for (const std::string& fact : facts) {
    if (!line.empty() && width(line) + gap + width(fact) > columns) {
      end_line(out, line);
      line = std::string(indent, ' ') + cut(fact, columns - indent);
      continue;
    }
    if (!line.empty()) line.append(gap, ' ');
    line += cut(fact, columns);
  }
  if (!line.empty()) end_line(out, line);
  return out;
}

}  // namespace smtscope::text
