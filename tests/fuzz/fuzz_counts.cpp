// SPDX-License-Identifier: Apache-2.0
// Files of counts (test vectors, perf stat -x and -j): refused, or records that come out of every dialect as finite
// numbers or with a reason.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "topdown/dialects.h"
#include "topdown/read_counts.h"
#include "views/topdown_view.h"

namespace smtscope {
namespace {

constexpr size_t kMaxRecords = 20;

void check(const topdown::Metrics& metrics) {
  for (const topdown::Metric& metric : metrics.metrics) {
    if (metric.value.has_value() != (metric.why == Reason::ok)) abort();
    if (metric.value && !std::isfinite(*metric.value)) abort();
  }
  if (topdown_json(metrics).empty() || topdown_text(metrics).empty()) abort();
}

void evaluate(topdown::CountRecord record) {
  static auto topdown = topdown::Topdown::make(std::nullopt);  // reading the formulas is what takes time
  const auto metrics = topdown->evaluate(record);
  if (!metrics) abort();
  check(*metrics);
  for (const topdown::Dialect& dialect : topdown::all_dialects()) {
    record.formula = dialect.id;
    check(*topdown->evaluate(record));
  }
}

}  // namespace
}  // namespace smtscope

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto file =
      smtscope::topdown::read_counts({reinterpret_cast<const char*>(data), size}, "fuzz");  // NOLINT: bytes are text
  if (!file && file.error().kind != smtscope::ErrorKind::input) abort();
  for (size_t i = 0; file && i < file->records.size() && i < smtscope::kMaxRecords; ++i)
    smtscope::evaluate(file->records[i]);
  return 0;
}
