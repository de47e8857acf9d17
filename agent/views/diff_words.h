// SPDX-License-Identifier: Apache-2.0
// Numbers of the `diff` screen as people read them: both sides of a row in one unit, with the same digits.
#pragma once

#include <string>
#include <vector>

#include "views/diff_view.h"

namespace smtscope::diff {

// One unit for all values of a row, chosen by the largest.
struct Scale {
  double factor = 1;
  int decimals = 0;
  std::string unit;  // "%", "us", "k/s": what stands behind the label
};
[[nodiscard]] Scale scale_of(Show show, double largest, bool per_work = false);
// The same for a row: the values that stand for its sides, and the largest of all.
[[nodiscard]] Scale scale_of(Show show, const std::vector<double>& centres, double largest, bool per_work);
[[nodiscard]] std::string number(double value, const Scale& scale);
// "+3.2", "-0.4", "0".
[[nodiscard]] std::string signed_number(double value, const Scale& scale);
// "+7 %", "x 12" where it is more than ten times, "-" if unknown.
[[nodiscard]] std::string percent_change(const Change& change);

// A value alone, with its unit: "32 %", "1.98 CPUs", "26.1 us".
[[nodiscard]] std::string with_unit(Show show, double value, bool per_work = false);

}  // namespace smtscope::diff
