// SPDX-License-Identifier: Apache-2.0
// One object of `smtscope stat --format json`, as far as the comparison with the witness needs it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "audit/sweep.h"
#include "model/result.h"

namespace smtscope::live {

enum class By { cgroup, process };

struct StatCore {
  audit::CoreWindow window;
  std::map<std::string, double> seconds;  // without those that are null
  [[nodiscard]] double window_seconds() const { return static_cast<double>(window.end_ns - window.start_ns) * 1e-9; }
};

struct StatRunqueue {
  uint64_t count = 0;
  double sum_seconds = 0;
  double max_seconds = 0;  // 0 without waits
};

struct StatObject {
  std::vector<StatCore> cores;
  std::map<std::pair<audit::Who, audit::Who>, double> pairs;  // first <= second
  std::map<audit::Who, std::map<std::string, double>> oncpu;  // entity -> class -> seconds
  std::map<audit::Who, StatRunqueue> runqueue;
  double spilled_seconds = 0;  // pairs that went to `other`
  uint64_t lost = 0, contended = 0;

  // The core of exactly these CPUs; null if there is none.
  [[nodiscard]] const StatCore* core_of(const std::vector<uint32_t>& cpus) const;
};

// Reads one line. Entities become cgroup ids or process ids, as the witness knows them.
[[nodiscard]] Result<StatObject> read_stat(const std::string& line, By by);

}  // namespace smtscope::live
