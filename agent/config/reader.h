// SPDX-License-Identifier: Apache-2.0
// A tree of YAML -> a configuration; what does not fit becomes a problem and leaves the default.
#pragma once

#include "config/config.h"
#include "config/problems.h"
#include "config/yaml_tree.h"

namespace smtscope {

// Reads keys and values one by one. What they mean together is judged by check_rules (config/rules.h).
void read_keys(const YamlNode& root, Config& config, Problems& problems);

}  // namespace smtscope
