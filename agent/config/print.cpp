// SPDX-License-Identifier: Apache-2.0
#include "config/print.h"

#include <fmt/format.h>

#include "config/schema.h"

namespace smtscope {
namespace {

class Printer final : public KeyVisitor {
 public:
  std::string out;

  void key(std::string_view name, const Value& value, std::string_view) override { line(name, " " + value.print()); }

  void section(std::string_view name, const std::function<void()>& inside) override {
    line(name, "");
    indent_ += 2;
    inside();
    indent_ -= 2;
  }

  bool wants(std::string_view name, bool present, std::string_view) override {
    if (!present) line(name, " null");
    return present;
  }

  void exporters(std::string_view name, std::vector<ExporterConfig>& list, std::string_view) override {
    line(name, list.empty() ? " []" : "");
    indent_ += 4;
    for (ExporterConfig& exporter : list) {
      dash_ = true;
      visit_exporter(exporter, *this);
    }
    indent_ -= 4;
  }

 private:
  void line(std::string_view name, std::string_view rest) {
    std::string start(indent_, ' ');
    if (dash_) start[indent_ - 2] = '-';
    dash_ = false;
    out += fmt::format("{}{}:{}\n", start, name, rest);
  }

  size_t indent_ = 0;
  bool dash_ = false;  // the next line starts an element of a list
};

}  // namespace

std::string print_config(const Config& config) {
  Printer printer;
  Config copy = config;
  visit_keys(copy, printer);
  return std::move(printer.out);
}

}  // namespace smtscope
