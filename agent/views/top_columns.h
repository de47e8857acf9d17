// SPDX-License-Identifier: Apache-2.0
// The columns of `top`'s tables. A collector's columns are added to these lists, and appear when it ran.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "views/top_view.h"

namespace smtscope {

struct EntityColumn {
  std::string_view header;
  std::string_view explained;  // for the help
  size_t width = 0;            // 0: the name, on the left, which takes what the others leave
  size_t least_columns = 0;    // screens narrower than this leave it out
  bool (*exists)(const TopView&) = nullptr;
  std::string (*cell)(const EntityFigures&, const TopView&) = nullptr;
  double (*order)(const EntityFigures&, const TopView&) = nullptr;  // largest first; null: by name
};

// Two entities that ran side by side; the first is whose time the share is of.
struct PairRow {
  const PairFigures* pair = nullptr;
  const EntityFigures* first = nullptr;
  const EntityFigures* second = nullptr;  // may be the first: two of its threads
};

struct PairColumn {
  std::string_view header;
  std::string_view explained;
  size_t width = 0;
  bool (*exists)(const TopView&) = nullptr;
  std::string (*cell)(const PairRow&, const TopView&) = nullptr;
  double (*order)(const PairRow&, const TopView&) = nullptr;
};

[[nodiscard]] std::span<const EntityColumn> all_entity_columns();
[[nodiscard]] std::span<const PairColumn> all_pair_columns();
// Those that this machine has and this screen has room for.
[[nodiscard]] std::vector<const EntityColumn*> entity_columns(const TopView& view, size_t columns);
[[nodiscard]] std::vector<const PairColumn*> pair_columns(const TopView& view);

}  // namespace smtscope
