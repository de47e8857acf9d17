// SPDX-License-Identifier: Apache-2.0
// OTEL_RESOURCE_ATTRIBUTES: "name=value,name=value", percent-encoded.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/problems.h"

namespace smtscope {

// Adds those whose name is not in the list yet, and sorts it. Problems have the source given.
void add_resource_attributes(std::string_view text, uint32_t source,
                             std::vector<std::pair<std::string, std::string>>& attributes, Problems& problems);

}  // namespace smtscope
