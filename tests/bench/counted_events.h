// SPDX-License-Identifier: Apache-2.0
// Events for the scheduler program to read: instructions, cycles, reference cycles where the CPUs can count them, else
// as many of the kernel's clocks.
#pragma once

#include <cstdint>
#include <vector>

#include "kernel/fd.h"
#include "kernel/switch_probe.h"

namespace smtscope::bench {

// True: this machine's CPUs count instructions.
[[nodiscard]] bool hardware_counts();

// Opens `events` of them on each CPU and hands them over; empty if one is refused. To be kept while the probe lives.
[[nodiscard]] std::vector<Fd> count_on(SwitchProbe& probe, const std::vector<unsigned>& cpus, uint32_t events);

}  // namespace smtscope::bench
