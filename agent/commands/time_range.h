// SPDX-License-Identifier: Apache-2.0
// --from and --to: times of a recording as people write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "model/result.h"
#include "recording/recording.h"

namespace smtscope {

// "03:05", "03:05:30" (local time, the last time it was that late before `now`), "2026-11-21T03:05", "2026-11-21
// 03:05:30.5" (local time), "2026-11-21T03:05:30Z", "...+02:00", "-10m" (before `now`). Usage error otherwise.
[[nodiscard]] Result<int64_t> parse_time(const std::string& text, int64_t now_unix_ns);

// What --from and --to say; a time of day is that of the day before if it were after `now`. Usage error if the range
// is empty.
[[nodiscard]] Result<TimeRange> parse_time_range(const std::optional<std::string>& from,
                                                 const std::optional<std::string>& to);

}  // namespace smtscope
