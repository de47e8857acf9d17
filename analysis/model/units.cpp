// SPDX-License-Identifier: Apache-2.0
#include "model/units.h"

#include <charconv>
#include <cmath>

namespace smtscope {
namespace {

struct DurationUnit {
  std::string_view name;
  int64_t ns;
};
constexpr DurationUnit kDurations[] = {
    {"h", 3'600'000'000'000}, {"m", 60'000'000'000}, {"s", 1'000'000'000}, {"ms", 1'000'000}, {"us", 1'000}};

struct SizeUnit {
  std::string_view name;
  unsigned shift;
};
constexpr SizeUnit kSizes[] = {{"GiB", 30}, {"MiB", 20}, {"KiB", 10}, {"", 0}};

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

}  // namespace

Result<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  const auto wrong = [&] {
    return fail(ErrorKind::usage, quoted(text) + " is not a duration", "write a number and a unit: 500ms, 10s, 2m, 1h");
  };
  double number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (parsed.ec != std::errc()) return wrong();
  const std::string_view unit(parsed.ptr, static_cast<size_t>(text.data() + text.size() - parsed.ptr));
  for (const DurationUnit& u : kDurations) {
    if (u.name != unit) continue;
    const double ns = number * static_cast<double>(u.ns);
    if (!(ns >= 1e6) || ns > 366.0 * 86400 * 1e9)
      return fail(ErrorKind::usage, "the duration " + quoted(text) + " is out of range",
                  "choose between 1ms and 8784h");
    return std::chrono::nanoseconds(std::llround(ns));
  }
  return wrong();
}

Result<uint64_t> parse_size(std::string_view text) {
  uint64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(parsed.ptr, static_cast<size_t>(text.data() + text.size() - parsed.ptr));
  for (const SizeUnit& u : kSizes)
    if (parsed.ec == std::errc() && u.name == unit && number <= (UINT64_MAX >> u.shift)) return number << u.shift;
  return fail(ErrorKind::usage, quoted(text) + " is not a size",
              "write a whole number and a unit: 512KiB, 64MiB, 1GiB, or bytes without a unit");
}

std::string format_duration(std::chrono::nanoseconds duration) {
  const int64_t ns = duration.count();
  for (const DurationUnit& u : kDurations)
    if (ns != 0 && ns % u.ns == 0) return std::to_string(ns / u.ns) + std::string(u.name);
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, static_cast<double>(ns) / 1e6, std::chars_format::fixed);
  return std::string(text, end.ptr) + "ms";
}

std::string format_size(uint64_t bytes) {
  for (const SizeUnit& u : kSizes)
    if (bytes != 0 && bytes % (1ull << u.shift) == 0) return std::to_string(bytes >> u.shift) + std::string(u.name);
  return std::to_string(bytes);
}

}  // namespace smtscope
