// SPDX-License-Identifier: Apache-2.0
#include "model/nearest.h"

#include <algorithm>
#include <numeric>

namespace smtscope {
namespace {

constexpr size_t kLongest = 100;

// Letters to add, drop or change.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
    }
  }
  return row.back();
}

}  // namespace

std::string nearest(std::string_view wrong, const std::vector<std::string>& names, size_t one_in) {
  std::string best;
  size_t least = wrong.size() / one_in + 1;  // fewer changes than this
  if (wrong.empty() || wrong.size() > kLongest) return best;
  for (const std::string& name : names)
    if (const size_t d = distance(wrong, name); d < least) best = name, least = d;
  return best;
}

}  // namespace smtscope
