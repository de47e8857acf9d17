// SPDX-License-Identifier: Apache-2.0
// What the command line said to `diff`.
#pragma once

#include <optional>
#include <string>

#include "model/result.h"

namespace CLI {
class App;
}

namespace smtscope {

struct DiffCommandOptions {
  std::string a, b;                     // recordings, or folders of the flight recorder
  std::optional<std::string> from, to;  // of both
  std::optional<std::string> from_a, to_a, from_b, to_b;
  std::string window;  // empty: chosen
  std::optional<std::string> work_a, work_b;
  std::optional<std::string> of;
  std::string format = "text";
  bool all = false;
};

void add_diff_options(CLI::App& app, DiffCommandOptions& options);
[[nodiscard]] Result<int> run_diff(const DiffCommandOptions& options);

}  // namespace smtscope
