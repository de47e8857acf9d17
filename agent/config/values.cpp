// SPDX-License-Identifier: Apache-2.0
#include "config/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <set>

#include "kernel/textfile.h"
#include "model/units.h"

namespace smtscope {
namespace {

constexpr size_t kMaxListItems = 256;
constexpr std::array<std::string_view, 3> kSwitchWords = {"false", "true", "auto"};
constexpr std::array<std::string_view, 3> kDetailWords = {"node", "core", "cpu"};

const char* kind_word(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::null: return "null";
    case YamlNode::Kind::scalar: return "a single value";
    case YamlNode::Kind::list: return "a list";
    case YamlNode::Kind::map: return "a map";
  }
  return "";
}

// A value of one scalar; parse returns what is wrong, or "" after it stored the value.
Value scalar_value(std::string allowed, std::function<std::string(const std::string&)> parse,
                   std::function<std::string()> print) {
  const auto read = [parse = std::move(parse)](const YamlNode& node, const Wrong& wrong) {
    const std::string what = node.kind == YamlNode::Kind::scalar ? parse(node.text) : misplaced(node);
    if (!what.empty()) wrong(node, "", what);
  };
  return {std::move(allowed), read, std::move(print)};
}

// The same value, or null for none.
template <class T>
Value or_null(std::optional<T>& at, std::string allowed, std::function<Value(T&)> make) {
  const auto read = [&at, make](const YamlNode& node, const Wrong& wrong) {
    if (node.kind == YamlNode::Kind::null) {
      at.reset();
      return;
    }
    T value{};
    bool good = true;
    make(value).read(node, [&](const YamlNode& where, std::string_view below, std::string what) {
      good = false;
      wrong(where, below, std::move(what));
    });
    if (good) at = std::move(value);
  };
  const auto print = [&at, make]() -> std::string { return at ? make(*at).print() : "null"; };
  return {std::move(allowed), read, print};
}

template <class E, size_t N>
Value enum_value(E& at, const std::array<std::string_view, N>& words, std::string allowed) {
  return scalar_value(
      std::move(allowed),
      [&at, &words](const std::string& text) -> std::string {
        const auto found = std::find(words.begin(), words.end(), text);
        if (found == words.end()) return fmt::format("{} is not known", shown(text));
        at = static_cast<E>(found - words.begin());
        return {};
      },
      [&at, &words] { return std::string(words.at(static_cast<size_t>(at))); });
}

// What is wrong with a text, whatever it is about.
std::string wrong_text(const std::string& text, const Form& form) {
  if (text.empty()) return "it is empty";
  if (text.size() > form.max_bytes) return fmt::format("{} bytes, at most {}", text.size(), form.max_bytes);
  if (find_bad_text(text) != std::string::npos || text.find_first_of("\t\r\n") != std::string::npos)
    return "it has control characters or is not UTF-8";
  return form.wrong ? form.wrong(text) : std::string();
}

const Form kAttributeName = {"", 255, nullptr};
const Form kAttributeValue = {"", 4096, nullptr};

}  // namespace

std::string misplaced(const YamlNode& node) { return fmt::format("{} is not possible here", kind_word(node)); }

Value duration_value(Nanoseconds& at, Nanoseconds least, Nanoseconds most) {
  return scalar_value(
      fmt::format("a duration from {} to {}", format_duration(least), format_duration(most)),
      [&at, least, most](const std::string& text) -> std::string {
        const auto value = parse_duration(text);
        if (!value && value.error().what.find("out of range") == std::string::npos)
          return fmt::format("{} is not a duration ({})", shown(text), value.error().mend);
        if (!value || *value < least || *value > most) return fmt::format("{} is out of range", shown(text));
        if (*value % std::chrono::milliseconds(1) != Nanoseconds(0))
          return fmt::format("{} is no whole number of milliseconds", shown(text));
        at = *value;
        return {};
      },
      [&at] { return format_duration(at); });
}

Value duration_value(std::optional<Nanoseconds>& at, Nanoseconds least, Nanoseconds most, std::string_view absent) {
  Nanoseconds unused{};
  return or_null<Nanoseconds>(at, fmt::format("{}, or null: {}", duration_value(unused, least, most).allowed, absent),
                              [least, most](Nanoseconds& value) { return duration_value(value, least, most); });
}

Value size_value(uint64_t& at, uint64_t least, uint64_t most) {
  return scalar_value(
      fmt::format("a size from {} to {}", format_size(least), format_size(most)),
      [&at, least, most](const std::string& text) -> std::string {
        const auto value = parse_size(text);
        if (!value) return fmt::format("{} is not a size ({})", shown(text), value.error().mend);
        if (*value < least || *value > most) return fmt::format("{} is out of range", shown(text));
        at = *value;
        return {};
      },
      [&at] { return format_size(at); });
}

Value count_value(uint32_t& at, uint32_t least, uint32_t most) {
  return scalar_value(
      fmt::format("a whole number from {} to {}", least, most),
      [&at, least, most](const std::string& text) -> std::string {
        uint32_t value = 0;
        const char* end = text.data() + text.size();
        const auto [stop, error] = std::from_chars(text.data(), end, value);
        const bool negative =
            text.size() > 1 && text[0] == '-' && text.find_first_not_of("0123456789", 1) == std::string::npos;
        if (!negative && (error == std::errc::invalid_argument || stop != end))
          return fmt::format("{} is not a whole number", shown(text));
        if (negative || error != std::errc() || value < least || value > most)
          return fmt::format("{} is out of range", shown(text));
        at = value;
        return {};
      },
      [&at] { return std::to_string(at); });
}

