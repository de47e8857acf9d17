// SPDX-License-Identifier: Apache-2.0
#include "json_text.h"

#include <array>
#include <charconv>
#include <cmath>

namespace smtscope::json {
namespace {

// Bytes of the valid character at the start of a text; 0 if there is none. `bad` is then how many bytes belong to
// the broken one: those that could have begun a character (Unicode 15, section 3.9, "maximal subpart").
size_t valid_bytes(std::string_view s, size_t& bad) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(s[i]); };
  const uint8_t lead = byte(0);
  bad = 1;
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  // The second byte's range keeps out overlong forms, surrogates and what is above U+10FFFF.
  const uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  for (size_t i = 1; i < length; i++) {
    if (i >= s.size() || byte(i) < (i == 1 ? low : 0x80) || byte(i) > (i == 1 ? high : 0xBF)) return 0;
    bad = i + 1;
  }
  return length;
}

void append_ascii(std::string& out, char c) {
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\t': out += "\\t"; return;
    case '\r': out += "\\r"; return;
    default: break;
  }
  if (static_cast<uint8_t>(c) >= 0x20) {
    out += c;
    return;
  }
  static constexpr std::string_view kHex = "0123456789abcdef";
  out += "\\u00";
  out += kHex[static_cast<uint8_t>(c) >> 4];
  out += kHex[c & 15];
}

template <class T>
void append_chars(std::string& out, T value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  out.append(text.data(), end);
}

}  // namespace

void append_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    size_t bad = 0;
    const size_t good = valid_bytes(text, bad);
    if (good == 1) append_ascii(out, text[0]);
    else if (good > 1) out += text.substr(0, good);
    else out += "\xEF\xBF\xBD";
    text.remove_prefix(good ? good : bad);
  }
  out += '"';
}

void append_number(std::string& out, double value) {
  if (!std::isfinite(value)) out += "null";
  else if (std::abs(value) < 0x1p53 && value == std::trunc(value)) append_chars(out, static_cast<int64_t>(value));
  else append_chars(out, value);
}

void append_number(std::string& out, int64_t value) { append_chars(out, value); }
void append_number(std::string& out, uint64_t value) { append_chars(out, value); }

}  // namespace smtscope::json
