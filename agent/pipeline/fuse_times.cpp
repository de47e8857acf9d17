// SPDX-License-Identifier: Apache-2.0
#include "pipeline/fuse_times.h"

#include <cstdlib>

namespace smtscope {

FuseTimes fuse_times() {
  FuseTimes times;
#ifdef SMTSCOPE_FAULTS
  if (const char* period_ms = std::getenv("SMTSCOPE_FUSE_PERIOD_MS")) {
    times.period_ns = std::strtoull(period_ms, nullptr, 10) * 1'000'000;
    times.sample_ns = times.period_ns / 4;
  }
#endif
  return times;
}

}  // namespace smtscope
