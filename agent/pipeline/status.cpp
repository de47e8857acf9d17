// SPDX-License-Identifier: Apache-2.0
#include "pipeline/status.h"

#include <string_view>

#include "json_text.h"

namespace smtscope {
namespace {

// Members of one JSON object; a value that is not known is null.
class Object {
 public:
  explicit Object(std::string& out) : out_(out) { out_ += '{'; }
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;
  ~Object() { out_ += '}'; }

  std::string& key(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    json::append_string(out_, name);
    out_ += ':';
    return out_;
  }
  template <class Number>
  void number(std::string_view name, Number value) {
    json::append_number(key(name), value);
  }
  void text(std::string_view name, std::string_view value) {
    if (value.empty()) key(name) += "null";
    else json::append_string(key(name), value);
  }
  template <class Items, class Write>
  void list(std::string_view name, const Items& items, Write write) {
    key(name) += '[';
    bool first = true;
    for (const auto& item : items) {
      if (!first) out_ += ',';
      first = false;
      write(item);
    }
    out_ += ']';
  }

 private:
  std::string& out_;
  bool first_ = true;
};

double seconds(uint64_t ns) { return static_cast<double>(ns) / 1e9; }

void collector(const CollectorStatus& status, std::string& out) {
  Object o(out);
  o.text("name", status.name);
  o.text("state", collector_state_word(status.state));
  o.text("reason", status.why);
  o.text("mend", status.mend);
  o.number("cpu_seconds", seconds(status.sample_cpu_ns));
  o.list("shortfalls", status.shortfalls, [&](const Shortfall& less) {
    Object s(out);
    s.text("what", less.what);
    s.text("reason", less.reason);
  });
}

void exporter(const ExporterStatus& status, std::string& out) {
  Object o(out);
  o.text("name", status.name);
  o.text("type", status.type);
  o.text("state", status.error ? "failed" : "ok");
  o.text("reason", status.error ? status.error->what : "");
  o.number("interval_seconds", seconds(status.interval_ns));
  o.number("accepted", status.counts.accepted);
  o.number("ok", status.counts.ok);
  o.number("rejected", status.counts.rejected);
  o.number("dropped", status.counts.dropped);
  o.number("queued", status.counts.queued);
  o.number("queue_bytes", status.counts.queue_bytes);
}

void fuse(const Status& status, std::string& out) {
  if (!status.fuse) {
    out += "null";
    return;
  }
  const FuseResult& result = *status.fuse;
  Object o(out);
  o.number("cpu_percent", result.cpu_percent);
  o.number("memory_bytes", result.memory_bytes);
  if (result.ns_per_switch) o.number("ns_per_switch", *result.ns_per_switch);
  else o.text("ns_per_switch", "");
  o.text("over", result.over);
  {
    Object why(o.key("why"));
    if (!result.ns_per_switch) why.text("ns_per_switch", status.fuse_not_counted.empty() ? "too_few" : "permission");
  }
}

}  // namespace

std::string status_json(const Status& status) {
  std::string out;
  {
    Object o(out);
    o.text("version", status.version);
    o.number("uptime_seconds", seconds(status.uptime_ns));
    o.number("ticks", status.ticks);
    o.number("ticks_failed", status.ticks_failed);
    o.number("ticks_late", status.ticks_late);
    o.text("sample_error", status.sample_error);
    o.list("collectors", status.collectors, [&](const CollectorStatus& c) { collector(c, out); });
    o.list("exporters", status.exporters, [&](const ExporterStatus& e) { exporter(e, out); });
    o.number("entities", status.entities);
    o.number("pairs", status.pairs);
    o.number("series_dropped", status.series_dropped);
    fuse(status, o.key("budget"));
  }
  out += '\n';
  return out;
}

}  // namespace smtscope
