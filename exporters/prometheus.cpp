// SPDX-License-Identifier: Apache-2.0
#include "prometheus.h"

#include <array>
#include <charconv>
#include <cmath>
#include <unordered_map>
#include <utility>
#include <vector>

#include "json_text.h"
#include "model/names.h"

namespace smtscope {
namespace {

// Label values must be valid UTF-8, or Prometheus refuses the whole page.
void append_escaped(std::string& out, std::string_view text, bool quotes) {
  for (size_t i = 0; i < text.size();) {
    size_t end = i;
    while (end < text.size() && static_cast<unsigned char>(text[end]) >= 0x80) end++;
    if (end > i) {
      std::string quoted;
      json::append_string(quoted, text.substr(i, end - i));  // nothing to escape there: only broken bytes change
      out.append(quoted, 1, quoted.size() - 2);
      i = end;
      continue;
    }
    const char c = text[i++];
    if (c == '\n') out += "\\n";
    else if (c == '\\') out += "\\\\";
    else if (c == '"' && quotes) out += "\\\"";
    else if (c == '\0') out += "\xEF\xBF\xBD";  // ends the text for Prometheus' lexer
    else out += c;
  }
}

void append_value(std::string& out, double value) {
  if (std::isnan(value)) out += "NaN";
  else if (std::isinf(value)) out += value > 0 ? "+Inf" : "-Inf";
  else json::append_number(out, value);
}

// [a-zA-Z_][a-zA-Z0-9_]*, by the rules of Prometheus' OTLP receiver. Only labels that users choose need more than
// the dots replaced ("app.kubernetes.io/name").
std::string label_name(std::string_view attribute) {
  std::string label = prometheus_label(attribute);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  for (char& c : label)
    if (!is_letter(c) && !is_digit(c)) c = '_';
  if (label.empty() || is_digit(label[0])) label.insert(0, "key_");
  return label;
}

std::string text_of(const Attribute& attribute) {
  if (const auto* text = std::get_if<std::string>(&attribute.value)) return *text;
  if (const auto* number = std::get_if<int64_t>(&attribute.value)) return std::to_string(*number);
  return std::get<bool>(attribute.value) ? "true" : "false";
}

// Bounds of the ladder in seconds, without an exponent, as the OTLP receiver writes them: the same series both ways.
const std::array<std::string, kLadderBounds>& bounds() {
  static const std::array<std::string, kLadderBounds> text = [] {
    std::array<std::string, kLadderBounds> all;
    for (int i = 0; i < kLadderBounds; i++) {
      std::array<char, 32> digits{};
      const double seconds = static_cast<double>(ladder_upper_ns(i)) / 1e9;
      const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), seconds, std::chars_format::fixed);
      all[static_cast<size_t>(i)].assign(digits.data(), end.ptr);
    }
    return all;
  }();
  return text;
}

class Page {
 public:
  Page(const Batch& batch, bool with_times) {
    if (with_times)
      time_ = " " + std::to_string((static_cast<int64_t>(batch.end_ns) + batch.unix_offset_ns) / 1'000'000);
    for (const Point& point : batch.points) {
      if (point.desc->kind == MetricKind::event) continue;
      const auto [at, is_new] = index_.try_emplace(point.desc, metrics_.size());
      if (is_new) metrics_.emplace_back();
      metrics_[at->second].push_back(&point);
    }
  }

  std::string encode() && {
    for (const auto& points : metrics_) metric(points);
    return std::move(out_);
  }

 private:
  void metric(const std::vector<const Point*>& points) {
    const MetricDesc& desc = *points[0]->desc;
    const std::string name = prometheus_name(desc);
    const size_t head = out_.size();
    (out_ += "# HELP ") += name;
    out_ += ' ';
    append_escaped(out_, desc.help, false);
    ((out_ += "\n# TYPE ") += name) += type(desc.kind);
    const size_t body = out_.size();
    for (const Point* point : points) series(name, *point);
    if (out_.size() == body) out_.resize(head);
  }

  static std::string_view type(MetricKind kind) {
    switch (kind) {
      case MetricKind::counter: return " counter\n";
      case MetricKind::histogram: return " histogram\n";
      default: return " gauge\n";
    }
  }

  void series(const std::string& name, const Point& point) {
    switch (point.desc->kind) {
      case MetricKind::counter: return line(name, {}, labels(point), point.total);
      case MetricKind::histogram: return histogram(name, point);
      default:
        if (point.known()) line(name, {}, labels(point), point.value);
    }
  }

  // Without a sum there is no _sum: that is what the OTLP receiver does, and promtool agrees.
  void histogram(const std::string& name, const Point& point) {
    if (!point.total_histogram) return;
    const Histogram& total = *point.total_histogram;
    const std::string about = labels(point);
    const std::string before_le = about.empty() ? "" : about + ",";
    uint64_t below = 0;
    for (size_t i = 0; i < total.counts.size(); i++) {
      below += total.counts[i];
      const std::string_view bound = i < bounds().size() ? std::string_view(bounds()[i]) : "+Inf";
      line(name, "_bucket", before_le + "le=\"" + std::string(bound) + "\"", static_cast<double>(below));
    }
    if (total.sum) line(name, "_sum", about, *total.sum);
    line(name, "_count", about, static_cast<double>(below));
  }

  void line(const std::string& name, std::string_view suffix, const std::string& labels, double value) {
    (out_ += name) += suffix;
    if (!labels.empty()) ((out_ += '{') += labels) += '}';
    out_ += ' ';
    append_value(out_, value);
    (out_ += time_) += '\n';
  }

  // Without the braces. Attributes that make one label are one: their values joined, as the OTLP receiver does.
  std::string labels(const Point& point) {
    labels_.clear();
    for (const Attribute& attribute : point.attributes) add_label(attribute.name, text_of(attribute));
    if (point.part < point.desc->parts.size())
      add_label(point.desc->part_attribute, std::string(point.desc->parts[point.part]));
    std::string out;
    for (const auto& [name, value] : labels_) {
      if (!out.empty()) out += ',';
      (out += *name) += "=\"";
      append_escaped(out, value, true);
      out += '"';
    }
    return out;
  }

  void add_label(std::string_view attribute, std::string value) {
    auto at = names_.find(attribute);
    if (at == names_.end()) at = names_.emplace(attribute, label_name(attribute)).first;
    for (auto& [name, present] : labels_) {
      if (*name != at->second) continue;
      (present += ';') += value;
      return;
    }
    labels_.emplace_back(&at->second, std::move(value));
  }

  std::unordered_map<const MetricDesc*, size_t> index_;             // in metrics_
  std::vector<std::vector<const Point*>> metrics_;                  // in the order of their first points; none is empty
  std::unordered_map<std::string_view, std::string> names_;         // attribute -> label
  std::vector<std::pair<const std::string*, std::string>> labels_;  // of the point at hand
  std::string time_;                                                // " MILLISECONDS", or empty
  std::string out_;
};

}  // namespace

std::string prometheus_page(const Batch& batch, bool with_times) { return Page(batch, with_times).encode(); }

void PrometheusExporter::write(std::shared_ptr<const Batch> batch) {
  const std::lock_guard lock(mutex_);
  batch_.swap(batch);  // the one before is freed below, after the lock
}

std::string PrometheusExporter::text() const {
  std::shared_ptr<const Batch> batch;
  {
    const std::lock_guard lock(mutex_);
    batch = batch_;
  }
  return batch ? prometheus_page(*batch, with_times_) : std::string();
}

}  // namespace smtscope
