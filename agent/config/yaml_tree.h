// SPDX-License-Identifier: Apache-2.0
// A YAML document as a plain tree that remembers where each part was written. Duplicate keys are kept.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace smtscope {

struct Origin {
  uint32_t source = 0;  // which text: the file, a --set, ..
  uint32_t line = 0;    // 0: the text as a whole
};

struct YamlEntry;

struct YamlNode {
  enum class Kind : uint8_t { null, scalar, list, map };
  Kind kind = Kind::null;
  Origin at;
  std::string text;                // of a scalar, without its quotes
  std::vector<YamlNode> items;     // of a list
  std::vector<YamlEntry> entries;  // of a map, in the order of the text

  // The value of the first entry of this name; null pointer: none, or not a map.
  [[nodiscard]] const YamlNode* find(std::string_view name) const;
  [[nodiscard]] YamlNode* find(std::string_view name);
};

struct YamlEntry {
  std::string name;
  Origin at;
  YamlNode value;
};

[[nodiscard]] YamlNode make_node(YamlNode::Kind kind, Origin at, std::string text = {});

struct YamlFailure {
  Origin at;
  std::string what;
};

// One document of UTF-8. Bounded: no anchors, aliases or tags, no control characters, at most kMaxYamlDepth deep.
inline constexpr size_t kMaxYamlDepth = 16;
[[nodiscard]] tl::expected<YamlNode, YamlFailure> parse_yaml(std::string_view text, uint32_t source);

// Where the first byte is that is not UTF-8 or is a control character (line feeds, tabs and returns are none here).
[[nodiscard]] size_t find_bad_text(std::string_view text);

}  // namespace smtscope
