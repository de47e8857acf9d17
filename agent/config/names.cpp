// SPDX-License-Identifier: Apache-2.0
#include "config/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "config/schema.h"

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

// Letters to add, drop or change.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
    }
  }
  return row.back();
}

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
  std::string best;
  size_t least = wrong.size() / 2 + 1;  // fewer changes than this
  if (wrong.size() <= kLongest)
    for (const std::string& name : names)
      if (const size_t d = distance(wrong, name); d < least) best = name, least = d;
  if (best.empty())
    for (const std::string& path : all_keys())
      if (path.ends_with("." + std::string(wrong))) best = path;
  if (!best.empty()) return fmt::format("; did you mean {}?", best);
  return fmt::format("; allowed: {}", fmt::join(names, ", "));
}

}  // namespace smtscope
