// SPDX-License-Identifier: Apache-2.0
#include "views/text_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace smtscope::text {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kCut = "..";

struct Char {
  uint32_t code = 0;
  size_t bytes = 1;
  bool valid = false;
};

// The character at the start of a text that is not empty; an invalid one is one byte long.
Char first_char(std::string_view s) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(s[i]); };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || s.size() < length) return {};
  uint32_t code = lead & (0xFFu >> (length + 1));
  for (size_t i = 1; i < length; i++) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3Fu);
  }
  static constexpr std::array<uint32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kSmallest[length] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {};
  return {code, length, true};
}

struct Range {
  uint32_t first, last;
};

template <size_t N>
bool in(const std::array<Range, N>& ranges, uint32_t code) {
  return std::any_of(ranges.begin(), ranges.end(), [&](Range r) { return code >= r.first && code <= r.last; });
}

// Not wcwidth(): it depends on the locale of the caller.
constexpr std::array<Range, 12> kWide = {{{0x1100, 0x115F},
                                          {0x2E80, 0x303E},
                                          {0x3041, 0xA4CF},
                                          {0xA960, 0xA97C},
                                          {0xAC00, 0xD7A3},
                                          {0xF900, 0xFAFF},
                                          {0xFE30, 0xFE6F},
                                          {0xFF00, 0xFF60},
                                          {0xFFE0, 0xFFE6},
                                          {0x1F300, 0x1F64F},
                                          {0x1F680, 0x1FAFF},
                                          {0x20000, 0x3FFFD}}};
constexpr std::array<Range, 7> kCombining = {{{0x0300, 0x036F},
                                              {0x0483, 0x0489},
                                              {0x0591, 0x05BD},
                                              {0x1AB0, 0x1AFF},
                                              {0x200B, 0x200D},
                                              {0x20D0, 0x20FF},
                                              {0xFE00, 0xFE0F}}};
constexpr std::array<Range, 7> kNotPrinted = {{{0x00, 0x1F},
                                               {0x7F, 0x9F},
                                               {0x061C, 0x061C},
                                               {0x200E, 0x200F},
                                               {0x2028, 0x202E},
                                               {0x2066, 0x2069},
                                               {0xFEFF, 0xFEFF}}};

size_t char_width(uint32_t code) {
  if (code < kCombining.front().first) return 1;
  return in(kCombining, code) ? 0 : in(kWide, code) ? 2 : 1;
}

// Bytes from the end that take at most `columns`.
size_t tail_bytes(std::string_view s, size_t columns) {
  size_t skip = width(s), at = 0;
  while (at < s.size() && skip > columns) {
    const Char c = first_char(s.substr(at));
    skip -= std::min(skip, char_width(c.code));
    at += c.bytes;
  }
  return s.size() - at;
}

size_t head_bytes(std::string_view s, size_t columns) {
  size_t used = 0, at = 0;
  while (at < s.size()) {
    const Char c = first_char(s.substr(at));
    used += char_width(c.code);
    if (used > columns) break;
    at += c.bytes;
  }
  return at;
}

}  // namespace

std::string clean(std::string_view raw) {
  std::string out;
  out.reserve(raw.size());
  for (size_t at = 0; at < raw.size();) {
    const Char c = first_char(raw.substr(at));
    if (c.valid && !in(kNotPrinted, c.code)) out += raw.substr(at, c.bytes);
    else out += kReplacement;
    at += c.bytes;
  }
  return out;
}

size_t width(std::string_view s) {
  size_t columns = 0;
  for (size_t at = 0; at < s.size();) {
    const Char c = first_char(s.substr(at));
    columns += char_width(c.code);
    at += c.bytes;
  }
  return columns;
}

std::string cut(std::string_view s, size_t columns) {
  if (width(s) <= columns) return std::string(s);
  if (columns <= kCut.size()) return std::string(s.substr(0, head_bytes(s, columns)));
  const size_t room = columns - kCut.size(), head = room / 3;
  return std::string(s.substr(0, head_bytes(s, head))) + std::string(kCut) +
         std::string(s.substr(s.size() - tail_bytes(s, room - head)));
}

std::string left(std::string_view s, size_t columns) {
  std::string out = cut(s, columns);
  return out.append(columns - width(out), ' ');
}

std::string right(std::string_view s, size_t columns) {
  const std::string out = cut(s, columns);
  return std::string(columns - width(out), ' ') + out;
}

size_t bytes_that_fit(std::string_view s, size_t columns) {
  if (s.empty()) return 0;
  return std::max(head_bytes(s, columns), first_char(s).bytes);
}

std::string bar(double share, size_t full) {
  if (!(share > 0)) return "";
  const double wanted = std::round(std::min(share, 1.0) * static_cast<double>(full));
  return std::string(std::max<size_t>(full > 0 ? 1 : 0, static_cast<size_t>(wanted)), '#');
}

std::string percent(double share) {
  const double p = share * 100;
  if (p > 0 && p < 0.05) return "<0.1 %";
  const double tenths = std::round(p * 10);
  if (std::fmod(tenths, 10) == 0) return fmt::format("{:.0f} %", tenths / 10);
  return fmt::format("{:.1f} %", tenths / 10);
}

std::string short_percent(double share) {
  const double p = share * 100;
  if (p > 0 && p < 0.5) return "<1 %";
  if (p >= 99.5 && p < 100 - 1e-6) return ">99 %";
  return fmt::format("{:.0f} %", std::round(p));
}

std::string percent_range(double low, double high) {
  const auto whole = [](double share) { return fmt::format("{:.0f}", std::round(share * 100)); };
  if (whole(low) != whole(high)) return whole(low) + "-" + whole(high) + " %";
  const auto tenths = [](double share) { return fmt::format("{:.1f}", std::round(share * 1000) / 10); };
  if (tenths(low) != tenths(high)) return tenths(low) + "-" + tenths(high) + " %";
  return short_percent(high);
}

// A unit is left where its rounded text would read "1000".
std::string duration_us(double us) {
  if (us < 0.95) return us > 0 ? fmt::format("{:.1f} us", us) : "0 us";
  if (us < 999.5) return fmt::format("{:.0f} us", us);
  const double ms = us / 1000;
  if (ms < 9.95) return fmt::format("{:.1f} ms", ms);
  if (ms < 999.5) return fmt::format("{:.0f} ms", ms);
  return fmt::format("{:.1f} s", ms / 1000);
}

std::string duration_seconds(double seconds) { return duration_us(seconds * 1e6); }

std::string seconds(double s) {
  if (s >= 0.095 || s <= 0) return fmt::format("{:.1f}", s);
  if (s < 0.0005) return "<0.001";
  return fmt::format("{:.{}f}", s, s >= 0.0095 ? 2 : 3);
}

std::string count(unsigned long long n) {
  std::string out = std::to_string(n);
  for (size_t at = out.size(); at > 3; at -= 3) out.insert(at - 3, ",");
  return out;
}

}  // namespace smtscope::text
