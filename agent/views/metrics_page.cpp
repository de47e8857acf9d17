// SPDX-License-Identifier: Apache-2.0
#include "views/metrics_page.h"

#include <fmt/format.h>

#include "model/names.h"

namespace smtscope {
namespace {

constexpr std::string_view kHead = R"(# Metrics

Generated from the metric descriptors in `analysis/derive` by the target `metrics_reference`; do not edit.

- A metric has one name and three spellings: OpenTelemetry, Prometheus, Elasticsearch.
- Counters and histograms: Prometheus and OpenTelemetry (cumulative) get totals since the start of the agent,
  Elasticsearch the growth in the interval of the document. `jsonl` has both. Gauges: the last value.
- The part attribute says which share of the whole a number is; parts add up. In Elasticsearch each part is a
  field of its own, in Prometheus a label.
- What a number is about is its identity: `smtscope.core.id`; `smtscope.entity.id`; `smtscope.pair.a.id` and
  `smtscope.pair.b.id`; nothing for the node.
- A known zero is written. An unknown is absent and counted in `smtscope.reading.missing`, or is in the part
  `unknown`.
)";

constexpr std::string_view kLadder =
    "- Histograms have one ladder: upper bounds 2^{0} ns to 2^{1} ns ({2} bounds, 16.384 us to 8.59 s), inclusive,\n"
    "  written in seconds; above the last one there is no bound. In Elasticsearch: `NAME.count`, `NAME.sum` (seconds)\n"
    "  and one field a bucket, `NAME.le_{3}ns` to `NAME.le_{4}ns` and `NAME.le_inf`, not cumulative.\n";

std::string_view key_word(KeyKind key) {
  switch (key) {
    case KeyKind::node: return "node";
    case KeyKind::cpu: return "CPU";
    case KeyKind::core: return "core";
    case KeyKind::entity: return "entity";
    case KeyKind::pair: return "pair of entities";
    case KeyKind::port: return "port";
    case KeyKind::counter: return "counter";
    case KeyKind::numa_node: return "NUMA node";
  }
  return "";
}

std::string elasticsearch(const MetricDesc& desc) {
  if (desc.kind == MetricKind::histogram) return fmt::format("`{}.count`, `.sum`, `.le_*`", desc.name);
  if (desc.parts.empty()) return fmt::format("`{}`", elasticsearch_field(desc, {}));
  std::string fields;
  for (const std::string_view part : desc.parts)
    fields += fields.empty() ? fmt::format("`{}`", elasticsearch_field(desc, part)) : fmt::format(", `.{}`", part);
  return fields;
}

std::string entry(const MetricDesc& desc) {
  std::string out = fmt::format("### {}\n\n{}\n\n| | |\n|---|---|\n", desc.name, desc.help);
  const auto row = [&](std::string_view name, std::string_view value) {
    out += fmt::format("| {} | {} |\n", name, value);
  };
  row("Prometheus", fmt::format("`{}`", prometheus_name(desc)));
  row("Elasticsearch", elasticsearch(desc));
  row("Kind", metric_kind_word(desc.kind));
  row("Unit", desc.unit.empty() ? "none" : fmt::format("`{}`", desc.unit));
  row("About", key_word(desc.key));
  if (!desc.parts.empty()) {
    std::string parts;
    for (const std::string_view part : desc.parts) parts += fmt::format("{}`{}`", parts.empty() ? "" : ", ", part);
    row("Part", fmt::format("`{}`: {}", desc.part_attribute, parts));
  }
  row("Stability", desc.stability == Stability::stable ? "stable" : "development");
  return out;
}

}  // namespace

std::string metrics_page(std::span<const MetricGroup> groups) {
  std::string page(kHead);
  page += fmt::format(kLadder, kLadderFirstBit, kLadderFirstBit + kLadderBounds - 1, kLadderBounds, ladder_upper_ns(0),
                      ladder_upper_ns(kLadderBounds - 1));
  for (const MetricGroup& group : groups) {
    page += fmt::format("\n## {}\n", group.title);
    for (const MetricDesc& desc : group.metrics) page += "\n" + entry(desc);
  }
  return page;
}

}  // namespace smtscope
