// SPDX-License-Identifier: Apache-2.0
#include "jsonl.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>
#include <csignal>

#include <cerrno>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>

#include "json_text.h"
#include "unit/tree.h"

namespace smtscope {
namespace {

constexpr std::array<std::string_view, 2> kParts = {"x", "y"};
constexpr MetricDesc kTime{"test.time", "s", MetricKind::counter, KeyKind::entity, "test.part", kParts, "help"};
constexpr MetricDesc kWait{"test.wait", "s", MetricKind::histogram, KeyKind::node, {}, {}, "help"};
constexpr MetricDesc kInfo{"test.info", "", MetricKind::gauge, KeyKind::node, {}, {}, "help"};
constexpr MetricDesc kUsed{"test.used", "By", MetricKind::updown, KeyKind::node, {}, {}, "help"};

Batch batch_of(Point point) {
  Batch batch;
  batch.start_ns = 1'000'000'000;
  batch.end_ns = 2'500'000'000;
  batch.unix_offset_ns = 1'700'000'000'000'000'000;
  batch.points.push_back(std::move(point));
  return batch;
}

std::string line_of(const Point& point) {
  const Batch batch = batch_of(point);
  return jsonl_line(batch.points[0], batch);
}

constexpr const char* kHead = R"({"time_unix_ms":1700000002500,"start_ns":1000000000,"end_ns":2500000000,)";

TEST(Jsonl, Counter) {
  Point point;
  point.desc = &kTime;
  point.part = 1;
  point.delta = 0.1;
  point.total = 1e6;
  point.attributes = {{"id", "a\"b", true}, {"core", int64_t{3}, false}, {"sure", true, false}};
  EXPECT_EQ(line_of(point), std::string(kHead) +
                                R"("metric":"test.time","unit":"s","kind":"counter","delta":0.1,"total":1000000,)"
                                R"("attributes":{"id":"a\"b","core":3,"sure":true,"test.part":"y"},)"
                                R"("quality":{"reason":"ok","running":1}})");
}

TEST(Jsonl, AnUnknownDeltaIsNullWithItsReason) {
  Point point;
  point.desc = &kTime;
  point.delta = 99;
  point.total = 5;
  point.quality.reason = Reason::changed;
  EXPECT_EQ(line_of(point), std::string(kHead) +
                                R"("metric":"test.time","unit":"s","kind":"counter","delta":null,"total":5,)"
                                R"("attributes":{"test.part":"x"},"quality":{"reason":"changed","running":1},)"
                                R"("why":{"delta":"changed"}})");
}

TEST(Jsonl, AMultiplexedValueStays) {
  Point point;
  point.desc = &kTime;
  point.delta = 2;
  point.quality = {Reason::multiplexed, 0.3F};
  point.source = "hw_core";
  EXPECT_NE(line_of(point).find(R"("delta":2,"total":0,"attributes":{"test.part":"x"},)"
                                R"("quality":{"reason":"multiplexed","running":0.3},"source":"hw_core"})"),
            std::string::npos);
}

TEST(Jsonl, GaugeAndUpDownHaveAValueOnly) {
  Point point;
  point.value = 1;
  for (const MetricDesc* desc : {&kInfo, &kUsed}) {
    point.desc = desc;
    const auto json = nlohmann::ordered_json::parse(line_of(point));
    EXPECT_EQ(json["value"], 1);
    for (const char* key : {"delta", "total", "buckets", "why", "source"}) EXPECT_FALSE(json.contains(key)) << key;
  }
}

TEST(Jsonl, HistogramHasTheBucketsOfTheDelta) {
  Point point;
  point.desc = &kWait;
  point.delta_histogram.emplace();
  point.delta_histogram->counts[0] = 2;
  point.delta_histogram->counts[19] = 1;
  point.delta_histogram->counts[kLadderBounds] = 4;
  point.delta_histogram->count = 7;
  point.delta_histogram->sum = 12.5;
  point.total_histogram = point.delta_histogram;
  point.total_histogram->count = 70;
  EXPECT_EQ(line_of(point),
            std::string(kHead) +
                R"("metric":"test.wait","unit":"s","kind":"histogram","delta":{"count":7,"sum":12.5},)"
                R"("total":{"count":70,"sum":12.5},"buckets":[[1.6384e-05,2],[8.589934592,1],[null,4]],)"
                R"("attributes":{},"quality":{"reason":"ok","running":1}})");
}

