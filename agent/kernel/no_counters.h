// SPDX-License-Identifier: Apache-2.0
// Why a machine has no counters of its CPUs.
#pragma once

#include <string>

#include "kernel/pmu_devices.h"

namespace smtscope {

// For an inventory without a device: what is missing, who hides it, and what the kernel says to a plain event.
[[nodiscard]] std::string why_no_counters(const PmuInventory& inventory, const std::string& sys_root,
                                          const std::string& proc_root);

}  // namespace smtscope
