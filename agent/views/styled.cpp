// SPDX-License-Identifier: Apache-2.0
#include "views/styled.h"

#include "views/text_format.h"

namespace smtscope {

std::string plain_text(const StyledLine& line) {
  std::string out;
  for (const Span& span : line) out += span.text;
  return out;
}

size_t width(const StyledLine& line) {
  size_t columns = 0;
  for (const Span& span : line) columns += text::width(span.text);
  return columns;
}

void cut(StyledLine& line, size_t columns) {
  size_t used = 0;
  for (size_t i = 0; i < line.size(); i++) {
    const size_t wide = text::width(line[i].text);
    if (used + wide <= columns) {
      used += wide;
      continue;
    }
    const size_t room = columns - used;
    std::string& span = line[i].text;
    span.resize(room == 0 ? 0 : text::bytes_that_fit(span, room));
    if (text::width(span) > room) span.clear();  // a wide character on a single column
    line.resize(i + 1);
    return;
  }
}

void fill(StyledLine& line, size_t columns, Style style) {
  const size_t used = width(line);
  if (used < columns) line.push_back({std::string(columns - used, ' '), style});
}

}  // namespace smtscope
