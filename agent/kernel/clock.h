// SPDX-License-Identifier: Apache-2.0
// The clocks of the program: CLOCK_MONOTONIC, as bpf_ktime_get_ns reads it, and wall time for people.
#pragma once

#include <cstdint>
#include <ctime>

namespace smtscope {

inline constexpr uint64_t kSecondNs = 1'000'000'000;

[[nodiscard]] inline uint64_t clock_ns(clockid_t id) {
  timespec t{};
  clock_gettime(id, &t);
  return static_cast<uint64_t>(t.tv_sec) * 1'000'000'000ull + static_cast<uint64_t>(t.tv_nsec);
}

[[nodiscard]] inline uint64_t monotonic_ns() { return clock_ns(CLOCK_MONOTONIC); }

// Add to a CLOCK_MONOTONIC reading to get ns since 1970 (as the wall clock stands now).
[[nodiscard]] inline int64_t unix_offset_ns() {
  return static_cast<int64_t>(clock_ns(CLOCK_REALTIME)) - static_cast<int64_t>(monotonic_ns());
}

inline void sleep_ns(uint64_t ns) {
  timespec t{static_cast<time_t>(ns / 1'000'000'000ull), static_cast<long>(ns % 1'000'000'000ull)};
  nanosleep(&t, nullptr);
}

}  // namespace smtscope
