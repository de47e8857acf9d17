// SPDX-License-Identifier: Apache-2.0
// Points as JSON Lines, to a file or stdout: the first exporter, and what tests read.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "model/point.h"
#include "model/result.h"

namespace smtscope {

// One point as the contract's `jsonl` object, without the newline. Keys that its kind does not have are left out.
// Histograms: delta and total are {"count", "sum"}, buckets [[upper bound or null, count], ..] of the delta,
// non-empty ones only. Where a value is not known it is null, and `why` says why.
[[nodiscard]] std::string jsonl_line(const Point& point, const Batch& batch);

class JsonlExporter {
 public:
  // Makes the file anew; "-" is stdout.
  static Result<JsonlExporter> open(const std::string& path);
  // Adds to what the file holds already.
  static Result<JsonlExporter> append(const std::string& path);
  JsonlExporter(JsonlExporter&& other) noexcept;
  JsonlExporter& operator=(JsonlExporter&& other) noexcept;
  JsonlExporter(const JsonlExporter&) = delete;
  JsonlExporter& operator=(const JsonlExporter&) = delete;
  ~JsonlExporter();

  // Writes all points of a batch. If that fails, a regular file is cut back to whole batches.
  [[nodiscard]] Result<> write(const Batch& batch);
  // From any thread: ends a write that waits for a reader, now or later; it fails.
  [[nodiscard]] std::function<void()> canceller() const {
    return [flag = cancelled_] { *flag = true; };
  }

 private:
  JsonlExporter(int fd, std::string name) : fd_(fd), name_(std::move(name)) {}

  int fd_ = -1;
  std::string name_;  // for messages
  bool appends_ = false;
  std::shared_ptr<std::atomic<bool>> cancelled_ = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace smtscope
