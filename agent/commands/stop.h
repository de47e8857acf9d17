// SPDX-License-Identifier: Apache-2.0
// Ctrl-C and SIGTERM as a flag, and a sleep that ends at once when it is raised.
#pragma once

#include <cstdint>

namespace smtscope {

// From now on SIGINT and SIGTERM raise the flag; a second one ends the program as usual.
void catch_stop_signals();
[[nodiscard]] bool stop_requested();
// Until CLOCK_MONOTONIC reaches deadline_ns, or the flag is raised, or a child ended.
void sleep_until(uint64_t deadline_ns);

}  // namespace smtscope
