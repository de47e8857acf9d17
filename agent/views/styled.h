// SPDX-License-Identifier: Apache-2.0
// Lines of a screen with what each piece means; the terminal chooses colours and attributes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace smtscope {

enum class Style : uint8_t {
  plain,
  dim,
  strong,
  title,
  header,
  selected,
  warning,
  idle,
  single,
  partial,
  all_busy,
  unknown,
};
inline constexpr size_t kStyles = 12;

struct Span {
  std::string text;  // clean: text::clean()
  Style style = Style::plain;
};
using StyledLine = std::vector<Span>;

// Without the styles: what a terminal without colours and attributes shows.
[[nodiscard]] std::string plain_text(const StyledLine& line);
[[nodiscard]] size_t width(const StyledLine& line);
// At most so many columns; what is beyond is cut off.
void cut(StyledLine& line, size_t columns);
// Fills a line with spaces of a style up to `columns`.
void fill(StyledLine& line, size_t columns, Style style);

}  // namespace smtscope
