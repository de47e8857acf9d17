// SPDX-License-Identifier: Apache-2.0
#include "config/load.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>

#include "config/problems.h"
#include "config/reader.h"
#include "config/resource_attributes.h"
#include "config/rules.h"
#include "config/sets.h"
#include "kernel/textfile.h"

namespace smtscope {
namespace {

constexpr const char* kAttributesVariable = "OTEL_RESOURCE_ATTRIBUTES";

Result<Config> parse(const ConfigText& text, bool with_files) {
  std::vector<std::string> sources = {text.name};
  for (const std::string& set : text.sets) sources.push_back(set_name(set));
  sources.emplace_back(kAttributesVariable);
  const auto attributes_source = static_cast<uint32_t>(sources.size() - 1);
  Problems problems(std::move(sources));

  if (text.yaml.size() > kMaxConfigBytes) {
    problems.add({}, "", fmt::format("longer than {} bytes", kMaxConfigBytes));
    return Failure(problems.error());
  }
  auto root = parse_yaml(text.yaml, 0);
  if (!root) {
    problems.add(root.error().at, "", root.error().what);
    return Failure(problems.error());
  }
  if (root->kind == YamlNode::Kind::null || root->kind == YamlNode::Kind::map)
    apply_sets(*root, text.sets, 1, problems);
  Config config;
  read_keys(*root, config, problems);
  add_resource_attributes(text.resource_attributes, attributes_source, config.attributes, problems);
  check_rules(*root, config, problems);
  if (with_files) check_file_keys(*root, config, problems);
  if (!problems.empty()) return Failure(problems.error());
  complete(config);
  return config;
}

// The text of the file; none: there is no file and none was asked for.
Result<std::optional<std::string>> read_file(const std::string& path, bool asked) {
  Result<std::string> text = read_text_file(path, kMaxConfigBytes);
  if (text) return std::optional(std::move(*text));
  Error error = text.error();
  if (!asked && error.sys_errno == ENOENT) return std::optional<std::string>();
  if (error.kind == ErrorKind::input) error.kind = ErrorKind::config;
  if (error.kind == ErrorKind::io) error.kind = ErrorKind::no_input;
  error.mend = error.kind == ErrorKind::no_input ? "name the file with --config FILE" : error.mend;
  return Failure(std::move(error));
}

}  // namespace

Result<Config> parse_config(const ConfigText& text) { return parse(text, false); }

Result<Config> load_config(const std::optional<std::string>& path, const std::vector<std::string>& sets) {
  const std::string name = path.value_or(kDefaultConfigPath);
  auto yaml = read_file(name, path.has_value());
  if (!yaml) return Failure(std::move(yaml.error()));
  const char* attributes = std::getenv(kAttributesVariable);
  return parse({*yaml ? name : "defaults", yaml->value_or(""), sets, attributes ? attributes : ""}, true);
}

}  // namespace smtscope
