// SPDX-License-Identifier: Apache-2.0
// Stored snapshots -> points -> totals -> the page that Prometheus scrapes, byte for byte as in tests/golden, and
// read back. SMTSCOPE_UPDATE_GOLDEN=1 writes those files anew.
#include "prometheus.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "derive/scheduler.h"
#include "model/accumulator.h"
#include "model/names.h"
#include "prometheus_text.h"
#include "replay/snapshots.h"

namespace smtscope {
namespace {

// The batches of the intervals between these snapshots, with totals.
std::vector<Batch> replay(const std::string& name) {
  const auto snapshots = test::read_snapshots(std::string(SMTSCOPE_FIXTURES) + "/snapshots/" + name + ".json");
  Accumulator totals;
  std::vector<Batch> batches;
  for (size_t i = 1; i < snapshots.size(); i++) {
    const Interval interval = make_interval(snapshots[i - 1], snapshots[i]);
    Batch& batch = batches.emplace_back();
    batch.points = scheduler_points(interval);
    totals.add(batch.points);
  }
  return batches;
}

class PrometheusGolden : public testing::TestWithParam<const char*> {};

TEST_P(PrometheusGolden, PageIsTheSameBytes) {
  const auto batches = replay(GetParam());
  ASSERT_FALSE(batches.empty());
  const std::string got = prometheus_page(batches.back());
  const std::string path = std::string(SMTSCOPE_SOURCE_DIR) + "/tests/golden/prometheus_" + GetParam() + ".txt";
  if (std::getenv("SMTSCOPE_UPDATE_GOLDEN")) std::ofstream(path, std::ios::binary) << got;
  ASSERT_FALSE(got.empty());
  std::ifstream file(path, std::ios::binary);
  EXPECT_EQ(got, std::string(std::istreambuf_iterator<char>(file), {}));
}

// The labels of a point, spelled from its attributes here.
std::map<std::string, std::string> labels_of(const Point& point) {
  std::map<std::string, std::string> labels;
  for (const Attribute& attribute : point.attributes) {
    std::string& value = labels[prometheus_label(attribute.name)];
    if (const auto* text = std::get_if<std::string>(&attribute.value)) value = *text;
    else if (const auto* number = std::get_if<int64_t>(&attribute.value)) value = std::to_string(*number);
    else value = std::get<bool>(attribute.value) ? "true" : "false";
  }
  if (!point.desc->parts.empty()) labels[prometheus_label(point.desc->part_attribute)] = point.desc->parts[point.part];
  return labels;
}

std::string series_of(const std::string& name, const std::map<std::string, std::string>& labels) {
  std::string series = name + "{";
  for (const auto& [label, text] : labels) (((series += series.back() == '{' ? "" : ",") += label) += '=') += text;
  return series + "}";
}

// Whole nanoseconds: nine digits say it exactly.
std::string bound_of(int i) {
  if (i == kLadderBounds) return "+Inf";
  std::array<char, 32> text{};
  (void)std::snprintf(text.data(), text.size(), "%.9f", static_cast<double>(ladder_upper_ns(i)) / 1e9);
  const std::string bound = text.data();
  return bound.substr(0, bound.find_last_not_of('0') + 1);
}

// Every point is on the page with its number, and nothing else is.
TEST_P(PrometheusGolden, EveryPointReadsBack) {
  size_t points = 0, histograms = 0;
  for (const Batch& batch : replay(GetParam())) {
    auto page = test::PrometheusReader::read(prometheus_page(batch));
    const auto take = [&](const std::string& metric, const std::string& series) {
      auto& all = page.series.at(metric);
      const auto at = all.find(series);
      if (at == all.end()) throw std::runtime_error("not on the page: " + series);
      const double value = at->second;
      all.erase(at);
      return value;
    };
    for (const Point& point : batch.points) {
      points++;
      const std::string name = prometheus_name(*point.desc);
      auto labels = labels_of(point);
      if (point.desc->kind != MetricKind::histogram) {
        const bool counter = point.desc->kind == MetricKind::counter;
        EXPECT_EQ(take(name, series_of(name, labels)), counter ? point.total : point.value);
        continue;
      }
      histograms++;
      ASSERT_TRUE(point.total_histogram);
      const Histogram& total = *point.total_histogram;
      EXPECT_EQ(take(name, series_of(name + "_count", labels)), static_cast<double>(total.count));
      if (total.sum) {
        EXPECT_EQ(take(name, series_of(name + "_sum", labels)), *total.sum);
      }
      uint64_t below = 0;
      for (int i = 0; i <= kLadderBounds; i++) {
        below += total.counts[static_cast<size_t>(i)];
        labels["le"] = bound_of(i);
        EXPECT_EQ(take(name, series_of(name + "_bucket", labels)), static_cast<double>(below));
      }
    }
    for (const auto& [metric, rest] : page.series) EXPECT_TRUE(rest.empty()) << metric << ": " << rest.begin()->first;
  }
  EXPECT_GT(points, 0u);
  EXPECT_EQ(histograms == 0, GetParam() == std::string("plain")) << "those snapshots have none";
}

INSTANTIATE_TEST_SUITE_P(All, PrometheusGolden, testing::Values("smt2", "smt4", "plain"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace smtscope
