// SPDX-License-Identifier: Apache-2.0
#include "config/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "config/names.h"
#include "config/schema.h"

namespace smtscope {
namespace {

constexpr size_t kMaxExporters = 64;

class Reader final : public KeyVisitor {
 public:
  Reader(const YamlNode& root, Problems& problems) : node_(&root), problems_(problems) {}

  void key(std::string_view name, const Value& value, std::string_view) override {
    const YamlNode* child = find(name);
    if (!child) return;
    const std::string path = path_of(name);
    value.read(*child, [&](const YamlNode& where, std::string_view below, std::string what) {
      if (below.empty()) problems_.add(where.at, path, fmt::format("{}; allowed: {}", what, value.allowed));
      else problems_.add(where.at, fmt::format("{}.{}", path, below), std::move(what));
    });
  }

  // A key without a value stands for a section without keys.
  void section(std::string_view name, const std::function<void()>& inside) override {
    const YamlNode* child = find(name);
    if (!child || child->kind == YamlNode::Kind::null) return;
    within(*child, path_of(name), inside);
  }

  bool wants(std::string_view name, bool, std::string_view) override {
    const YamlNode* child = find(name);
    return child && child->kind != YamlNode::Kind::null;
  }

  void exporters(std::string_view name, std::vector<ExporterConfig>& list, std::string_view) override {
    const YamlNode* child = find(name);
    if (!child) return;
    const std::string path = path_of(name);
    const bool is_list = child->kind == YamlNode::Kind::list;
    if (!is_list || child->items.size() > kMaxExporters) {
      const std::string what = is_list ? fmt::format("{} elements", child->items.size()) : misplaced(*child);
      problems_.add(child->at, path, fmt::format("{}; allowed: a list of 0 to {} exporters", what, kMaxExporters));
      return;
    }
    list.clear();
    for (size_t i = 0; i < child->items.size(); ++i)
      list.push_back(exporter(child->items[i], fmt::format("{}.{}", path, i)));
  }

  // The keys of a map, then whatever else is in it.
  void within(const YamlNode& node, const std::string& path, const std::function<void()>& inside) {
    if (node.kind != YamlNode::Kind::map) {
      problems_.add(node.at, path, "this must be a map of keys");
      return;
    }
    const YamlNode* outer_node = node_;
    std::string outer_path = std::exchange(path_, path);
    std::vector<std::string> outer_names = std::exchange(names_, {});
    std::string outer_type = std::exchange(type_, {});
    node_ = &node;
    inside();
    twice(node);
    for (const YamlEntry& entry : node.entries)
      if (std::find(names_.begin(), names_.end(), entry.name) == names_.end())
        problems_.add(entry.at, path_of(key_text(entry.name)), unknown(entry.name));
    node_ = outer_node;
    path_ = std::move(outer_path);
    names_ = std::move(outer_names);
    type_ = std::move(outer_type);
  }

 private:
  [[nodiscard]] std::string path_of(std::string_view name) const {
    return path_.empty() ? std::string(name) : fmt::format("{}.{}", path_, name);
  }

  const YamlNode* find(std::string_view name) {
    if (std::find(names_.begin(), names_.end(), name) == names_.end()) names_.emplace_back(name);
    return node_->find(name);
  }

  void twice(const YamlNode& node) {
    std::set<std::string_view> seen;
    for (const YamlEntry& entry : node.entries)
      if (!seen.insert(entry.name).second)
        problems_.add(entry.at, path_of(key_text(entry.name)), "this key is there twice");
  }

  std::string unknown(const std::string& name) const {
    if (problems_.full()) return {};
    if (type_.empty()) return "unknown key" + suggestion(name, names_);
    std::vector<std::string_view> others;
    for (const std::string_view type : kExporterTypes) {
      const auto names = exporter_keys(type);
      if (std::find(names.begin(), names.end(), name) != names.end()) others.push_back(type);
    }
    if (others.empty()) return "unknown key" + suggestion(name, names_);
    return fmt::format("a key of {} exporters, this one is {}; allowed: {}", fmt::join(others, ", "), type_,
                       fmt::join(names_, ", "));
  }

  ExporterConfig exporter(const YamlNode& node, const std::string& path) {
    const YamlNode* type = node.find("type");
    ExporterConfig exporter;
    if (node.kind == YamlNode::Kind::map && !type) {
      problems_.add(node.at, path + ".type", fmt::format("missing; allowed: {}", fmt::join(kExporterTypes, ", ")));
      return exporter;
    }
    const bool known =
        type && std::find(kExporterTypes.begin(), kExporterTypes.end(), type->text) != kExporterTypes.end();
    if (type && !known) {
      // What else is there cannot be judged.
      const Value value = word_value(exporter.type, kExporterTypes);
      value.read(*type, [&](const YamlNode& where, std::string_view, const std::string& what) {
        problems_.add(where.at, path + ".type", fmt::format("{}; allowed: {}", what, value.allowed));
      });
      return exporter;
    }
    if (type) exporter = default_exporter(type->text);
    within(node, path, [&] {
      type_ = exporter.type;
      visit_exporter(exporter, *this);
    });
    return exporter;
  }

  const YamlNode* node_;
  std::string path_;
  std::vector<std::string> names_;  // of the keys that this map may have
  std::string type_;                // of the exporter that this map is; else empty
  Problems& problems_;
};

}  // namespace

void read_keys(const YamlNode& root, Config& config, Problems& problems) {
  if (root.kind == YamlNode::Kind::null) return;
  Reader reader(root, problems);
  reader.within(root, "", [&] { visit_keys(config, reader); });
}

}  // namespace smtscope
