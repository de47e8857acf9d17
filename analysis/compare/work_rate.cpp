// SPDX-License-Identifier: Apache-2.0
#include "compare/work_rate.h"

#include <charconv>
#include <cmath>
#include <string_view>

namespace smtscope {
namespace {

struct Word {
  std::string_view text;
  double factor;
};
constexpr Word kThousands[] = {{"", 1}, {"k", 1e3}, {"K", 1e3}, {"M", 1e6}, {"G", 1e9}};
constexpr Word kPer[] = {{"s", 1}, {"sec", 1}, {"second", 1}, {"min", 1.0 / 60}, {"h", 1.0 / 3600}};

double factor_of(const Word* begin, const Word* end, std::string_view text) {
  for (const Word* word = begin; word != end; word++)
    if (word->text == text) return word->factor;
  return 0;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

Result<double> parse_work_rate(const std::string& text) {
  const auto wrong = [&](const std::string& why) {
    return fail(ErrorKind::usage, "'" + text + "' is not a rate of work" + why,
                "write how many units of work were done in a time: 41000/s, 41k/s, 2.5M/min");
  };
  const std::string_view whole = trimmed(text);
  double number = 0;
  const auto parsed = std::from_chars(whole.data(), whole.data() + whole.size(), number, std::chars_format::general);
  if (parsed.ec != std::errc()) return wrong("");
  const std::string_view rest(parsed.ptr, static_cast<size_t>(whole.data() + whole.size() - parsed.ptr));
  const size_t slash = rest.find('/');
  if (slash == std::string_view::npos) return wrong(": it does not say in what time");
  const double thousands = factor_of(std::begin(kThousands), std::end(kThousands), trimmed(rest.substr(0, slash)));
  const double per = factor_of(std::begin(kPer), std::end(kPer), trimmed(rest.substr(slash + 1)));
  if (thousands == 0 || per == 0) return wrong("");
  const double rate = number * thousands * per;
  if (!(rate > 0) || !std::isfinite(rate)) return wrong(": it must be more than 0");
  return rate;
}

}  // namespace smtscope
