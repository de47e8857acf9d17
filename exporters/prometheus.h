// SPDX-License-Identifier: Apache-2.0
// The latest batch as a page that Prometheus scrapes (text format 0.0.4).
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "model/point.h"

namespace smtscope {

inline constexpr std::string_view kPrometheusContentType = "text/plain; version=0.0.4; charset=utf-8";

// All points of a batch but events; a metric's series stand together, metrics in the order of their first point.
// Counters and histograms by their totals (an unknown delta leaves the total as it was), gauges and up-down
// counters by their value, absent if it is not known. Attributes and the part are labels. Without times a
// scrape dates them, as it should live; `with_times`: the end of the batch in each line, for what is replayed.
[[nodiscard]] std::string prometheus_page(const Batch& batch, bool with_times = false);

// Holds the batch of the last interval, which is the whole page: what is not in it is not on the page.
//
// The page is made by the scrape, not by the tick: ticks come once a second, scrapes every 15 s or never, so 14 of
// 15 pages would be thrown away. A tick only swaps a pointer; a scrape encodes its own reference, without the lock,
// so neither waits for the other and no page is of two batches.
class PrometheusExporter {
 public:
  explicit PrometheusExporter(bool with_times = false) : with_times_(with_times) {}

  void write(std::shared_ptr<const Batch> batch);
  // For callers that cannot share theirs: copies it.
  void write(const Batch& batch) { write(std::make_shared<const Batch>(batch)); }
  // From any thread. Empty before the first batch.
  [[nodiscard]] std::string text() const;

 private:
  const bool with_times_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Batch> batch_;  // guarded by mutex_
};

}  // namespace smtscope
