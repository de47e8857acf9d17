// SPDX-License-Identifier: Apache-2.0
// How much work a node did, as its user knows it: "41000/s", "41k/s", "2.5M/min".
#pragma once

#include <string>

#include "model/result.h"

namespace smtscope {

// Units of work a second. A number, k, M or G for thousands, and /s, /min or /h; usage error otherwise, also for 0.
[[nodiscard]] Result<double> parse_work_rate(const std::string& text);

}  // namespace smtscope
