// SPDX-License-Identifier: Apache-2.0
// What every header says about the node.
#pragma once

#include <string>

#include "model/topology.h"

namespace smtscope {

// Reads what there is to read; a fact that cannot be had is absent. Never fails.
[[nodiscard]] HostFacts read_host_facts(const std::string& sys_root, const std::string& proc_root);

}  // namespace smtscope
