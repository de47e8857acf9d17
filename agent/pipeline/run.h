// SPDX-License-Identifier: Apache-2.0
// The agent's life: ticks on a grid, SIGHUP, SIGTERM, and what the service manager wants to hear.
#pragma once

#include <functional>

#include "config/config.h"
#include "model/result.h"

namespace smtscope {

// Runs until SIGTERM or SIGINT. `reload` reads the configuration again (SIGHUP): if it is wrong, or no pipeline can
// be built from it, the agent goes on with the one it had. Fails if the first pipeline cannot be built, or none can
// any more. Blocks these signals in this thread and all that it starts.
[[nodiscard]] Result<> run_agent(const Config& config, const std::function<Result<Config>()>& reload);

}  // namespace smtscope
