// SPDX-License-Identifier: Apache-2.0
// `--set key.path=value` over the tree of the file.
#pragma once

#include <string>
#include <vector>

#include "config/problems.h"
#include "config/yaml_tree.h"

namespace smtscope {

// In order; the i-th has source first_source + i. Elements of lists by index, the next one by the list's length;
// a list that is not in the file is the default one. All behind `attributes.` is one name.
void apply_sets(YamlNode& root, const std::vector<std::string>& sets, uint32_t first_source, Problems& problems);

// What problems call the i-th: "--set key.path".
[[nodiscard]] std::string set_name(const std::string& set);

}  // namespace smtscope
