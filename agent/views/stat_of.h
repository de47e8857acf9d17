// SPDX-License-Identifier: Apache-2.0
// Who sat beside one entity: the part of the `stat` screen that --of shows, for both writers.
#pragma once

#include <optional>
#include <unordered_map>
#include <vector>

#include "views/stat_view.h"

namespace smtscope {

struct Neighbour {
  PairFigures pair;
  const EntityFigures* entity = nullptr;  // null: not listed in the interval
  std::optional<double> share;            // of the first one's busy time; none if that is 0
};

struct OfView {
  const EntityFigures* entity = nullptr;  // null: it neither ran nor waited
  std::vector<Neighbour> neighbours;      // by seconds, descending
};

// The entity of view.of and its neighbours; itself among them if two of its threads ran side by side.
[[nodiscard]] OfView view_of(const StatView& view);

// Entities by id; they live as long as the figures.
using EntityIndex = std::unordered_map<uint32_t, const EntityFigures*>;
[[nodiscard]] EntityIndex index_entities(const SchedulerFigures& figures);
// Null if the interval does not list it.
[[nodiscard]] const EntityFigures* find_entity(const EntityIndex& index, uint32_t id);

// Share of the busy time of `first` that it sat beside the other one of the pair. Beside itself both threads
// are its own, so the pair's seconds count twice.
[[nodiscard]] std::optional<double> share_of(const EntityFigures& first, const PairFigures& pair);

}  // namespace smtscope
