// SPDX-License-Identifier: Apache-2.0
#include "commands/metrics_file.h"

#include "signals.h"

namespace smtscope {

Result<MetricsFile> MetricsFile::open(const std::string& path) {
  auto out = JsonlExporter::open(path);
  if (!out) return Failure(Error(out.error()).within("--metrics"));
  return MetricsFile(std::move(*out));
}

Result<> MetricsFile::write(const Interval& interval) {
  Batch batch = derive_batch(interval, [](std::string_view) { return true; });
  totals_.add(batch.points);
  return out_.write(batch);
}

}  // namespace smtscope
