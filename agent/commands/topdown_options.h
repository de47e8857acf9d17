// SPDX-License-Identifier: Apache-2.0
// What the command line said to `topdown`.
#pragma once

#include <optional>
#include <string>

#include "model/result.h"

namespace CLI {
class App;
}

namespace smtscope {

struct TopdownOptions {
  std::string counts;  // a file; "-": stdin
  std::optional<std::string> dialect;
  std::string format = "text";
};

void add_topdown_options(CLI::App& app, TopdownOptions& options);
[[nodiscard]] Result<int> run_topdown(const TopdownOptions& options);

}  // namespace smtscope
