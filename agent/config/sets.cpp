// SPDX-License-Identifier: Apache-2.0
#include "config/sets.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "config/config.h"
#include "config/forms.h"

namespace smtscope {
namespace {

constexpr size_t kMaxSetBytes = 64 * 1024;

std::vector<std::string> parts_of(const std::string& path) {
  constexpr std::string_view kAttributes = "attributes.";
  if (path.starts_with(kAttributes)) return {"attributes", path.substr(kAttributes.size())};
  std::vector<std::string> parts(1);
  for (const char c : path)
    if (c == '.') parts.emplace_back();
    else parts.back() += c;
  return parts;
}

std::optional<size_t> index_of(const std::string& part) {
  size_t index = 0;
  const char* end = part.data() + part.size();
  const auto [stop, error] = std::from_chars(part.data(), end, index);
  if (part.empty() || error != std::errc() || stop != end) return std::nullopt;
  return index;
}

YamlNode scalar(std::string text, Origin at) { return make_node(YamlNode::Kind::scalar, at, std::move(text)); }

// What a list that the file does not have starts from; none: the key holds no list.
std::optional<std::vector<YamlNode>> default_items(const std::string& path, Origin at) {
  std::vector<YamlNode> items;
  if (path == "exporters") {
    for (const ExporterConfig& exporter : Config{}.exporters) {
      YamlNode item = make_node(YamlNode::Kind::map, at);
      item.entries.push_back({"type", at, scalar(exporter.type, at)});
      items.push_back(std::move(item));
    }
    return items;
  }
  std::vector<std::string> texts;
  if (path == "identity.kubernetes.labels") texts = KubernetesConfig{}.labels;
  else if (path.starts_with("exporters.") && path.ends_with(".endpoints")) texts = ElasticsearchConfig{}.endpoints;
  else return std::nullopt;
  for (std::string& text : texts) items.push_back(scalar(std::move(text), at));
  return items;
}

// One --set on its way down the tree.
class Setter {
 public:
  Setter(Origin at, Problems& problems) : at_(at), problems_(problems) {}

  void put(YamlNode& root, const std::string& path, YamlNode value) {
    YamlNode* node = &root;
    std::string above;
    const std::vector<std::string> parts = parts_of(path);
    if (std::find(parts.begin(), parts.end(), "") != parts.end())
      return problems_.add(at_, "", "a part of the key is empty; write --set key.path=value");
    for (const std::string& part : parts) {
      node = child(*node, part, above);
      if (!node) return;
      above += (above.empty() ? "" : ".") + key_text(part);
    }
    *node = std::move(value);
  }

 private:
  // Made if it is not there; null: not possible, and told.
  YamlNode* child(YamlNode& node, const std::string& part, const std::string& above) {
    if (node.kind == YamlNode::Kind::null) {
      auto items = default_items(above, at_);
      node.kind = items ? YamlNode::Kind::list : YamlNode::Kind::map;
      node.at = at_;
      if (items) node.items = std::move(*items);
    }
    if (node.kind == YamlNode::Kind::list) return element(node, index_of(part), above);
    if (node.kind != YamlNode::Kind::map) {
      problems_.add(at_, above, "this is a single value, there is nothing in it");
      return nullptr;
    }
    if (YamlNode* there = node.find(part)) return there;
    node.entries.push_back({part, at_, make_node(YamlNode::Kind::null, at_)});
    return &node.entries.back().value;
  }

  YamlNode* element(YamlNode& node, std::optional<size_t> index, const std::string& above) {
    if (!index || *index > node.items.size()) {
      problems_.add(at_, above,
                    fmt::format("this is a list of {}: choose an element by index, {}.0 to {}.{}", node.items.size(),
                                above, above, node.items.size()));
      return nullptr;
    }
    if (*index == node.items.size()) node.items.push_back(make_node(YamlNode::Kind::null, at_));
    return &node.items[*index];
  }

  Origin at_;
  Problems& problems_;
};

}  // namespace

void apply_sets(YamlNode& root, const std::vector<std::string>& sets, uint32_t first_source, Problems& problems) {
  for (size_t i = 0; i < sets.size(); ++i) {
    const Origin at{first_source + static_cast<uint32_t>(i), 1};
    const size_t equals = sets[i].find('=');
    if (equals == std::string::npos || equals == 0 || sets[i].size() > kMaxSetBytes ||
        find_bad_text(sets[i].substr(0, equals)) != std::string::npos) {
      problems.add(at, "", "write --set key.path=value");
      continue;
    }
    auto value = parse_yaml(std::string_view(sets[i]).substr(equals + 1), at.source);
    if (!value) problems.add(at, "", "the value is not YAML: " + value.error().what);
    else Setter(at, problems).put(root, sets[i].substr(0, equals), std::move(*value));
  }
}

std::string set_name(const std::string& set) { return "--set " + key_text(set.substr(0, set.find('='))); }

}  // namespace smtscope
