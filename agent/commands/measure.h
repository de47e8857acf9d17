// SPDX-License-Identifier: Apache-2.0
// The options of every measuring command as what a session needs.
#pragma once

#include <optional>
#include <string>

#include "commands/options.h"
#include "pipeline/session.h"

namespace smtscope {

[[nodiscard]] inline SessionOptions session_options(const MeasureOptions& options,
                                                    const std::optional<std::string>& of = std::nullopt) {
  SessionOptions session;
  session.siblings = options.siblings;
  session.grouping = {options.by, options.cgroup_hierarchy, of};
  return session;
}

}  // namespace smtscope
