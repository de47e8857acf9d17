// SPDX-License-Identifier: Apache-2.0
#include "derive/agent.h"

#include <algorithm>

#include "derive/scheduler_metrics.h"

namespace smtscope {
namespace {

// A counter of ours that went back was started anew.
double growth(uint64_t before, uint64_t now) { return static_cast<double>(now >= before ? now - before : now); }

template <class Reading>
const Reading& same_name(const std::vector<Reading>& before, const Reading& now) {
  static const Reading none{};
  const auto at = std::find_if(before.begin(), before.end(), [&](const Reading& r) { return r.name == now.name; });
  return at == before.end() ? none : *at;
}

class Writer {
 public:
  Point& add(const MetricDesc& desc, Attributes attributes) {
    Point& point = points_.emplace_back();
    point.desc = &desc;
    point.attributes = std::move(attributes);
    return point;
  }
  void counter(const MetricDesc& desc, uint32_t part, double delta, const Attributes& attributes = {}) {
    Point& point = add(desc, attributes);
    point.part = part;
    point.delta = delta;
  }
  void value(const MetricDesc& desc, uint32_t part, double value, const Attributes& attributes = {}) {
    Point& point = add(desc, attributes);
    point.part = part;
    point.value = value;
  }
  std::vector<Point> done() && { return std::move(points_); }

 private:
  std::vector<Point> points_;
};

void collector_points(const AgentReadings& now, Writer& out) {
  for (const CollectorReading& collector : now.collectors) {
    const Attributes about = {{"smtscope.collector.name", collector.name, true}};
    for (uint32_t i = 0; i < kCollectorStateParts.size(); i++)
      out.value(metric(AgentMetric::collector_state), i, i == collector.state ? 1 : 0, about);
    if (collector.reason == Reason::ok) continue;  // its own points count what is missing
    for (uint32_t i = 0; i < kReasonParts.size(); i++)
      out.counter(metric(SchedulerMetric::reading_missing), i, i + 1 == static_cast<uint32_t>(collector.reason), about);
  }
}

void program_points(const AgentReadings& before, const AgentReadings& now, Writer& out) {
  for (const ProgramReading& program : now.programs) {
    const ProgramReading& base = same_name(before.programs, program);
    const Attributes about = {{"smtscope.bpf.program", program.name, true}};
    out.counter(metric(AgentMetric::bpf_time), 0, growth(base.run_ns, program.run_ns) / 1e9, about);
    out.counter(metric(AgentMetric::bpf_runs), 0, growth(base.runs, program.runs), about);
    if (program.memory_bytes)
      out.value(metric(AgentMetric::bpf_memory), 0, static_cast<double>(*program.memory_bytes), about);
  }
}

void exporter_points(const AgentReadings& before, const AgentReadings& now, Writer& out) {
  for (const ExporterReading& exporter : now.exporters) {
    const ExporterReading& base = same_name(before.exporters, exporter);
    const Attributes about = {{"smtscope.exporter.name", exporter.name, true}};
    out.counter(metric(AgentMetric::exporter_accepted), 0, growth(base.accepted, exporter.accepted), about);
    const double results[] = {growth(base.ok, exporter.ok), 0, 0, growth(base.rejected, exporter.rejected),
                              growth(base.dropped, exporter.dropped)};
    for (uint32_t i = 0; i < kItemResultParts.size(); i++)
      out.counter(metric(AgentMetric::exporter_items), i, results[i], about);
    out.value(metric(AgentMetric::exporter_pending), 0, static_cast<double>(exporter.queued), about);
    out.value(metric(AgentMetric::exporter_pending), 1, 0, about);
    out.value(metric(AgentMetric::exporter_queue_size), 0, static_cast<double>(exporter.queue_bytes), about);
  }
}

Histogram growth(const Histogram& before, const Histogram& now) {
  Histogram delta;
  for (size_t i = 0; i < delta.counts.size(); i++) delta.counts[i] = now.counts[i] - before.counts[i];
  delta.count = now.count - before.count;
  delta.sum = now.sum.value_or(0) - before.sum.value_or(0);
  return delta;
}

}  // namespace

std::vector<Point> agent_points(const AgentReadings& before, const AgentReadings& now) {
  Writer out;
  collector_points(now, out);
  out.add(metric(AgentMetric::tick_duration), {}).delta_histogram = growth(before.ticks, now.ticks);
  program_points(before, now, out);
  exporter_points(before, now, out);
  out.counter(metric(AgentMetric::series_dropped), 0, growth(before.series_dropped, now.series_dropped));
  out.counter(metric(AgentMetric::process_cpu), 0, growth(before.user_ns, now.user_ns) / 1e9);
  out.counter(metric(AgentMetric::process_cpu), 1, growth(before.system_ns, now.system_ns) / 1e9);
  out.value(metric(AgentMetric::process_memory), 0, static_cast<double>(now.memory_bytes));
  return std::move(out).done();
}

}  // namespace smtscope
