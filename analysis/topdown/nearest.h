// SPDX-License-Identifier: Apache-2.0
// What somebody may have meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace smtscope::topdown {

// The name with the fewest letters to add, drop or change; empty if none is near.
[[nodiscard]] std::string nearest(std::string_view wrong, const std::vector<std::string>& names);

}  // namespace smtscope::topdown
