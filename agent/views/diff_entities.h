// SPDX-License-Identifier: Apache-2.0
// The rows of `diff`: entities and pairs of both sides.
#pragma once

#include <vector>

#include "views/diff_view.h"

namespace smtscope::diff {

// A figure in the windows of one side that have it; why the others have not.
struct SideFigure {
  std::vector<Sample> samples;
  Reason why = Reason::ok;
};
[[nodiscard]] DiffFigure figure_of(const FigureDef& def, const SideFigure& a, const SideFigure& b,
                                   const std::optional<DiffWork>& work);

// view.entities and view.pairs, of view.of alone if there is one.
void fill_entities(const Side& a, const Side& b, const NamedEntities& names, DiffView& view);
void fill_pairs(const Side& a, const Side& b, const NamedEntities& names, DiffView& view);

}  // namespace smtscope::diff
