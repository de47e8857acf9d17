// SPDX-License-Identifier: Apache-2.0
#include "views/diff_view.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "model/units.h"
#include "views/diff_entities.h"
#include "views/report_view.h"
#include "views/text_format.h"

namespace smtscope {
namespace {

constexpr size_t kMostShown = 10;

DiffSide side_of(const diff::Side& side, DiffSource source) {
  DiffSide out;
  out.source = std::move(source);
  out.start_unix_ms = side.start_unix_ns() / 1'000'000;
  out.end_unix_ms = side.end_unix_ns() / 1'000'000;
  out.windows = side.windows();
  out.window_seconds = std::accumulate(side.window_seconds().begin(), side.window_seconds().end(), 0.0);
  out.partial = side.partial();
  out.across_breaks = side.across_breaks();
  out.across_changes = side.across_changes();
  out.conditions = side.conditions();
  out.most_siblings = side.topology() ? side.topology()->threads_per_core() : 0;
  out.not_measured = side.not_measured();
  return out;
}

Failure no_window(const diff::Side& side, const DiffSource& source, uint64_t window_ns) {
  const double seconds = static_cast<double>(side.end_unix_ns() - side.start_unix_ns()) / 1e9;
  const std::string what = fmt::format("{} ({}) holds no whole window of {}: ", source.label, source.file,
                                       format_duration(std::chrono::nanoseconds(window_ns)));
  if (side.frames() < 2)
    return fail(ErrorKind::usage, what + "one tick alone", "a comparison needs two ticks at least: a longer range");
  return fail(ErrorKind::usage, what + fmt::format("{} ticks in {}", side.frames(), text::duration_seconds(seconds)),
              "choose a shorter --window or a longer range");
}

// The entity that --of names, among those that either side has.
Result<uint32_t> find_of(const std::string& name, const diff::Side& a, const diff::Side& b,
                         const NamedEntities& names) {
  std::vector<uint32_t> found;
  std::set<std::string> near, others;
  for (const auto& [id, entity] : names.all()) {
    if (!a.entities().find(id) && !b.entities().find(id)) continue;
    const std::string called_so = text::clean(entity.name);
    if (called(entity, name)) found.push_back(id);
    else (entity.name.find(name) != std::string::npos ? near : others).insert(called_so);
  }
  if (found.size() == 1) return found.front();
  std::set<std::string>& list = near.empty() ? others : near;
  std::string what = fmt::format("--of: nothing is called '{}' in these recordings", text::clean(name));
  if (!found.empty()) {
    list.clear();
    for (const uint32_t id : found) {
      const Entity& who = names.entity(id);
      list.insert(fmt::format("{} ({})", text::clean(who.cgroup.value_or(who.name)), entity_kind_word(who.kind)));
    }
    what = fmt::format("--of: {} entities are called '{}'", found.size(), text::clean(name));
  }
  const size_t more = list.size() > kMostShown ? list.size() - kMostShown : 0;
  while (list.size() > kMostShown) list.erase(std::prev(list.end()));
  return fail(ErrorKind::usage, what,
              list.empty() ? "no entity ran in either"
                           : fmt::format("name one of: {}{}", fmt::join(list, ", "),
                                         more ? fmt::format(" ({} more)", more) : ""));
}

}  // namespace

namespace diff {

DiffFigure figure_of(const FigureDef& def, const SideFigure& a, const SideFigure& b,
                     const std::optional<DiffWork>& work) {
  DiffFigure out;
  out.def = &def;
  out.a = spread_of(a.samples);
  out.b = spread_of(b.samples);
  if (!out.a) out.a_why = a.why == Reason::ok ? Reason::too_few : a.why;
  if (!out.b) out.b_why = b.why == Reason::ok ? Reason::too_few : b.why;
  out.change = change_of(out.a, out.b);
  if (!work || !def.per_work) return out;
  DiffPerWork unit{scaled(out.a, 1 / work->a), scaled(out.b, 1 / work->b), {}};
  unit.change = change_of(unit.a, unit.b, Centre::mean);
  out.per_work = unit;
  return out;
}

const DiffFigure& node_figure(const DiffView& view, std::string_view name) {
  return *std::find_if(view.node.begin(), view.node.end(), [&](const DiffFigure& f) { return f.def->name == name; });
}

namespace {

SideFigure node_samples(const Side& side, size_t figure) {
  SideFigure out;
  const std::vector<Measured>& values = side.node(figure);
  for (size_t w = 0; w < values.size(); w++) {
    if (values[w].value) out.samples.push_back({*values[w].value, side.window_seconds()[w]});
    else out.why = values[w].why;
  }
  return out;
}

}  // namespace
}  // namespace diff

const DiffFigure& DiffEntity::figure(std::string_view name) const {
  return *std::find_if(figures.begin(), figures.end(), [&](const DiffFigure& f) { return f.def->name == name; });
}

Result<DiffView> diff_view(const diff::Side& a, const diff::Side& b, DiffSource source_a, DiffSource source_b,
                           const NamedEntities& names, const DiffOptions& options) {
  if (a.windows() == 0) return no_window(a, source_a, options.window_ns);
  if (b.windows() == 0) return no_window(b, source_b, options.window_ns);
  DiffView view;
  view.a = side_of(a, std::move(source_a));
  view.b = side_of(b, std::move(source_b));
  view.window_ns = options.window_ns;
  view.asked_window_ns = options.asked_window_ns;
  view.utc_offset_seconds = options.utc_offset_seconds;
  view.work = options.work;
  view.most_siblings = std::max(view.a.most_siblings, view.b.most_siblings);
  view.conditions = diff::differing(a.conditions(), b.conditions());
  view.comparable = diff::comparable_groupings(a.conditions().last(diff::kGroupingCondition),
                                               b.conditions().last(diff::kGroupingCondition));
  for (size_t i = 0; i < diff::node_figures().size(); i++)
    view.node.push_back(
        diff::figure_of(diff::node_figures()[i], diff::node_samples(a, i), diff::node_samples(b, i), options.work));
  if (options.of && !view.comparable)
    return fail(ErrorKind::usage, "--of: the recordings have no entities in common",
                "one was made with --by pid, the other one by cgroup");
  if (options.of) {
    const auto of = find_of(*options.of, a, b, names);
    if (!of) return Failure(of.error());
    view.of = *of;
  }
  if (view.comparable) {
    diff::fill_entities(a, b, names, view);
    diff::fill_pairs(a, b, names, view);
    view.dropped = a.entities().dropped() + a.pairs().dropped() + b.entities().dropped() + b.pairs().dropped();
  }
  view.sentence = diff::sentence(view);
  return view;
}

}  // namespace smtscope
