// SPDX-License-Identifier: Apache-2.0
// One thread writes batches while others read: a page is of one batch, whole.
#include "prometheus.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "prometheus_text.h"

namespace smtscope {
namespace {

constexpr MetricDesc kTick{"test.tick", "{tick}", MetricKind::counter, KeyKind::node, {}, {}, "Ticks."};
constexpr int kSeries = 50, kTicks = 300;

Batch tick(int number) {
  Batch batch;
  for (int i = 0; i < kSeries; i++) {
    Point& point = batch.points.emplace_back();
    point.desc = &kTick;
    point.total = number;
    point.attributes = {{"i", int64_t{i}, true}};
  }
  return batch;
}

TEST(PrometheusExporter, AScrapeNeverSeesHalfABatch) {
  PrometheusExporter exporter;
  std::atomic<bool> done = false;
  std::atomic<int> pages = 0, broken = 0;
  std::vector<std::thread> readers;
  for (int r = 0; r < 2; r++)
    readers.emplace_back([&] {
      double last = 0;
      while (!done) {
        const std::string text = exporter.text();
        if (text.empty()) continue;
        const auto page = test::PrometheusReader::read(text);
        const auto& series = page.series.at("test_tick_total");
        const double first = series.begin()->second;
        bool whole = series.size() == kSeries && first >= last;
        for (const auto& [name, value] : series) whole &= value == first;
        last = first;
        broken += whole ? 0 : 1;
        pages++;
      }
    });
  for (int number = 1; number <= kTicks; number++) {
    if (number % 2) exporter.write(tick(number));
    else exporter.write(std::make_shared<const Batch>(tick(number)));
  }
  while (pages == 0) std::this_thread::yield();
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(broken, 0);
  EXPECT_NE(exporter.text().find("} " + std::to_string(kTicks) + "\n"), std::string::npos);
}

}  // namespace
}  // namespace smtscope
