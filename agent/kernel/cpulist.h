// SPDX-License-Identifier: Apache-2.0
// Lists of CPUs as the kernel prints them: "0-3,8,10-11".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/result.h"

namespace smtscope {

// The largest NR_CPUS that Linux can be built with.
inline constexpr uint32_t kMaxCpus = 8192;

// Ascending; empty for an empty text. Every CPU must be below max_cpus and appear once; no white space.
// Memory and time are bounded by max_cpus and the text, whatever the numbers say. Errors are of kind input.
[[nodiscard]] Result<std::vector<uint32_t>> parse_cpulist(std::string_view text, uint32_t max_cpus);

// The other way round; the list must be ascending.
[[nodiscard]] std::string format_cpulist(const std::vector<uint32_t>& cpus);

}  // namespace smtscope
