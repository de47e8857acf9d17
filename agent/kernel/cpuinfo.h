// SPDX-License-Identifier: Apache-2.0
// What /proc/cpuinfo says, whose keys differ by architecture.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/cpu_pmu.h"
#include "model/result.h"

namespace smtscope {

// The value of the first line `key : value`; none if there is no such line.
[[nodiscard]] std::optional<std::string> cpuinfo_value(std::string_view cpuinfo, std::string_view key);

// "AMD EPYC 7763"; on arm the names of all implementer and part pairs ("ARM Cortex-A55 + ARM Cortex-A76"), as
// numbers where they are not known; none if cpuinfo names no model.
[[nodiscard]] std::optional<std::string> cpu_model(std::string_view cpuinfo);

// Of x86: what each processor says it is, ascending. Errors, of kind input: a processor without its numbers, or twice;
// unsupported: no processor of x86 in it.
[[nodiscard]] Result<std::vector<std::pair<uint32_t, CpuIdentity>>> x86_identities(std::string_view cpuinfo);

}  // namespace smtscope
