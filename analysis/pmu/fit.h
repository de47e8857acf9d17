// SPDX-License-Identifier: Apache-2.0
// Whether events find counters all at once, as the kernel would give them out.
#pragma once

#include <cstdint>
#include <vector>

namespace smtscope::pmu {

// Each event by the counters that it may sit on (microarchitecture.h; 0: it needs none), `there` those that exist.
[[nodiscard]] bool fits(const std::vector<uint64_t>& events, uint64_t there);

// The first `count` general counters.
[[nodiscard]] uint64_t general_counters(uint32_t count);

}  // namespace smtscope::pmu
