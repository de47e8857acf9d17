// SPDX-License-Identifier: Apache-2.0
#include "commands/metrics_file.h"

#include <iterator>

#include "derive/scheduler_figures.h"
#include "signals.h"

namespace smtscope {

Result<MetricsFile> MetricsFile::open(const std::string& path) {
  auto out = JsonlExporter::open(path);
  if (!out) return Failure(Error(out.error()).within("--metrics"));
  return MetricsFile(std::move(*out));
}

Result<> MetricsFile::write(const Interval& interval) {
  const Window window = measured_window(interval);
  Batch batch{{}, window.start_ns, window.end_ns, interval.unix_offset_ns};
  for (const Signal& signal : signals()) {
    std::vector<Point> points = signal.derive(interval);
    std::move(points.begin(), points.end(), std::back_inserter(batch.points));
  }
  totals_.add(batch.points);
  return out_.write(batch);
}

}  // namespace smtscope
