// SPDX-License-Identifier: Apache-2.0
#include "views/topdown_view.h"

#include <fmt/format.h>

#include <map>

#include "views/json_parts.h"
#include "views/text_format.h"
#include "views/text_table.h"

namespace smtscope {
namespace {

using topdown::Kind;
using topdown::Metric;
using topdown::Metrics;

constexpr size_t kColumns = 80;
constexpr size_t kNameColumns = 36;
constexpr size_t kNumberColumns = 9;
constexpr size_t kBarColumns = 30;

std::string metric_line(const Metric& metric) {
  const std::string name = (metric.kind == Kind::level2 ? "    " : "  ") + text::clean(metric.name);
  const bool percent = metric.kind != Kind::number;
  const std::string number = percent ? fmt::format("{:.1f} %", *metric.value) : fmt::format("{:.2f}  ", *metric.value);
  const std::string bar = percent ? text::bar(*metric.value / 100, kBarColumns) : "";
  std::string line = text::left(name, kNameColumns) + text::right(number, kNumberColumns) + "  " + bar;
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

// "not known: a, b (not_counted); c (unsupported)".
std::string unknown_lines(const Metrics& metrics) {
  std::map<std::string_view, std::string> by_reason;
  for (const Metric& metric : metrics.metrics) {
    // What nobody asked for is left out; what the dialect is about is not.
    if (metric.value || (!metric.asked_for && metric.kind != Kind::level1)) continue;
    std::string& names = by_reason[reason_word(metric.why)];
    names += (names.empty() ? "" : ", ") + text::clean(metric.name);
  }
  std::string out;
  for (const auto& [reason, names] : by_reason) out += fmt::format("{}{} ({})", out.empty() ? "" : "; ", names, reason);
  return out.empty() ? out : text::wrap("  not known: " + out, kColumns, 4);
}

std::string quality_line(const Metrics& metrics) {
  std::string out = fmt::format("  {}", reason_word(metrics.validity));
  if (metrics.running) out += "; counted " + text::percent(*metrics.running) + " of the time";
  if (metrics.closure_error) out += fmt::format("; the parts miss the whole by {:.2g} %", *metrics.closure_error * 100);
  return out + "\n";
}

}  // namespace

std::string topdown_json(const Metrics& metrics) {
  Object out;
  out.json["id"] = metrics.id;
  if (metrics.dialect) out.json["dialect"] = *metrics.dialect;
  else out.json["dialect"] = nullptr;
  Json values = Json::object(), why = Json::object();
  for (const Metric& metric : metrics.metrics) {
    if (metric.value) values[metric.name] = *metric.value;
    else values[metric.name] = nullptr, why[metric.name] = reason_word(metric.why);
  }
  if (!metrics.dialect) why["dialect"] = reason_word(Reason::unsupported);
  Object quality;
  Fields fields(quality);
  fields.set_or("running", metrics.running, metrics.running_why);
  fields.set_or("closure_error", metrics.closure_error, metrics.closure_why);
  fields.set("validity", reason_word(metrics.validity));
  out.json["metrics"] = std::move(values);
  out.json["why"] = std::move(why);
  out.json["quality"] = std::move(quality).done();
  return json_line(out.json);
}

std::string topdown_text(const Metrics& metrics) {
  std::string heading = text::clean(metrics.id);
  if (!metrics.label.empty()) heading += " (" + text::clean(metrics.label) + ")";
  heading += ": " + (metrics.dialect ? text::clean(*metrics.dialect) : "no dialect");
  std::string out = text::wrap(heading, kColumns);
  for (const Metric& metric : metrics.metrics)
    if (metric.value) out += metric_line(metric);
  return out + unknown_lines(metrics) + quality_line(metrics);
}

}  // namespace smtscope
