// SPDX-License-Identifier: Apache-2.0
#include "topdown/read_parts.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace smtscope::topdown {

std::string excerpt(std::string_view text) {
  constexpr size_t kLongest = 60;
  std::string out(text.substr(0, kLongest));
  for (char& c : out)
    if (c < ' ' || c > '~') c = '?';
  return text.size() > kLongest ? out + ".." : out;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

std::optional<double> decimal(std::string_view text) {
  std::string plain(trimmed(text));
  std::replace(plain.begin(), plain.end(), ',', '.');
  double value = 0;
  const auto [end, error] = std::from_chars(plain.data(), plain.data() + plain.size(), value);
  if (plain.empty() || error != std::errc() || end != plain.data() + plain.size() || !std::isfinite(value)) return {};
  return value;
}

std::optional<Reason> not_a_count(std::string_view text) {
  const std::string_view word = trimmed(text);
  if (word == "<not supported>") return Reason::unsupported;
  if (word == "<not counted>") return Reason::not_counted;
  return std::nullopt;
}

}  // namespace smtscope::topdown
