// SPDX-License-Identifier: Apache-2.0
// Lines that fit the screen: tables whose names give way, sentences that wrap.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace smtscope::text {

// A column of a table: names are on the left and share what the numbers leave; numbers are on the right.
struct Column {
  std::string header;
  bool name = false;
  size_t least = 0;  // of numbers: at least this wide
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // One cell a column. A mark ("<") stands behind the last cell.
  void row(std::vector<std::string> cells, std::string mark = {});
  // Header and rows, none wider than `columns`; names are cut, numbers are not.
  [[nodiscard]] std::string str(size_t columns) const;

 private:
  struct Row {
    std::vector<std::string> cells;
    std::string mark;
  };
  [[nodiscard]] std::vector<size_t> widths(size_t columns) const;

  std::vector<Column> columns_;
  std::vector<Row> rows_;
};

// A sentence, wrapped at spaces; later lines are indented. A word longer than a line is broken.
[[nodiscard]] std::string wrap(std::string_view sentence, size_t columns, size_t indent = 2);

// Short facts beside each other with `gap` spaces between, as many a line as fit.
[[nodiscard]] std::string flow(const std::vector<std::string>& facts, size_t columns, size_t gap, size_t indent = 2);

}  // namespace smtscope::text
