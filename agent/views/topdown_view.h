// SPDX-License-Identifier: Apache-2.0
// Top-down metrics of one record, for people and for programs.
#pragma once

#include <string>

#include "topdown/evaluate.h"

namespace smtscope {

// One object on one line, without the newline.
[[nodiscard]] std::string topdown_json(const topdown::Metrics& metrics);
// A heading, bars, and what is not known.
[[nodiscard]] std::string topdown_text(const topdown::Metrics& metrics);

}  // namespace smtscope
