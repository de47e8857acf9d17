// SPDX-License-Identifier: Apache-2.0
// One line of JSON; the library's exceptions end here.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "model/result.h"

namespace smtscope::topdown {

[[nodiscard]] Result<nlohmann::json> parse_json_line(std::string_view line);

// A member of an object: nullopt if it is not there, null, or of another type.
[[nodiscard]] std::optional<std::string> text_of(const nlohmann::json& object, const char* name);
[[nodiscard]] std::optional<double> number_of(const nlohmann::json& object, const char* name);

}  // namespace smtscope::topdown
