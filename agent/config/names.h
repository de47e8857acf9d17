// SPDX-License-Identifier: Apache-2.0
// Names of keys: lists of them, and what somebody may have meant by one that is not known.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"

namespace smtscope {

// Every key by its path, those of exporters aside.
[[nodiscard]] std::vector<std::string> all_keys();

// The keys of an exporter of this type.
[[nodiscard]] std::vector<std::string> exporter_keys(std::string_view type);

// The likeliest of `names`, or a key of this name elsewhere: "; did you mean limits.pairs?"; else "; allowed: a, b".
[[nodiscard]] std::string suggestion(std::string_view wrong, const std::vector<std::string>& names);

}  // namespace smtscope
