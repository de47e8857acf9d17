// SPDX-License-Identifier: Apache-2.0
// What the command line said to `top`.
#pragma once

#include <optional>
#include <string>

#include "commands/options.h"

namespace smtscope {

struct TopOptions {
  MeasureOptions measure;
  std::string file;  // empty: live
  std::string interval;
  std::string speed;
  std::optional<std::string> of;
  std::optional<std::string> from;
  std::optional<std::string> to;
};

void add_top_options(CLI::App& app, TopOptions& options);

[[nodiscard]] Result<int> run_top(const TopOptions& options);

}  // namespace smtscope
