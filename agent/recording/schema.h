// SPDX-License-Identifier: Apache-2.0
// The names under which recordings hold readings, so that a later version, or another program, finds them again.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "model/snapshot.h"

namespace smtscope {

struct ReadingName {
  Reading reading;
  std::string_view name;
  KeyKind key;
  std::string_view unit;  // UCUM; of all columns
  std::span<const std::string_view> columns;
};

// All readings, in the order of the enumeration.
[[nodiscard]] std::span<const ReadingName> reading_names();

}  // namespace smtscope
