// SPDX-License-Identifier: Apache-2.0
// SMTSCOPE_UPDATE_GOLDEN=1 writes tests/golden/prometheus.txt anew.
#include "prometheus.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <limits>

#include "prometheus_text.h"

namespace smtscope {
namespace {

constexpr std::array<std::string_view, 2> kParts = {"x", "y"};
constexpr MetricDesc kTime{"test.time", "s",    MetricKind::counter, KeyKind::entity,
                           "test.part", kParts, "Time \\ spent\n."};
constexpr MetricDesc kCount{"test.hits", "{hit}", MetricKind::counter, KeyKind::node, {}, {}, "Hits."};
constexpr MetricDesc kWait{"test.wait", "s", MetricKind::histogram, KeyKind::node, {}, {}, "Waits \"quoted\"."};
constexpr MetricDesc kInfo{"test.info", "", MetricKind::gauge, KeyKind::node, {}, {}, "Always 1."};
constexpr MetricDesc kShare{"test.share", "1", MetricKind::gauge, KeyKind::node, {}, {}, "A share."};
constexpr MetricDesc kState{"test.state", "", MetricKind::gauge, KeyKind::node, "test.part", kParts, "A state set."};
constexpr MetricDesc kUsed{"test.used", "By", MetricKind::updown, KeyKind::node, {}, {}, "Bytes."};
constexpr MetricDesc kTurn{"test.turn", "", MetricKind::event, KeyKind::node, {}, {}, "An event."};

Point counter(const MetricDesc& desc, double total, std::vector<Attribute> attributes = {}, uint32_t part = 0) {
  Point point;
  point.desc = &desc;
  point.part = part;
  point.delta = 77;  // deltas are not on the page
  point.total = total;
  point.attributes = std::move(attributes);
  return point;
}

Point gauge(const MetricDesc& desc, double value, std::vector<Attribute> attributes = {}, uint32_t part = 0) {
  Point point = counter(desc, 99, std::move(attributes), part);
  point.value = value;
  return point;
}

Point histogram(std::optional<double> sum, std::vector<Attribute> attributes = {}) {
  Point point = counter(kWait, 0, std::move(attributes));
  point.delta_histogram = Histogram{};
  Histogram total;
  total.counts[0] = 2;
  total.counts[3] = 40;
  total.counts[kLadderBounds - 1] = 1;
  total.counts[kLadderBounds] = 4;
  total.count = 47;
  total.sum = sum;
  point.total_histogram = total;
  return point;
}

Batch batch_of(std::vector<Point> points) {
  Batch batch;
  batch.points = std::move(points);
  return batch;
}

std::string page_of(std::vector<Point> points) { return prometheus_page(batch_of(std::move(points))); }

Batch every_kind() {
  const std::vector<Attribute> a = {{"smtscope.entity.id", "unit:a.service", true},
                                    {"smtscope.entity.name", "a \"b\" \\ c\nd é", false}};
  const std::vector<Attribute> b = {{"smtscope.core.id", int64_t{3}, true}, {"sure", true, false}};
  Point unknown = counter(kTime, 5, b, 1);
  unknown.quality.reason = Reason::changed;
  Point absent = gauge(kShare, .5, {{"which", "absent", true}});
  absent.quality.reason = Reason::stale;
  Point multiplexed = gauge(kShare, .25, {{"which", "multiplexed", true}});
  multiplexed.quality = {Reason::multiplexed, .5F};
  return batch_of({counter(kTime, 0.1, a, 0), counter(kCount, 1234567890123), histogram(12.5, a), gauge(kInfo, 1, b),
                   absent, multiplexed, gauge(kState, 0, {}, 0), gauge(kState, 1, {}, 1), gauge(kTurn, 1),
                   gauge(kUsed, -4096), counter(kTime, 1e6 / 3, a, 1), unknown, histogram(std::nullopt, b)});
}

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Prometheus, APageOfEveryKind) {
  const std::string path = std::string(SMTSCOPE_SOURCE_DIR) + "/tests/golden/prometheus.txt";
  const std::string got = prometheus_page(every_kind());
  if (std::getenv("SMTSCOPE_UPDATE_GOLDEN")) std::ofstream(path, std::ios::binary) << got;
  ASSERT_FALSE(got.empty());
  EXPECT_EQ(got, content(path));
}

// What the golden file must say, told apart from the file: it could be written anew with a fault.
TEST(Prometheus, EveryKindReadsBack) {
  const auto page = test::PrometheusReader::read(prometheus_page(every_kind()));
  const std::map<std::string, std::string> types = {{"test_time_seconds_total", "counter"},
                                                    {"test_hits_total", "counter"},
                                                    {"test_wait_seconds", "histogram"},
                                                    {"test_info", "gauge"},
                                                    {"test_share_ratio", "gauge"},
                                                    {"test_state", "gauge"},
                                                    {"test_used_bytes", "gauge"}};
  EXPECT_EQ(page.types, types);
  EXPECT_EQ(page.helps.at("test_time_seconds_total"), "Time \\\\ spent\\n.");
  EXPECT_EQ(page.helps.at("test_wait_seconds"), "Waits \"quoted\".");
  const std::string a = "smtscope_entity_id=unit:a.service,smtscope_entity_name=a \"b\" \\ c\nd é";
  const auto& time = page.series.at("test_time_seconds_total");
  EXPECT_EQ(time.size(), 3u);
  EXPECT_EQ(time.at("test_time_seconds_total{" + a + ",test_part=x}"), .1);
  EXPECT_EQ(time.at("test_time_seconds_total{" + a + ",test_part=y}"), 1e6 / 3);
  EXPECT_EQ(time.at("test_time_seconds_total{smtscope_core_id=3,sure=true,test_part=y}"), 5) << "keeps its last total";
  EXPECT_EQ(page.series.at("test_hits_total").at("test_hits_total{}"), 1234567890123);
  EXPECT_EQ(page.series.at("test_used_bytes").at("test_used_bytes{}"), -4096);
  const std::map<std::string, double> share = {{"test_share_ratio{which=multiplexed}", .25}};
  EXPECT_EQ(page.series.at("test_share_ratio"), share);
}

TEST(Prometheus, HistogramsAreCumulative) {
  const auto page = test::PrometheusReader::read(page_of({histogram(12.5)}));
  const auto& series = page.series.at("test_wait_seconds");
  EXPECT_EQ(series.size(), kLadderBounds + 3u);
  const auto bucket = [&](const std::string& le) { return series.at("test_wait_seconds_bucket{le=" + le + "}"); };
  EXPECT_EQ(bucket("0.000016384"), 2);
  EXPECT_EQ(bucket("0.000065536"), 2);
  EXPECT_EQ(bucket("0.000131072"), 42);
  EXPECT_EQ(bucket("4.294967296"), 42);
  EXPECT_EQ(bucket("8.589934592"), 43);
  EXPECT_EQ(bucket("+Inf"), 47);
  EXPECT_EQ(series.at("test_wait_seconds_sum{}"), 12.5);
  EXPECT_EQ(series.at("test_wait_seconds_count{}"), 47);
}

TEST(Prometheus, AHistogramWithoutASumHasNone) {
  const std::string page = page_of({histogram(std::nullopt)});
  EXPECT_EQ(page.find("_sum"), std::string::npos);
  EXPECT_NE(page.find("test_wait_seconds_count 47\n"), std::string::npos);
}

TEST(Prometheus, ASeriesThatIsNotInTheBatchIsAbsent) {
  PrometheusExporter exporter;
  EXPECT_EQ(exporter.text(), "");
  exporter.write(batch_of({counter(kCount, 1), gauge(kInfo, 1)}));
  EXPECT_NE(exporter.text().find("test_hits_total 1\n"), std::string::npos);
  exporter.write(std::make_shared<const Batch>(batch_of({gauge(kInfo, 1)})));
  EXPECT_EQ(exporter.text(), "# HELP test_info Always 1.\n# TYPE test_info gauge\ntest_info 1\n");
  exporter.write(Batch{});
  EXPECT_EQ(exporter.text(), "");
}

TEST(Prometheus, AMetricWithoutAKnownValueIsNotMentioned) {
  Point unknown = gauge(kUsed, 1);
  unknown.quality.reason = Reason::unsupported;
  Point no_total = histogram(1);
  no_total.total_histogram.reset();
  EXPECT_EQ(page_of({unknown, no_total, gauge(kTurn, 1)}), "");
}

TEST(Prometheus, NumbersReadBackTheSame) {
  const auto value = [](double number) {
    const std::string page = page_of({gauge(kInfo, number)});
    return page.substr(page.rfind(' ') + 1);
  };
  EXPECT_EQ(value(0.1), "0.1\n");
  EXPECT_EQ(value(1e15), "1000000000000000\n");
  EXPECT_EQ(value(1e300), "1e+300\n");
  EXPECT_EQ(value(std::nan("")), "NaN\n");
  EXPECT_EQ(value(HUGE_VAL), "+Inf\n");
  EXPECT_EQ(value(-HUGE_VAL), "-Inf\n");
  for (const double number : {1.0 / 3, 5e-324, 1.7976931348623157e308, 0x1p60, -2.5})
    EXPECT_EQ(std::strtod(value(number).c_str(), nullptr), number);
}

std::string label_of(const std::string& value) {
  const std::string page = page_of({gauge(kInfo, 1, {{"a", value, true}})});
  const size_t start = page.find("test_info{");
  return page.substr(start, page.size() - start - 1);
}

TEST(Prometheus, LabelValuesAreEscapedAndValid) {
  using namespace std::string_literals;  // NOLINT(google-build-using-namespace)
  EXPECT_EQ(label_of("a\\b\"c\nd"), R"(test_info{a="a\\b\"c\nd"} 1)");
  EXPECT_EQ(label_of("\t\r\x01 é€😀"), "test_info{a=\"\t\r\x01 é€😀\"} 1");
  EXPECT_EQ(label_of("a\xffz\xc3"), "test_info{a=\"a\uFFFDz\uFFFD\"} 1");
  EXPECT_EQ(label_of("\xe2\x82\"\xac"), "test_info{a=\"\uFFFD\\\"\uFFFD\"} 1");
  EXPECT_EQ(label_of("a\0b"s), "test_info{a=\"a\uFFFDb\"} 1");
  EXPECT_EQ(label_of(""), "test_info{a=\"\"} 1");
}

