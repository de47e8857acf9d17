// SPDX-License-Identifier: Apache-2.0
// --metrics FILE: every interval's points of all signals, as JSON Lines.
#pragma once

#include <string>

#include "jsonl.h"
#include "model/accumulator.h"
#include "model/snapshot.h"

namespace smtscope {

class MetricsFile {
 public:
  // Makes the file anew; "-" is stdout.
  static Result<MetricsFile> open(const std::string& path);
  // Derives, adds to the totals since open, writes.
  [[nodiscard]] Result<> write(const Interval& interval);

 private:
  explicit MetricsFile(JsonlExporter out) : out_(std::move(out)) {}

  JsonlExporter out_;
  Accumulator totals_;
};

}  // namespace smtscope
