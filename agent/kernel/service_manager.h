// SPDX-License-Identifier: Apache-2.0
// What systemd wants to hear of a service; nothing happens where no service manager asked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace smtscope::service_manager {

// "READY=1", "STOPPING=1", "STATUS=text", several lines at once.
void notify(const std::string& state);

// Ready again or about to be: reloads are told with the time of their start (systemd 253).
void notify_reloading(uint64_t monotonic_ns);

// How often at least the watchdog wants to hear of us (half of its time-out); none: it does not watch.
[[nodiscard]] std::optional<uint64_t> watchdog_interval_ns();

}  // namespace smtscope::service_manager