TEST(Prometheus, LabelNamesAreValidAndUnique) {
  const auto page = test::PrometheusReader::read(page_of({gauge(kState, 1,
                                                                {{"k8s.pod.label.app.kubernetes.io/name", "web", false},
                                                                 {"9lives", "cat", false},
                                                                 {"a.b", "first", true},
                                                                 {"a_b", "second", true},
                                                                 {"test.part", "third", false}},
                                                                1)}));
  const std::map<std::string, std::string> want = {{"k8s_pod_label_app_kubernetes_io_name", "web"},
                                                   {"key_9lives", "cat"},
                                                   {"a_b", "first;second"},
                                                   {"test_part", "third;y"}};
  ASSERT_EQ(page.labels.size(), 1u);
  EXPECT_EQ(page.labels.begin()->second, want);
}

TEST(PrometheusReader, RefusesBrokenPages) {
  for (const char* page :
       {"a 1\n", "# TYPE a gauge\nb 1\n", "# TYPE a gauge\na 1\na 1\n", "# TYPE a gauge\na{b=\"c} 1\n",
        "# TYPE a gauge\na{b=\"c\",b=\"d\"} 1\n", "# TYPE a gauge\na x\n", "# TYPE a gauge\na 1",
        "# TYPE a gauge\na{b=\"\\t\"} 1\n", "# TYPE a histogram\na 1\n", "# TYPE a gauge\n1a 1\n"})
    EXPECT_THROW((void)test::PrometheusReader::read(page), std::runtime_error) << page;
}

}  // namespace
}  // namespace smtscope
