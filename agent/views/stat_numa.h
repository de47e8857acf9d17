// SPDX-License-Identifier: Apache-2.0
// What the `stat` screen says of NUMA.
#pragma once

#include <string>

#include "views/json_parts.h"
#include "views/stat_view.h"

namespace smtscope {

// Field `numa` of an entity: its sources, or null with why.
void put_numa(const StatView& view, const Entity& who, Object& out);

// Whole lines: where memory was allocated, faulted on, and whose lies away from its CPU time. Nothing where there is
// one node.
[[nodiscard]] std::string numa_lines(const StatView& view, size_t columns);

}  // namespace smtscope
