// SPDX-License-Identifier: Apache-2.0
// What the command line said to `pmu`.
#pragma once

#include <string>
#include <vector>

#include "model/result.h"

namespace CLI {
class App;
}

namespace smtscope {

struct PmuOptions {
  std::string format = "text";
  std::vector<std::string> events;
  std::string plan = "always_on";
  bool list = false;
};

void add_pmu_options(CLI::App& app, PmuOptions& options);
[[nodiscard]] Result<int> run_pmu(const PmuOptions& options);

}  // namespace smtscope
