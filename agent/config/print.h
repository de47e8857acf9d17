// SPDX-License-Identifier: Apache-2.0
// The whole configuration as YAML.
#pragma once

#include <string>

#include "config/config.h"

namespace smtscope {

// Every key, in the order of the documentation; parse_config reads it back to an equal value.
[[nodiscard]] std::string print_config(const Config& config);

}  // namespace smtscope
