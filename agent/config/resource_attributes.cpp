// SPDX-License-Identifier: Apache-2.0
#include "config/resource_attributes.h"

#include <fmt/format.h>

#include <charconv>
#include <map>
#include <optional>

#include "config/values.h"
#include "kernel/textfile.h"

namespace smtscope {
namespace {

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    unsigned byte = 0;
    const std::string_view digits = text.substr(i + 1, 2);
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (digits.size() != 2 || error != std::errc() || stop != digits.data() + 2) return std::nullopt;
    out += static_cast<char>(byte);
    i += 2;
  }
  return out;
}

}  // namespace

void add_resource_attributes(std::string_view text, uint32_t source,
                             std::vector<std::pair<std::string, std::string>>& attributes, Problems& problems) {
  const Origin at{source, 0};
  YamlNode map = make_node(YamlNode::Kind::map, at);
  std::map<std::string, size_t> place;
  while (!text.empty()) {
    const size_t end = std::min(text.find(','), text.size());
    const std::string_view item = strip(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (item.empty()) continue;
    const size_t equals = item.find('=');
    const auto name = percent_decoded(strip(item.substr(0, equals)));
    const auto value =
        equals == std::string_view::npos ? std::nullopt : percent_decoded(strip(item.substr(equals + 1)));
    if (!name || !value) {
      problems.add(at, "", fmt::format("{} is no name=value, percent-encoded", shown(item)));
      continue;
    }
    YamlNode scalar = make_node(YamlNode::Kind::scalar, at, *value);
    const auto [known, added] = place.emplace(*name, map.entries.size());
    if (added) map.entries.push_back({*name, at, std::move(scalar)});
    else map.entries[known->second].value = std::move(scalar);  // the last one counts, as OpenTelemetry says
  }
  std::vector<std::pair<std::string, std::string>> found;
  attributes_value(found).read(map, [&](const YamlNode&, std::string_view below, std::string what) {
    problems.add(at, below, std::move(what));
  });
  std::map<std::string, std::string> merged(found.begin(), found.end());
  for (const auto& [name, value] : attributes) merged[name] = value;
  attributes.assign(merged.begin(), merged.end());
}

}  // namespace smtscope