TEST(Jsonl, HistogramWithoutASumSaysSo) {
  Point point;
  point.desc = &kWait;
  point.delta_histogram.emplace();
  point.delta_histogram->sum.reset();
  point.total_histogram = point.delta_histogram;
  const auto json = nlohmann::json::parse(line_of(point));
  EXPECT_EQ(json["delta"], nlohmann::json::parse(R"({"count":0,"sum":null})"));
  EXPECT_EQ(json["buckets"], nlohmann::json::array());
  EXPECT_EQ(json["why"], nlohmann::json::parse(R"({"delta.sum":"not_counted","total.sum":"not_counted"})"));
}

TEST(Jsonl, AnUnknownHistogramIsNull) {
  Point point;
  point.desc = &kWait;
  point.quality.reason = Reason::lost;
  point.total_histogram.emplace();
  const auto json = nlohmann::json::parse(line_of(point));
  EXPECT_TRUE(json["delta"].is_null());
  EXPECT_TRUE(json["buckets"].is_null());
  EXPECT_EQ(json["total"]["count"], 0);
  EXPECT_EQ(json["why"], nlohmann::json::parse(R"({"delta":"lost","buckets":"lost"})"));
}

TEST(Jsonl, KeysComeInTheContractsOrder) {
  Point point;
  point.desc = &kTime;
  point.quality.reason = Reason::stale;
  point.source = "x";
  std::vector<std::string> keys;
  const auto json = nlohmann::ordered_json::parse(line_of(point));
  for (const auto& [key, value] : json.items()) keys.push_back(key);
  EXPECT_EQ(keys, (std::vector<std::string>{"time_unix_ms", "start_ns", "end_ns", "metric", "unit", "kind", "delta",
                                            "total", "attributes", "quality", "source", "why"}));
}

std::string string_of(std::string_view text) {
  std::string out;
  json::append_string(out, text);
  return out;
}

TEST(JsonText, StringsAreAlwaysValid) {
  using namespace std::string_literals;  // NOLINT(google-build-using-namespace)
  const std::pair<std::string, std::string> cases[] = {
      {"", R"("")"},
      {"plain", R"("plain")"},
      {"\"\\\n\t\r", R"("\"\\\n\t\r")"},
      {"\x01\x1f\0x"s, R"("\u0001\u001f\u0000x")"},
      {"\x7f", "\"\x7f\""},
      {"é€😀", "\"é€😀\""},
      {"\xff", "\"\uFFFD\""},
      {"a\x80z", "\"a\uFFFDz\""},
      {"\xc3", "\"\uFFFD\""},        // cut off
      {"\xe2\x82z", "\"\uFFFDz\""},  // one broken character is one mark
      {"\xf0\x9f\x98", "\"\uFFFD\""},
      {"\xc0\xaf", "\"\uFFFD\uFFFD\""},  // overlong
      {"\xe0\x80\xaf", "\"\uFFFD\uFFFD\uFFFD\""},
      {"\xed\xa0\x80", "\"\uFFFD\uFFFD\uFFFD\""},            // a surrogate
      {"\xf4\x90\x80\x80", "\"\uFFFD\uFFFD\uFFFD\uFFFD\""},  // above U+10FFFF
      {"\xf5", "\"\uFFFD\""},
  };
  for (const auto& [text, want] : cases) EXPECT_EQ(string_of(text), want);
}

TEST(JsonText, AnyTwoBytesMakeAReadableString) {
  // The edges of every range that UTF-8 tells apart.
  const int edges[] = {0x00, 0x1F, 0x22, 0x5C, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2,
                       0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF};
  for (const int a : edges)
    for (const int b : edges) {
      const std::string text = {static_cast<char>(a), static_cast<char>(b)};
      const std::string json = string_of(text);
      const auto parsed = nlohmann::json::parse(json, nullptr, false);
      ASSERT_FALSE(parsed.is_discarded()) << a << " " << b;
      // The other writer of the program marks the same bytes.
      const std::string theirs = nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
      ASSERT_EQ(parsed, nlohmann::json::parse(theirs)) << a << " " << b;
    }
}

std::string number_of(double value) {
  std::string out;
  json::append_number(out, value);
  return out;
}

