// SPDX-License-Identifier: Apache-2.0
// The rows of `top`'s tables: filtered and sorted as the person wants them.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "views/top_columns.h"
#include "views/top_state.h"

namespace smtscope {

[[nodiscard]] std::vector<const EntityFigures*> entity_rows(const TopView& view, const TopState& state);
[[nodiscard]] std::vector<PairRow> pair_rows(const TopView& view, const TopState& state);

// The index of the selected entity among the rows; the first if it is not there.
[[nodiscard]] size_t selected_row(const std::vector<const EntityFigures*>& rows, const TopState& state);

// Whether a filter finds an entity: in its name, cgroup, command or pid, capitals or not (of ASCII).
[[nodiscard]] bool is_found(const Entity& who, std::string_view filter);

}  // namespace smtscope
