// SPDX-License-Identifier: Apache-2.0
// Where the agent's messages go: stderr, as text or as JSON Lines. Use spdlog's functions after this.
#pragma once

#include <string>

namespace smtscope {

// level: error, warn, info, debug; format: text, json.
void start_log(const std::string& level, const std::string& format);

}  // namespace smtscope