Value number_value(double& at, double most) {
  return scalar_value(
      fmt::format("a number above 0, at most {}", most),
      [&at, most](const std::string& text) -> std::string {
        double value = 0;
        const char* end = text.data() + text.size();
        const auto [stop, error] = std::from_chars(text.data(), end, value);
        if (error == std::errc::invalid_argument || stop != end || std::isnan(value))
          return fmt::format("{} is not a number", shown(text));
        if (error != std::errc() || !(value > 0) || value > most) return fmt::format("{} is out of range", shown(text));
        at = value;
        return {};
      },
      [&at] { return fmt::format("{}", at); });
}

Value switch_value(Enabled& at) { return enum_value(at, kSwitchWords, "true, false, auto"); }

Value detail_value(Detail& at) { return enum_value(at, kDetailWords, "node, core, cpu"); }

Value flag_value(bool& at) {
  return scalar_value(
      "true, false",
      [&at](const std::string& text) -> std::string {
        if (text != "true" && text != "false") return fmt::format("{} is not known", shown(text));
        at = text == "true";
        return {};
      },
      [&at] { return at ? "true" : "false"; });
}

Value word_value(std::string& at, std::span<const std::string_view> words) {
  return scalar_value(
      fmt::format("{}", fmt::join(words, ", ")),
      [&at, words](const std::string& text) -> std::string {
        if (std::find(words.begin(), words.end(), text) == words.end())
          return fmt::format("{} is not known", shown(text));
        at = text;
        return {};
      },
      [&at] { return yaml_text(at); });
}

Value text_value(std::string& at, const Form& form) {
  return scalar_value(
      std::string(form.allowed),
      [&at, &form](const std::string& text) {
        std::string what = wrong_text(text, form);
        if (what.empty()) at = text;
        return what;
      },
      [&at] { return yaml_text(at); });
}

Value text_value(std::optional<std::string>& at, const Form& form) {
  return or_null<std::string>(at, std::string(form.allowed) + ", or null",
                              [&form](std::string& value) { return text_value(value, form); });
}

Value list_value(std::vector<std::string>& at, const Form& form, size_t least) {
  std::string allowed = fmt::format("a list of {} to {}, each {}", least, kMaxListItems, form.allowed);
  const auto read = [&at, &form, least](const YamlNode& node, const Wrong& wrong) {
    if (node.kind != YamlNode::Kind::list) return wrong(node, "", misplaced(node));
    if (node.items.size() < least || node.items.size() > kMaxListItems)
      return wrong(node, "", fmt::format("{} elements", node.items.size()));
    std::vector<std::string> list;
    bool good = true;
    for (size_t i = 0; i < node.items.size(); ++i) {
      std::string text;
      bool fits = true;
      text_value(text, form).read(node.items[i], [&](const YamlNode& where, std::string_view, const std::string& what) {
        fits = false;
        wrong(where, std::to_string(i), fmt::format("{}; allowed: {}", what, form.allowed));
      });
      const auto twin = std::find(list.begin(), list.end(), text);
      if (fits && twin != list.end())
        wrong(node.items[i], std::to_string(i), fmt::format("{} is there twice", shown(text)));
      good = good && fits && twin == list.end();
      list.push_back(text);
    }
    if (good) at = std::move(list);
  };
  const auto print = [&at] {
    std::string out;
    for (const std::string& text : at) out += (out.empty() ? "" : ", ") + yaml_text(text);
    return "[" + out + "]";
  };
  return {std::move(allowed), read, print};
}

Value attributes_value(std::vector<std::pair<std::string, std::string>>& at) {
  std::string allowed = fmt::format("a map of at most {} names (1 to {} bytes) and single values (at most {} bytes)",
                                    kMaxListItems, kAttributeName.max_bytes, kAttributeValue.max_bytes);
  const auto read = [&at](const YamlNode& node, const Wrong& wrong) {
    if (node.kind != YamlNode::Kind::map) return wrong(node, "", misplaced(node));
    if (node.entries.size() > kMaxListItems) return wrong(node, "", fmt::format("{} names", node.entries.size()));
    std::vector<std::pair<std::string, std::string>> list;
    std::set<std::string_view> names;
    for (const YamlEntry& entry : node.entries) {
      const std::string below = key_text(entry.name);
      if (const std::string what = wrong_text(entry.name, kAttributeName); !what.empty())
        wrong(entry.value, below, fmt::format("the name is not possible: {}", what));
      else if (!names.insert(entry.name).second) wrong(entry.value, below, "this key is there twice");
      else if (entry.value.kind != YamlNode::Kind::scalar)
        wrong(entry.value, below, misplaced(entry.value) + "; allowed: a single value");
      else if (const std::string bad = entry.value.text.empty() ? "" : wrong_text(entry.value.text, kAttributeValue);
               !bad.empty())
        wrong(entry.value, below, bad);
      else list.emplace_back(entry.name, entry.value.text);
    }
    std::sort(list.begin(), list.end());
    at = std::move(list);
  };
  const auto print = [&at] {
    std::string out;
    for (const auto& [name, value] : at)
      out += fmt::format("{}{}: {}", out.empty() ? "" : ", ", yaml_text(name), yaml_text(value));
    return "{" + out + "}";
  };
  return {allowed, read, print};
}

std::string yaml_text(std::string_view text) {
  static constexpr std::string_view kWords[] = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"};
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  const auto letter = [](unsigned char c) { return std::isalpha(c) || c == '/' || c == '_'; };
  const auto harmless = [&](unsigned char c) { return letter(c) || std::isdigit(c) || c == '.' || c == '-'; };
  const bool plain = !text.empty() && letter(static_cast<unsigned char>(text[0])) &&
                     std::all_of(text.begin(), text.end(), harmless) &&
                     std::find(std::begin(kWords), std::end(kWords), lower) == std::end(kWords);
  if (plain) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    else out += c;
  }
  return out + "\"";
}

}  // namespace smtscope
