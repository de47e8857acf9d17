// SPDX-License-Identifier: Apache-2.0
#include "views/diff_entities.h"
#include "views/stat_text_parts.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>

namespace smtscope::diff {
namespace {

using Thing = WindowRows::Thing;

constexpr size_t kMostEntities = 1000;  // that a view holds
constexpr size_t kMostPairs = 1000;
constexpr FigureDef kPairSeconds{"rate", "side by side", Show::seconds, false};

double total_seconds(const DiffSide& side) { return side.window_seconds; }

double busy(const Thing* thing) {
  if (!thing) return 0;
  double sum = 0;
  for (uint32_t c = 0; c < kClassColumns; c++) sum += thing->sums[kOnCpu + c];
  return sum;
}

// Columns of a window in which the entity did nothing: no time, no wait, and nothing to say of how long they took.
std::array<double, kEntityColumns> absent(bool waits_known) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  std::array<double, kEntityColumns> columns{};
  if (!waits_known) columns[kWaits] = columns[kWaited] = kNone;
  columns[kWaitP50] = columns[kWaitP99] = kNone;
  return columns;
}

SideFigure entity_samples(const Side& side, const Thing* thing, const EntityFigureDef& def) {
  SideFigure out;
  if (thing && thing->dropped) {
    out.why = Reason::over_budget;
    return out;
  }
  const std::array<double, kEntityColumns> idle[2] = {absent(false), absent(true)};
  size_t next = 0;
  for (size_t w = 0; w < side.windows(); w++) {
    const double* columns = idle[side.no_waits()[w] == Reason::ok].data();
    if (thing && next < thing->windows.size() && thing->windows[next] == w)
      columns = thing->values.data() + next++ * kEntityColumns;
    if (side.no_entities()[w] != Reason::ok) {
      out.why = side.no_entities()[w];
      continue;
    }
    const double seconds = side.window_seconds()[w];
    const Measured m = def.value(columns, seconds);
    if (m.value && std::isfinite(*m.value)) out.samples.push_back({*m.value, seconds});
    else out.why = std::isnan(columns[kWaits]) && def.show != Show::share ? side.no_waits()[w] : m.why;
  }
  return out;
}

SideFigure pair_samples(const Side& side, const Thing* thing) {
  SideFigure out;
  if (thing && thing->dropped) {
    out.why = Reason::over_budget;
    return out;
  }
  size_t next = 0;
  for (size_t w = 0; w < side.windows(); w++) {
    double seconds = 0;
    if (thing && next < thing->windows.size() && thing->windows[next] == w) seconds = thing->values[next++];
    if (side.no_pairs()[w] == Reason::ok)
      out.samples.push_back({seconds / side.window_seconds()[w], side.window_seconds()[w]});
    else out.why = side.no_pairs()[w];
  }
  return out;
}

DiffEntity entity_of(const Side& a, const Side& b, const Thing* in_a, const Thing* in_b, const Entity& who,
                     const DiffView& view) {
  DiffEntity out;
  out.who = who;
  out.in_a = in_a != nullptr;
  out.in_b = in_b != nullptr;
  out.a_rate = busy(in_a) / total_seconds(view.a);
  out.b_rate = busy(in_b) / total_seconds(view.b);
  for (uint32_t c = 0; c < kClassColumns; c++)
    out.moved += std::abs((in_b ? in_b->sums[kOnCpu + c] : 0) / total_seconds(view.b) -
                          (in_a ? in_a->sums[kOnCpu + c] : 0) / total_seconds(view.a));
  for (const EntityFigureDef& def : entity_figures())
    out.figures.push_back(figure_of(def, entity_samples(a, in_a, def), entity_samples(b, in_b, def), view.work));
  return out;
}

template <class Change>
std::vector<uint64_t> most_changed(const WindowRows& a, const WindowRows& b, size_t most, size_t& left_out,
                                   const Change& change) {
  std::set<uint64_t> ids;
  for (const auto& [id, thing] : a.things()) ids.insert(id);
  for (const auto& [id, thing] : b.things()) ids.insert(id);
  std::vector<std::pair<double, uint64_t>> order;
  for (const uint64_t id : ids) {
    const double by = change(id, a.find(id), b.find(id));
    if (by >= 0) order.emplace_back(-by, id);
  }
  std::sort(order.begin(), order.end());
  left_out = order.size() > most ? order.size() - most : 0;
  order.resize(order.size() - left_out);
  std::vector<uint64_t> out;
  out.reserve(order.size());
  for (const auto& [by, id] : order) out.push_back(id);
  return out;
}

std::optional<double> share_of(const Thing* pair, const Thing* first, bool itself) {
  const double all = busy(first);
  if (!(all > 0)) return std::nullopt;
  return (pair ? pair->sums[0] : 0) * (itself ? 2 : 1) / all;
}

}  // namespace

void fill_entities(const Side& a, const Side& b, const NamedEntities& names, DiffView& view) {
  const auto change = [&](uint64_t id, const Thing* in_a, const Thing* in_b) {
    if (view.of && id != *view.of) return -1.0;
    double moved = 0;
    for (uint32_t c = 0; c < kClassColumns; c++)
      moved += std::abs((in_b ? in_b->sums[kOnCpu + c] : 0) / total_seconds(view.b) -
                        (in_a ? in_a->sums[kOnCpu + c] : 0) / total_seconds(view.a));
    return moved;
  };
  for (const uint64_t id : most_changed(a.entities(), b.entities(), kMostEntities, view.entities_left_out, change)) {
    const auto entity = static_cast<uint32_t>(id);
    view.entities.push_back(entity_of(a, b, a.entities().find(id), b.entities().find(id), names.entity(entity), view));
  }
}

void fill_pairs(const Side& a, const Side& b, const NamedEntities& names, DiffView& view) {
  const auto change = [&](uint64_t id, const Thing* in_a, const Thing* in_b) {
    if (view.of && id >> 32 != *view.of && static_cast<uint32_t>(id) != *view.of) return -1.0;
    return std::abs((in_b ? in_b->sums[0] : 0) / total_seconds(view.b) -
                    (in_a ? in_a->sums[0] : 0) / total_seconds(view.a));
  };
  for (const uint64_t id : most_changed(a.pairs(), b.pairs(), kMostPairs, view.pairs_left_out, change)) {
    auto first = static_cast<uint32_t>(id >> 32), second = static_cast<uint32_t>(id);
    const auto all = [&](uint32_t one) { return busy(a.entities().find(one)) + busy(b.entities().find(one)); };
    const auto comes_first = [&](uint32_t one, uint32_t other) {
      if (view.of) return one == *view.of;
      return names_first(names.entity(one), all(one), names.entity(other), all(other));
    };
    if (!comes_first(first, second)) std::swap(first, second);
    DiffPair pair;
    pair.first = names.entity(first);
    pair.second = names.entity(second);
    const Thing *in_a = a.pairs().find(id), *in_b = b.pairs().find(id);
    pair.seconds = figure_of(kPairSeconds, pair_samples(a, in_a), pair_samples(b, in_b), view.work);
    pair.a_share = share_of(in_a, a.entities().find(first), first == second);
    pair.b_share = share_of(in_b, b.entities().find(first), first == second);
    view.pairs.push_back(std::move(pair));
  }
}

}  // namespace smtscope::diff
