// SPDX-License-Identifier: Apache-2.0
// Reads the two recordings of `diff` into windows.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "commands/diff_options.h"
#include "recording/recording.h"
#include "views/diff_side.h"

namespace smtscope {

struct DiffInput {
  std::string file;
  TimeRange range;
};

struct DiffSides {
  std::unique_ptr<NamedEntities> names;
  std::unique_ptr<diff::Side> a, b;
  std::vector<std::string> warnings_a, warnings_b;
  uint64_t window_ns = 0;
};

// asked_window_ns 0: chosen by the lengths. Windows are made longer, and everything is read again, where there would
// be too many.
[[nodiscard]] Result<DiffSides> read_sides(const DiffInput& a, const DiffInput& b, uint64_t asked_window_ns);

}  // namespace smtscope
