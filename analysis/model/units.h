// SPDX-License-Identifier: Apache-2.0
// Durations and sizes as people write them: "10s", "64MiB".
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "model/result.h"

namespace smtscope {

// "500ms", "10s", "2m", "1h": usage error otherwise, also for 0.
[[nodiscard]] Result<std::chrono::nanoseconds> parse_duration(std::string_view text);

// "64KiB", "64MiB", "1GiB", or bytes without a unit; whole numbers. Usage error otherwise.
[[nodiscard]] Result<uint64_t> parse_size(std::string_view text);

// In the largest unit that needs no fraction. Exact, and read back the same, for whole milliseconds.
[[nodiscard]] std::string format_duration(std::chrono::nanoseconds duration);
[[nodiscard]] std::string format_size(uint64_t bytes);

}  // namespace smtscope
