// SPDX-License-Identifier: Apache-2.0
// The parts of the `diff` screen for people. Each returns whole lines, or nothing.
#pragma once

#include <string>

#include "views/diff_view.h"

namespace smtscope::diff {

// Which recordings, how long, how many windows.
[[nodiscard]] std::string side_lines(const DiffView& view, size_t columns);
// What differs in how they were made, and what changed while they were.
[[nodiscard]] std::string condition_lines(const DiffView& view, size_t columns);
// NODE, PER SECOND and, with a rate of work, PER UNIT OF WORK.
[[nodiscard]] std::string node_lines(const DiffView& view, size_t columns);
// WORKLOAD, and which of them only one side has.
[[nodiscard]] std::string entity_lines(const DiffView& view, const DiffTextOptions& options);
// --of: its figures with their ranges.
[[nodiscard]] std::string of_lines(const DiffView& view, size_t columns);
[[nodiscard]] std::string pair_lines(const DiffView& view, const DiffTextOptions& options);
// What the mark means, what was left out, what is not measured.
[[nodiscard]] std::string remark_lines(const DiffView& view, size_t columns);
[[nodiscard]] std::string next_line(const DiffView& view, size_t columns);

// Figures with median, range and change, a row each; rows that neither side knows are left out.
[[nodiscard]] std::string figure_table(const std::string& header, const std::vector<const DiffFigure*>& figures,
                                       bool per_work, const DiffView& view, size_t columns);

}  // namespace smtscope::diff
