// SPDX-License-Identifier: Apache-2.0
#include "config/names.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/schema.h"
#include "model/nearest.h"

namespace smtscope {
namespace {

class NameList final : public KeyVisitor {
 public:
  std::vector<std::string> names;

  void key(std::string_view name, const Value&, std::string_view) override {
    names.push_back(path_ + std::string(name));
  }
  void section(std::string_view name, const std::function<void()>& inside) override {
    const std::string outer = path_;
    path_ += std::string(name) + ".";
    inside();
    path_ = outer;
  }
  bool wants(std::string_view name, bool, std::string_view) override {
    names.push_back(path_ + std::string(name));
    return true;
  }
  void exporters(std::string_view name, std::vector<ExporterConfig>&, std::string_view) override {
    names.emplace_back(name);
  }

 private:
  std::string path_;
};

}  // namespace

std::vector<std::string> all_keys() {
  NameList list;
  Config config;
  visit_keys(config, list);
  return std::move(list.names);
}

std::vector<std::string> exporter_keys(std::string_view type) {
  NameList list;
  ExporterConfig exporter = default_exporter(type);
  visit_exporter(exporter, list);
  std::erase_if(list.names, [](const std::string& name) { return name.find('.') != std::string::npos; });
  return std::move(list.names);
}

std::string suggestion(std::string_view wrong, const std::vector<std::string>& names) {
  constexpr size_t kLongest = 40;
  std::string best = wrong.size() <= kLongest ? nearest(wrong, names, 2) : "";
  if (best.empty())
    for (const std::string& path : all_keys())
      if (path.ends_with("." + std::string(wrong))) best = path;
  if (!best.empty()) return fmt::format("; did you mean {}?", best);
  return fmt::format("; allowed: {}", fmt::join(names, ", "));
}

}  // namespace smtscope
