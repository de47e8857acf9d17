// SPDX-License-Identifier: Apache-2.0
// What hardware counters add to the `stat` screen. Each returns whole lines, or nothing where nothing was counted.
#pragma once

#include <string>

#include "views/stat_view.h"

namespace smtscope {

// Instructions and cycles of each kind of CPU, and what became of its pipeline slots.
[[nodiscard]] std::string work_lines(const StatView& view, size_t columns);
// WORK table: instructions per workload, by what ran beside it.
[[nodiscard]] std::string work_table(const StatView& view, const StatTextOptions& options);

// Instructions per cycle of an entity, over all its counted time or one class of it; none without cycles.
[[nodiscard]] std::optional<double> entity_ipc(const CounterFigures& figures, uint32_t entity,
                                               std::optional<SliceClass> which = {});
// "3.2 G", "870 k": instructions or cycles.
[[nodiscard]] std::string amount(double n);
// "1.21", "-".
[[nodiscard]] std::string ipc_cell(std::optional<double> ipc);

}  // namespace smtscope
