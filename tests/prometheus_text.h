// SPDX-License-Identifier: Apache-2.0
// Reads the Prometheus text format (0.0.4) strictly, to read back what was written.
#pragma once

#include <cstdlib>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>

namespace smtscope::test {

struct PrometheusText {
  std::map<std::string, std::string> types;                          // metric -> type
  std::map<std::string, std::string> helps;                          // metric -> help, as written
  std::map<std::string, std::map<std::string, double>> series;       // metric -> "name{a=b,..}", labels sorted -> value
  std::map<std::string, std::map<std::string, std::string>> labels;  // "name{..}" -> label -> value, unescaped
};

class PrometheusReader {
 public:
  // Throws std::runtime_error with the line that breaks the format: a series outside of its metric's group, or twice;
  // a metric without a type; a name, a label or a number that is none.
  static PrometheusText read(const std::string& page) {
    PrometheusReader reader;
    if (!page.empty() && page.back() != '\n') throw std::runtime_error("no newline at the end");
    std::istringstream lines(page);
    for (std::string line; std::getline(lines, line);) {
      reader.line_ = line;
      reader.at_ = 0;
      if (line.starts_with("# HELP ")) reader.comment(reader.out_.helps, 7);
      else if (line.starts_with("# TYPE ")) reader.comment(reader.out_.types, 7);
      else reader.sample();
    }
    return reader.out_;
  }

 private:
  [[noreturn]] void wrong(const std::string& what) const { throw std::runtime_error(what + ": " + line_); }

  std::string name() {
    const size_t start = at_;
    while (at_ < line_.size() && (isalnum(static_cast<unsigned char>(line_[at_])) || line_[at_] == '_')) at_++;
    if (at_ == start || isdigit(static_cast<unsigned char>(line_[start]))) wrong("no name");
    return line_.substr(start, at_ - start);
  }

  void expect(char c) {
    if (at_ >= line_.size() || line_[at_++] != c) wrong(std::string("want ") + c);
  }

  void comment(std::map<std::string, std::string>& into, size_t from) {
    at_ = from;
    const std::string metric = name();
    expect(' ');
    if (!into.emplace(metric, line_.substr(at_)).second) wrong("said twice");
    if (&into == &out_.types) current_ = metric;
  }

  std::string value() {
    expect('"');
    std::string out;
    for (;;) {
      if (at_ >= line_.size()) wrong("no end of a label");
      const char c = line_[at_++];
      if (c == '"') return out;
      if (c != '\\') {
        out += c;
        continue;
      }
      const char escaped = at_ < line_.size() ? line_[at_++] : '\0';
      if (escaped == 'n') out += '\n';
      else if (escaped == '\\' || escaped == '"') out += escaped;
      else wrong("unknown escape");
    }
  }

  std::map<std::string, std::string> label_set() {
    std::map<std::string, std::string> labels;
    if (at_ >= line_.size() || line_[at_] != '{') return labels;
    do {
      at_++;
      const std::string label = name();
      expect('=');
      if (!labels.emplace(label, value()).second) wrong("a label twice");
    } while (at_ < line_.size() && line_[at_] == ',');
    expect('}');
    return labels;
  }

  void sample() {
    const std::string written = name();
    const bool of_histogram = out_.types[current_] == "histogram";
    std::set<std::string> allowed = {current_};
    if (of_histogram) allowed = {current_ + "_bucket", current_ + "_sum", current_ + "_count"};
    if (current_.empty() || !allowed.contains(written)) wrong("not of the metric above it");
    const auto labels = label_set();
    expect(' ');
    char* end = nullptr;
    const std::string number = line_.substr(at_);
    const double value = std::strtod(number.c_str(), &end);
    if (number.empty() || *end != '\0') wrong("no number");
    std::string series = written + "{";
    for (const auto& [label, text] : labels) (((series += series.back() == '{' ? "" : ",") += label) += '=') += text;
    series += "}";
    if (!out_.series[current_].emplace(series, value).second) wrong("a series twice");
    out_.labels[series] = labels;
  }

  PrometheusText out_;
  std::string line_, current_;
  size_t at_ = 0;
};

}  // namespace smtscope::test
