// SPDX-License-Identifier: Apache-2.0
// What somebody may have meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace smtscope {

// The name with the fewest letters to add, drop or change, at most one in `one_in` of those of `wrong`; empty if there
// is none, or `wrong` is longer than any name.
[[nodiscard]] std::string nearest(std::string_view wrong, const std::vector<std::string>& names, size_t one_in);

}  // namespace smtscope
