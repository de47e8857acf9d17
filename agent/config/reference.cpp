// SPDX-License-Identifier: Apache-2.0
#include "config/reference.h"

#include <fmt/format.h>

#include "config/schema.h"

namespace smtscope {
namespace {

constexpr std::string_view kHead = R"(# Configuration

Generated from the list of keys in `agent/config/schema.cpp` by the target `configuration_reference`; do not edit.

`smtscope agent` reads YAML from `{}`, or from `--config FILE`; without a file the defaults hold.

- `--check-config` reads everything, also the files it names, and says all that is wrong; `--print-config` prints
  every key with the value that holds. Exit status 78: something is wrong in it; 66: the file cannot be opened.
- `--set key.path=value` goes over the file, with YAML as the value. Elements of lists have an index from 0, and the
  next one adds an element: `--set exporters.1.type=jsonl`. What follows `attributes.` is one name.
- Unknown keys, keys that are there twice, YAML anchors, aliases and tags are errors. No key holds a secret:
  credentials come from files.
- Durations: `500ms`, `10s`, `2m`, `2h`. Sizes: `512KiB`, `64MiB`, `1GiB`, or bytes. A section without keys has its
  defaults. Text with `:`, `[`, `#` or the like needs quotes.

| key | default | allowed | what it is |
|---|---|---|---|
)";

constexpr std::string_view kExporters = R"(
## Exporters

Each element of `exporters` has a `type`. There can be one prometheus exporter, and several of the other types if each
further one has a `name`.
)";

class Rows final : public KeyVisitor {
 public:
  std::string out;

  void key(std::string_view name, const Value& value, std::string_view help) override {
    const std::string text = value.print();
    row(name, text == "\"\"" ? "–" : fmt::format("`{}`", text), value.allowed, help);
  }
  void section(std::string_view name, const std::function<void()>& inside) override {
    const std::string outer = path_;
    path_ += std::string(name) + ".";
    inside();
    path_ = outer;
  }
  bool wants(std::string_view name, bool present, std::string_view help) override {
    row(name, present ? "" : "`null`", "the keys below, or null", help);
    return true;
  }
  void exporters(std::string_view name, std::vector<ExporterConfig>&, std::string_view help) override {
    row(name, "`[{type: prometheus}]`", "a list, see below", help);
  }

 private:
  void row(std::string_view name, std::string_view value, std::string allowed, std::string_view help) {
    for (size_t at = 0; (at = allowed.find('|', at)) != std::string::npos; at += 2) allowed.insert(at, "\\");
    out += fmt::format("| `{}{}` | {} | {} | {} |\n", path_, name, value, allowed, help);
  }

  std::string path_;
};

}  // namespace

std::string configuration_page() {
  std::string page = fmt::format(kHead, kDefaultConfigPath);
  Config config;
  Rows keys;
  visit_keys(config, keys);
  page += keys.out + std::string(kExporters);
  for (const std::string_view type : kExporterTypes) {
    Rows rows;
    ExporterConfig exporter = default_exporter(type);
    visit_exporter(exporter, rows);
    page += fmt::format("\n### {}\n\n| key | default | allowed | what it is |\n|---|---|---|---|\n{}", type, rows.out);
  }
  return page;
}

}  // namespace smtscope
