// SPDX-License-Identifier: Apache-2.0
// Whether this kernel runs on bare metal.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace smtscope {

// "none" on bare metal, a name, "unknown kind" where there is one that does not say which; none: cannot tell.
// A hypervisor that hides (no CPU flag, no firmware strings) is not found.
[[nodiscard]] std::optional<std::string> find_hypervisor(const std::string& sys_root, std::string_view cpuinfo);

}  // namespace smtscope
