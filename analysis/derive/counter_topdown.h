// SPDX-License-Identifier: Apache-2.0
// What one set of CPUs counted by its plan -> top-down metrics. The formulas are analysis/topdown's.
#pragma once

#include <optional>
#include <vector>

#include "model/counter_plan.h"
#include "topdown/dialects.h"

namespace smtscope {

// A number, or why there is none.
struct Counted {
  std::optional<double> value;
  Reason why = Reason::not_counted;
  double running = 1;  // share of the time that it was counted; the value is scaled to all of it
};

// `counts`: by event of the plan. A metric comes from one group of events if one has all that it needs, for groups that
// take turns saw different moments; else from all, and the whole is `partial`. None: the plan has no dialect, or one of
// a later version. `formulas` reads those of a dialect once, however many CPUs are evaluated.
[[nodiscard]] std::optional<topdown::Metrics> planned_topdown(const CounterPlan& plan,
                                                              const std::vector<Counted>& counts, bool smt,
                                                              topdown::Topdown& formulas);

}  // namespace smtscope
