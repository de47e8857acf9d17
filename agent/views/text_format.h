// SPDX-License-Identifier: Apache-2.0
// Words, numbers and bars for terminals. Widths are columns on the screen, not bytes. Texts `s` are clean().
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace smtscope::text {

// Valid UTF-8 that a terminal only prints: invalid bytes, control characters and marks that reverse the
// direction become U+FFFD. Names come from anyone who may start a process.
[[nodiscard]] std::string clean(std::string_view raw);

// Columns that a clean text takes: 2 for wide East Asian characters and emoji, 0 for combining marks.
[[nodiscard]] size_t width(std::string_view s);

// At most `columns` wide; what does not fit is replaced by ".." within, for long names differ at their ends.
[[nodiscard]] std::string cut(std::string_view s, size_t columns);

// Exactly `columns` wide, cut or filled with spaces.
[[nodiscard]] std::string left(std::string_view s, size_t columns);
[[nodiscard]] std::string right(std::string_view s, size_t columns);

// First part of a text that fits into `columns`, at least one character: where a long word is broken.
[[nodiscard]] size_t bytes_that_fit(std::string_view s, size_t columns);

// '#' for a share 0..1 of `full` columns; a share above 0 shows at least one.
[[nodiscard]] std::string bar(double share, size_t full);

// "67.5 %", "50 %", "<0.1 %".
[[nodiscard]] std::string percent(double share);
// For tables: "68 %", "<1 %", ">99 %".
[[nodiscard]] std::string short_percent(double share);
// "53-68 %", "5.6-6.5 %".
[[nodiscard]] std::string percent_range(double low, double high);

// "6 us", "1.9 ms", "2.5 s".
[[nodiscard]] std::string duration_us(double us);
[[nodiscard]] std::string duration_seconds(double seconds);
// Seconds without the unit: "88.0", "0.04".
[[nodiscard]] std::string seconds(double s);
// "41,322".
[[nodiscard]] std::string count(unsigned long long n);

}  // namespace smtscope::text