TEST(JsonText, NumbersReadBackTheSame) {
  for (const double value : {0.1, 1.0 / 3, 1e-9, 123456.789e3, 5e-324, 1.7976931348623157e308, 0x1p53, 0x1p60, -2.5})
    EXPECT_EQ(nlohmann::json::parse(number_of(value)).get<double>(), value);
  EXPECT_EQ(number_of(0), "0");
  EXPECT_EQ(number_of(-0.0), "0");
  EXPECT_EQ(number_of(100000), "100000");
  EXPECT_EQ(number_of(1e15), "1000000000000000");
  EXPECT_EQ(number_of(0.3), "0.3");
  for (const double value : {std::nan(""), HUGE_VAL, -HUGE_VAL}) EXPECT_EQ(number_of(value), "null");
}

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Point gauge(double value) {
  Point point;
  point.desc = &kInfo;
  point.value = value;
  return point;
}

TEST(JsonlExporter, WritesALineAPointAndStartsAnew) {
  test::Tree tree;
  const std::string path = tree.root() + "/out.jsonl";
  tree.write("out.jsonl", "from an earlier run");
  Batch batch = batch_of(gauge(1));
  batch.points.push_back(gauge(2));
  {
    auto out = JsonlExporter::open(path);
    ASSERT_TRUE(out);
    ASSERT_TRUE(out->write(batch));
    JsonlExporter moved = std::move(*out);
    ASSERT_TRUE(moved.write(batch_of(gauge(3))));
    ASSERT_TRUE(moved.write(Batch{}));
  }
  EXPECT_EQ(content(path), line_of(gauge(1)) + "\n" + line_of(gauge(2)) + "\n" + line_of(gauge(3)) + "\n");
}

TEST(JsonlExporter, WhereNothingCanBeOpened) {
  test::Tree tree;
  for (const std::string& path : {tree.root() + "/no/such/folder", tree.root(), std::string()}) {
    const auto out = JsonlExporter::open(path);
    ASSERT_FALSE(out) << path;
    EXPECT_EQ(out.error().kind, ErrorKind::io);
    EXPECT_NE(out.error().what.find("cannot open"), std::string::npos);
  }
}

TEST(JsonlExporter, AFullDiskIsAnError) {
  auto out = JsonlExporter::open("/dev/full");
  ASSERT_TRUE(out);
  const auto r = out->write(batch_of(gauge(1)));
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().sys_errno, ENOSPC);
  EXPECT_FALSE(r.error().mend.empty());
}

// In a process of its own, because the limit holds for all of it.
int write_beyond_a_limit(const std::string& path) {
  auto out = JsonlExporter::open(path);
  if (!out || !out->write(batch_of(gauge(1)))) return 1;
  signal(SIGXFSZ, SIG_IGN);
  const rlimit most{line_of(gauge(1)).size() + 10, RLIM_INFINITY};
  if (setrlimit(RLIMIT_FSIZE, &most) != 0) return 2;
  const auto r = out->write(batch_of(gauge(2)));
  if (r || r.error().sys_errno != EFBIG) return 3;
  const rlimit again{RLIM_INFINITY, RLIM_INFINITY};
  if (setrlimit(RLIMIT_FSIZE, &again) != 0) return 4;
  return out->write(batch_of(gauge(3))) ? 0 : 5;
}

TEST(JsonlExporter, ABatchThatFailsLeavesNoHalfLine) {
  test::Tree tree;
  const std::string path = tree.root() + "/out.jsonl";
  EXPECT_EXIT(_exit(write_beyond_a_limit(path)), testing::ExitedWithCode(0), "");
  EXPECT_EQ(content(path), line_of(gauge(1)) + "\n" + line_of(gauge(3)) + "\n");
}

// The reader has gone; the signal's default action would end the process.
int write_to_a_closed_pipe() {
  signal(SIGPIPE, SIG_DFL);
  int ends[2];
  if (pipe(ends) != 0 || dup2(ends[1], STDOUT_FILENO) < 0) return 1;
  close(ends[0]);
  auto out = JsonlExporter::open("-");
  if (!out) return 2;
  const auto r = out->write(batch_of(gauge(1)));
  if (r || r.error().sys_errno != EPIPE) return 3;
  sigset_t pending, mask;
  sigpending(&pending);
  pthread_sigmask(SIG_BLOCK, nullptr, &mask);
  return sigismember(&pending, SIGPIPE) || sigismember(&mask, SIGPIPE) ? 4 : 0;
}

TEST(JsonlExporter, AClosedPipeIsAnError) {
  EXPECT_EXIT(_exit(write_to_a_closed_pipe()), testing::ExitedWithCode(0), "");
}

TEST(JsonlExporter, StdoutIsLeftOpen) {
  { ASSERT_TRUE(JsonlExporter::open("-")); }
  EXPECT_GE(fcntl(STDOUT_FILENO, F_GETFD), 0);
}

}  // namespace
}  // namespace smtscope
