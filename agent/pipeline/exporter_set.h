// SPDX-License-Identifier: Apache-2.0
// The destinations of one configuration: each opened, fed at its own interval and detail, and asked how it is.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "http/route.h"
#include "pipeline/destination.h"
#include "pipeline/status.h"
#include "prometheus.h"

namespace smtscope {

class ExporterSet {
 public:
  // Files are open when this returns. `interval`: the agent's, of exporters that state none. `replayed`: pages carry
  // the times of what they show.
  static Result<ExporterSet> make(const std::vector<ExporterConfig>& exporters, std::chrono::nanoseconds interval,
                                  uint64_t queue_bytes, bool replayed = false);

  // All intervals, each once.
  [[nodiscard]] std::vector<uint64_t> intervals_ns() const;
  // Hands a batch of this interval to those that want it.
  void write(uint64_t interval_ns, const std::shared_ptr<const Batch>& batch);
  // Until each has at most this share of its queue left to write; false at the deadline (CLOCK_MONOTONIC).
  [[nodiscard]] bool flush(uint64_t deadline_ns, double most_queue = 0);

  // The pages that are served; they live as long as this set.
  [[nodiscard]] std::vector<HttpRoute> routes() const;
  [[nodiscard]] std::vector<ExporterReading> readings() const;
  [[nodiscard]] std::vector<ExporterStatus> status() const;

 private:
  struct Exporter {
    ExporterConfig config;
    uint64_t interval_ns = 0;
    std::unique_ptr<PrometheusExporter> page;  // one of these two
    std::unique_ptr<Destination> destination;
    std::function<Result<>(const Batch&)> write;  // of the destination
    uint64_t shown = 0;                           // points handed to the page
  };
  ExporterSet() = default;

  uint64_t queue_bytes_ = 0;
  std::vector<Exporter> exporters_;
};

}  // namespace smtscope
