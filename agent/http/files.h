// SPDX-License-Identifier: Apache-2.0
// Small files that the configuration names: tokens, certificates, keys.
#pragma once

#include <cstddef>
#include <string>

#include "model/result.h"

namespace smtscope {

// The whole file. `key` is the key of the configuration that names it, for the message.
// Kinds: permission; config if it is not there, no regular file, empty, or longer than max_bytes.
[[nodiscard]] Result<std::string> read_named_file(const std::string& key, const std::string& path, size_t max_bytes);

}  // namespace smtscope
