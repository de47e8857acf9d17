// SPDX-License-Identifier: Apache-2.0
// Whether the clock that the kernel programs read is good enough, and the one that user space reads too.
#pragma once

#include <optional>
#include <string>

#include "model/result.h"
#include "model/topology.h"

namespace smtscope {

// Refuses (unsupported) what would make every time wrong: a time namespace whose clocks are shifted against
// bpf_ktime_get_ns, and a clock that only moves with the timer tick.
[[nodiscard]] Result<> check_clock(const HostFacts& facts, const std::string& proc_root);

#if defined(__x86_64__) || defined(__i386__)
inline constexpr bool kX86 = true;
#else
inline constexpr bool kX86 = false;
#endif

// Why times may be coarser or a switch dearer than documented; none if nothing speaks against the clock.
[[nodiscard]] std::optional<std::string> clock_doubt(const HostFacts& facts, bool x86 = kX86);

}  // namespace smtscope
