// SPDX-License-Identifier: Apache-2.0
// The shape of a JSON object by the contract: which keys, which types, and that what is unknown says why.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace smtscope::live {

// Everything about one object of `smtscope stat --format json` that breaks the contract's shape; empty: nothing.
[[nodiscard]] std::vector<std::string> shape_violations(const nlohmann::json& stat);

// Everything that breaks its rules on numbers (sums, windows, marginals). Only for an object of the right shape.
[[nodiscard]] std::vector<std::string> rule_violations(const nlohmann::json& stat);

}  // namespace smtscope::live
