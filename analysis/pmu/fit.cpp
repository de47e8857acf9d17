// SPDX-License-Identifier: Apache-2.0
#include "pmu/fit.h"

#include <array>
#include <optional>

namespace smtscope::pmu {
namespace {

constexpr unsigned kCounters = 64;

struct Seats {
  const std::vector<uint64_t>& events;
  std::array<std::optional<size_t>, kCounters> who = {};

  // Finds `event` a counter, moving others along if need be; `tried` counters are not asked twice.
  bool seat(size_t event, uint64_t& tried) {
    for (unsigned counter = 0; counter < kCounters; ++counter) {
      const uint64_t bit = 1ull << counter;
      if (!(events[event] & bit) || (tried & bit)) continue;
      tried |= bit;
      if (who[counter] && !seat(*who[counter], tried)) continue;
      who[counter] = event;
      return true;
    }
    return false;
  }
};

}  // namespace

bool fits(const std::vector<uint64_t>& events, uint64_t there) {
  std::vector<uint64_t> wanted;
  for (const uint64_t event : events) {
    if (!event) continue;
    if (!(event & there)) return false;
    wanted.push_back(event & there);
  }
  Seats seats{wanted};
  for (size_t i = 0; i < wanted.size(); ++i) {
    uint64_t tried = 0;
    if (!seats.seat(i, tried)) return false;
  }
  return true;
}

uint64_t general_counters(uint32_t count) { return count >= 32 ? 0xffffffff : (1ull << count) - 1; }

}  // namespace smtscope::pmu
