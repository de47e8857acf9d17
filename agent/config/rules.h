// SPDX-License-Identifier: Apache-2.0
// What keys mean together, and whether the files they name can be read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/problems.h"

namespace smtscope {

// Where the key is written, or the closest above it. Parts of the path that are below a list must be numbers.
[[nodiscard]] Origin origin_of(const YamlNode& root, std::string_view path);

// Fills in what depends on other keys: names and intervals of exporters; an empty client TLS is none.
void complete(Config& config);

// Takes the configuration as read, before complete(). Keys that are wrong already are left out.
void check_rules(const YamlNode& root, const Config& config, Problems& problems);

// The files of check_files (config/load.h).
void check_file_keys(const YamlNode& root, const Config& config, Problems& problems);

}  // namespace smtscope
