// SPDX-License-Identifier: Apache-2.0
#include "views/diff_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "views/text_format.h"

namespace smtscope::diff {
namespace {

// Three digits.
int decimals_for(double largest) {
  if (!(largest > 0)) return 0;
  return std::clamp(2 - static_cast<int>(std::floor(std::log10(largest) + 1e-9)), 0, 3);
}

struct Unit {
  double least;  // from this value on
  double factor;
  const char* name;
};

Scale pick(double largest, std::initializer_list<Unit> units) {
  const Unit* chosen = units.begin();
  for (const Unit& unit : units)
    if (largest >= unit.least) chosen = &unit;
  return {chosen->factor, decimals_for(largest * chosen->factor), chosen->name};
}

}  // namespace

Scale scale_of(Show show, double largest, bool per_work) {
  switch (show) {
    case Show::share: return {100, largest >= 0.0995 ? 1 : 2, "%"};
    case Show::wait: return pick(largest, {{0, 1, "us"}, {1e4, 1e-3, "ms"}, {1e7, 1e-6, "s"}});
    case Show::count:
      if (per_work) return pick(largest, {{0, 1e3, "/1000"}, {1, 1, ""}});
      return pick(largest, {{0, 1, "/s"}, {1e4, 1e-3, "k/s"}, {1e7, 1e-6, "M/s"}});
    case Show::seconds:
      if (!per_work) return pick(largest, {{0, 1, "s"}});
      return pick(largest, {{0, 1e9, "ns"}, {1e-6, 1e6, "us"}, {1e-3, 1e3, "ms"}, {1, 1, "s"}});
  }
  return {};
}

Scale scale_of(Show show, const std::vector<double>& centres, double largest, bool per_work) {
  double top = largest, least = 0;
  for (const double centre : centres) {
    top = std::max(top, centre);
    if (centre > 0) least = least > 0 ? std::min(least, centre) : centre;
  }
  Scale scale = scale_of(show, top, per_work);
  if (show == Show::share || !(least > 0)) return scale;
  // The smaller side keeps its digits as long as the larger one does not need more than four.
  const int whole = std::max(1, static_cast<int>(std::floor(std::log10(top * scale.factor))) + 1);
  scale.decimals = std::max(scale.decimals, std::min(decimals_for(least * scale.factor), 4 - whole));
  return scale;
}

std::string number(double value, const Scale& scale) {
  const double scaled = value * scale.factor;
  std::string out = fmt::format("{:.{}f}", scaled, scale.decimals);
  if (scaled >= 9999.5) return text::count(static_cast<unsigned long long>(std::llround(scaled)));
  // A trace is not nothing, and nothing is not "-0.0".
  const bool zero = out.find_first_not_of("-0.") == std::string::npos;
  if (zero)
    return scaled > 0 && scale.decimals > 0
               ? "<" + fmt::format("{:.{}f}", std::pow(10, -scale.decimals), scale.decimals)
               : "0";
  return out;
}

std::string signed_number(double value, const Scale& scale) {
  // What the row's digits do not show gets one more.
  Scale finer = scale;
  for (finer.decimals = scale.decimals; finer.decimals <= scale.decimals + 1; finer.decimals++) {
    const std::string size = number(std::abs(value), finer);
    if (size != "0" && size[0] != '<') return (value < 0 ? "-" : "+") + size;
  }
  return "0";
}

std::string percent_change(const Change& change) {
  if (!change.percent) return "-";
  const double p = *change.percent;
  if (p >= 900) return fmt::format("x {:.0f}", 1 + p / 100);
  const double rounded = std::abs(p) < 9.95 ? std::round(p * 10) / 10 : std::round(p);
  if (rounded == 0) return "0 %";
  return fmt::format("{:+.{}f} %", rounded, std::abs(p) < 9.95 ? 1 : 0);
}

std::string with_unit(Show show, double value, bool per_work) {
  if (show == Show::share) return text::percent(value);
  if (show == Show::wait) return text::duration_us(value);
  const Scale scale = scale_of(show, value, per_work);
  const std::string out = number(value, scale);
  return scale.unit.empty() ? out : out + " " + scale.unit;
}

}  // namespace smtscope::diff
