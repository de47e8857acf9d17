// SPDX-License-Identifier: Apache-2.0
#include "kernel/service_manager.h"

#include <systemd/sd-daemon.h>

namespace smtscope::service_manager {

void notify(const std::string& state) { (void)sd_notify(0, state.c_str()); }

void notify_reloading(uint64_t monotonic_ns) {
  notify("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(monotonic_ns / 1000));
}

std::optional<uint64_t> watchdog_interval_ns() {
  uint64_t timeout_us = 0;
  if (sd_watchdog_enabled(0, &timeout_us) <= 0) return std::nullopt;
  return timeout_us * 1000 / 2;
}

}  // namespace smtscope::service_manager
