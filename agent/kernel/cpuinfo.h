// SPDX-License-Identifier: Apache-2.0
// What /proc/cpuinfo says, whose keys differ by architecture.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace smtscope {

// The value of the first line `key : value`; none if there is no such line.
[[nodiscard]] std::optional<std::string> cpuinfo_value(std::string_view cpuinfo, std::string_view key);

// "AMD EPYC 7763"; on arm the names of all implementer and part pairs ("ARM Cortex-A55 + ARM Cortex-A76"), as
// numbers where they are not known; none if cpuinfo names no model.
[[nodiscard]] std::optional<std::string> cpu_model(std::string_view cpuinfo);

}  // namespace smtscope
