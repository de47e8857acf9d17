// SPDX-License-Identifier: Apache-2.0
// Local and remote accesses from hardware events: which events of a plan say what, by source.
#pragma once

#include <string_view>
#include <vector>

#include "derive/counter_figures.h"

namespace smtscope {

// One source's accesses of one set of CPUs. Sources count different things (docs/numa.md) and are never added.
struct NumaAccesses {
  std::string_view source;  // "hw_core", "hw_offcore"
  Counted local, remote;
};

// Of the sources that the plan has events of; none on a machine with one node, whose plans leave them out.
[[nodiscard]] std::vector<NumaAccesses> numa_accesses(const CounterGroup& group);

}  // namespace smtscope
