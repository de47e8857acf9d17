// SPDX-License-Identifier: Apache-2.0
#include "views/stat_of.h"

#include <algorithm>

namespace smtscope {

EntityIndex index_entities(const SchedulerFigures& figures) {
  EntityIndex index;
  for (const EntityFigures& entity : figures.entities) index.emplace(entity.who.id, &entity);
  return index;
}

const EntityFigures* find_entity(const EntityIndex& index, uint32_t id) {
  const auto at = index.find(id);
  return at == index.end() ? nullptr : at->second;
}

std::optional<double> share_of(const EntityFigures& first, const PairFigures& pair) {
  const double busy = first.busy_seconds();
  if (!(busy > 0)) return std::nullopt;
  return (pair.a == pair.b ? 2 : 1) * pair.seconds / busy;
}

OfView view_of(const StatView& view) {
  OfView out;
  if (!view.of) return out;
  const EntityIndex index = index_entities(view.figures);
  out.entity = find_entity(index, *view.of);
  if (!out.entity) return out;
  for (const PairFigures& pair : view.figures.pairs) {
    if (pair.a != *view.of && pair.b != *view.of) continue;
    const uint32_t other = pair.a == *view.of ? pair.b : pair.a;
    out.neighbours.push_back({pair, find_entity(index, other), share_of(*out.entity, pair)});
  }
  std::stable_sort(out.neighbours.begin(), out.neighbours.end(),
                   [](const Neighbour& l, const Neighbour& r) { return l.pair.seconds > r.pair.seconds; });
  return out;
}

}  // namespace smtscope
