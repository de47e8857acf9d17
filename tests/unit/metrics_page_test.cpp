// SPDX-License-Identifier: Apache-2.0
// The descriptors: the documentation says what they say, and their names keep the rules.
#include "views/metrics_page.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>

#include "model/names.h"
#include "signals.h"

namespace smtscope {
namespace {

TEST(MetricsPage, TheDocumentationIsUpToDate) {
  std::ifstream file(SMTSCOPE_SOURCE_DIR "/docs/metrics.md");
  ASSERT_TRUE(file);
  const std::string there{std::istreambuf_iterator<char>(file), {}};
  EXPECT_TRUE(there == metrics_page(metric_groups())) << "run the target metrics_reference and put its output there";
}

TEST(Names, ByTheRules) {
  const struct {
    MetricDesc desc;
    const char* prometheus;
  } cases[] = {
      {{"smtscope.core.time", "s", MetricKind::counter, KeyKind::core, {}, {}, ""}, "smtscope_core_time_seconds_total"},
      {{"smtscope.entity.runqueue.wait", "s", MetricKind::histogram, KeyKind::entity, {}, {}, ""},
       "smtscope_entity_runqueue_wait_seconds"},
      {{"smtscope.node.placement.transitions", "{transition}", MetricKind::counter, KeyKind::node, {}, {}, ""},
       "smtscope_node_placement_transitions_total"},
      {{"smtscope.exporter.queue.size", "By", MetricKind::updown, KeyKind::node, {}, {}, ""},
       "smtscope_exporter_queue_size_bytes"},
      {{"smtscope.share", "1", MetricKind::gauge, KeyKind::node, {}, {}, ""}, "smtscope_share_ratio"},
      {{"smtscope.node.info", "", MetricKind::gauge, KeyKind::node, {}, {}, ""}, "smtscope_node_info"},
  };
  for (const auto& test : cases) EXPECT_EQ(prometheus_name(test.desc), test.prometheus);
  EXPECT_EQ(prometheus_label("smtscope.core.state"), "smtscope_core_state");
  EXPECT_EQ(elasticsearch_field(cases[0].desc, "all_busy"), "smtscope.core.time.all_busy");
  EXPECT_EQ(elasticsearch_field(cases[0].desc, {}), "smtscope.core.time");
}

TEST(Names, NoneIsAnothersPrefixOrTwin) {
  std::set<std::string> names, prometheus;
  for (const MetricGroup& group : metric_groups())
    for (const MetricDesc& desc : group.metrics) {
      EXPECT_TRUE(names.emplace(desc.name).second) << desc.name;
      EXPECT_TRUE(prometheus.insert(prometheus_name(desc)).second) << desc.name;
    }
  for (const std::string& a : names)
    for (const std::string& b : names) EXPECT_FALSE(b.starts_with(a + ".")) << "a field is a value or an object: " << b;
}

TEST(Names, EveryDescriptorIsComplete) {
  for (const MetricGroup& group : metric_groups())
    for (const MetricDesc& desc : group.metrics) {
      EXPECT_FALSE(desc.help.empty()) << desc.name;
      // The others are OpenTelemetry's own names.
      EXPECT_TRUE(desc.name.starts_with("smtscope.") || desc.name.starts_with("system.") ||
                  desc.name.starts_with("process."))
          << desc.name;
      EXPECT_EQ(desc.part_attribute.empty(), desc.parts.empty()) << desc.name;
      EXPECT_EQ(std::set<std::string_view>(desc.parts.begin(), desc.parts.end()).size(), desc.parts.size());
    }
}

}  // namespace
}  // namespace smtscope
