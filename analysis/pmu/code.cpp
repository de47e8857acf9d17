// SPDX-License-Identifier: Apache-2.0
#include "pmu/code.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <vector>

namespace smtscope::pmu {
namespace {

struct Field {
  const char* name;
  unsigned first, bits;  // in the vendor's layout
  unsigned shift = 0;    // of these bits in the value
};

const std::vector<Field>& fields_of(CpuVendor vendor) {
  static const std::vector<Field> intel = {{"event", 0, 8}, {"umask", 8, 8}, {"edge", 18, 1},
                                           {"any", 21, 1},  {"inv", 23, 1},  {"cmask", 24, 8}};
  static const std::vector<Field> amd = {{"event", 0, 8}, {"umask", 8, 8},  {"edge", 18, 1},
                                         {"inv", 23, 1},  {"cmask", 24, 8}, {"event", 32, 4, 8}};
  static const std::vector<Field> arm = {{"event", 0, 16}};
  static const std::vector<Field> none;
  switch (vendor) {
    case CpuVendor::intel: return intel;
    case CpuVendor::amd: return amd;
    case CpuVendor::arm: return arm;
    case CpuVendor::unknown: return none;
  }
  return none;
}

uint64_t mask_of(unsigned bits) { return bits >= 64 ? ~0ull : (1ull << bits) - 1; }

// Decimal or, with 0x, hexadecimal; the whole text.
std::optional<uint64_t> number(std::string_view text) {
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  if (hex) text.remove_prefix(2);
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, hex ? 16 : 10);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string_view stripped(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

// The parts of "a,b,c"; empty ones too.
std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> out;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(',', at), text.size());
    out.push_back(stripped(text.substr(at, end - at)));
    at = end + 1;
  }
  return out;
}

struct Place {
  uint64_t Config::*word = nullptr;
  struct Range {
    unsigned first, bits;
  };
  std::vector<Range> ranges;  // lowest bits of the value first
};

// "config1:0-15", "config:0-7,32-35", "config:21".
std::optional<Place> parse_format(std::string_view text) {
  Place out;
  text = stripped(text);
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view word = text.substr(0, colon);
  if (word == "config") out.word = &Config::config;
  else if (word == "config1") out.word = &Config::config1;
  else if (word == "config2") out.word = &Config::config2;
  else return std::nullopt;
  for (const std::string_view range : split(text.substr(colon + 1))) {
    const size_t dash = range.find('-');
    const auto first = number(range.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : number(range.substr(dash + 1));
    if (!first || !last || *last > 63 || *first > *last) return std::nullopt;
    out.ranges.push_back({static_cast<unsigned>(*first), static_cast<unsigned>(*last - *first + 1)});
  }
  return out;
}

}  // namespace

Result<Terms> terms_of(CpuVendor vendor, uint64_t code) {
  Terms out{{"event", 0}};
  uint64_t left = code;
  for (const Field& field : fields_of(vendor)) {
    const uint64_t value = code >> field.first & mask_of(field.bits);
    left &= ~(mask_of(field.bits) << field.first);
    if (value) out[field.name] |= value << field.shift;
  }
  if (left) return fail(ErrorKind::bug, fmt::format("event code {:#x} has bits of no field ({:#x})", code, left));
  return out;
}

Result<Terms> parse_terms(std::string_view text) {
  Terms out;
  text = stripped(text);
  if (text.empty()) return fail(ErrorKind::input, "an event without terms");
  for (const std::string_view term : split(text)) {
    const size_t equals = term.find('=');
    const std::string_view name = term.substr(0, equals);
    const auto value = equals == std::string_view::npos ? std::optional<uint64_t>(1) : number(term.substr(equals + 1));
    if (name.empty() || !value || !out.emplace(name, *value).second)
      return fail(ErrorKind::input, fmt::format("cannot read the terms of an event: \"{}\"", text.substr(0, 100)));
  }
  return out;
}

Result<Config> place(const Terms& terms, const std::map<std::string, std::string>& format) {
  Config out;
  for (const auto& [name, value] : terms) {
    const auto file = format.find(name);
    if (file == format.end()) {
      if (value == 0) continue;
      return fail(ErrorKind::unsupported, fmt::format("this kernel's PMU has no field \"{}\" for events", name));
    }
    const auto where = parse_format(file->second);
    if (!where)
      return fail(ErrorKind::input, fmt::format("cannot read format/{}: \"{}\"", name, file->second.substr(0, 100)));
    uint64_t left = value;
    for (const Place::Range& range : where->ranges) {
      out.*where->word |= (left & mask_of(range.bits)) << range.first;
      left = range.bits >= 64 ? 0 : left >> range.bits;
    }
    if (left)
      return fail(ErrorKind::unsupported,
                  fmt::format("{}={:#x} does not fit into the kernel's field {}", name, value, file->second));
  }
  return out;
}

}  // namespace smtscope::pmu
