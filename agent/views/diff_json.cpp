// SPDX-License-Identifier: Apache-2.0
#include "views/diff_view.h"
#include "views/json_parts.h"

namespace smtscope {
namespace {

Json spread_json(const Spread& spread) {
  Object out;
  Fields fields(out);
  fields.set("median", spread.median);
  fields.set("mean", spread.mean);
  fields.set_or("p10", spread.p10, Reason::too_few);
  fields.set_or("p90", spread.p90, Reason::too_few);
  fields.set("windows", spread.windows);
  return std::move(out).done();
}

void put_sides(const std::optional<Spread>& a, Reason a_why, const std::optional<Spread>& b, Reason b_why,
               const Change& change, Fields& fields) {
  if (a) fields.set("a", spread_json(*a));
  else fields.none("a", a_why);
  if (b) fields.set("b", spread_json(*b));
  else fields.none("b", b_why);
  const Reason why = !a ? a_why : b_why;
  fields.set_or("change", change.absolute, why);
  fields.set_or("change_percent", change.percent, change.absolute ? Reason::not_applicable : why);
  fields.set_or("separate", change.separate, change.absolute ? Reason::too_few : why);
}

Json figure_json(const DiffFigure& f) {
  Object out;
  Fields fields(out);
  fields.set("name", f.def->name);
  fields.set("unit", diff::unit_of(f.def->show));
  put_sides(f.a, f.a_why, f.b, f.b_why, f.change, fields);
  if (!f.per_work) {
    fields.none("per_work", f.def->per_work ? Reason::not_counted : Reason::not_applicable);
    return std::move(out).done();
  }
  Object work;
  Fields unit(work);
  unit.set("unit", diff::work_unit_of(f.def->show));
  put_sides(f.per_work->a, f.a_why, f.per_work->b, f.b_why, f.per_work->change, unit);
  fields.set("per_work", std::move(work).done());
  return std::move(out).done();
}

Json figures_json(const std::vector<DiffFigure>& figures) {
  Json list = Json::array();
  for (const DiffFigure& f : figures) list.push_back(figure_json(f));
  return list;
}

Json side_json(const DiffSide& side) {
  Object out;
  Fields fields(out);
  fields.set("file", side.source.file);
  fields.set_or("from", side.source.from, Reason::not_applicable);
  fields.set_or("to", side.source.to, Reason::not_applicable);
  fields.set("start_unix_ms", side.start_unix_ms);
  fields.set("end_unix_ms", side.end_unix_ms);
  fields.set("windows", side.windows);
  fields.set("window_seconds_total", side.window_seconds);
  fields.set("left_out", Json({{"pieces", side.partial.times}, {"seconds", side.partial.seconds}}));
  fields.set("breaks", side.across_breaks);
  fields.set("topology_changes", side.across_changes);
  Json changed = Json::array();
  Object inside;
  Fields values(inside);
  for (const diff::Condition& c : side.conditions.all())
    values.set_or(c.what.c_str(), diff::in_words(c), Reason::unsupported);
  fields.set("conditions", std::move(inside).done());
  for (const diff::Condition& c : diff::changed_within(side.conditions)) changed.push_back(c.what);
  fields.set("changed_within", std::move(changed));
  Json missing = Json::array();
  for (const NotMeasured& item : side.not_measured) missing.push_back({{"what", item.what}, {"reason", item.why}});
  fields.set("not_measured", std::move(missing));
  fields.set("warnings", Json(side.source.warnings));
  return std::move(out).done();
}

Json condition_json(const diff::ConditionPair& c) {
  Object out;
  Fields fields(out);
  fields.set("what", c.what);
  fields.set_or("a", c.a, Reason::unsupported);
  fields.set_or("b", c.b, Reason::unsupported);
  return std::move(out).done();
}

Json entity_json(const DiffEntity& e) {
  return {{"name", e.who.name},
          {"kind", entity_kind_word(e.who.kind)},
          {"in", e.in_a && e.in_b ? "both"
                 : e.in_a         ? "a"
                                  : "b"},
          {"figures", figures_json(e.figures)}};
}

Json name_json(const Entity& who) { return {{"name", who.name}, {"kind", entity_kind_word(who.kind)}}; }

Json pair_json(const DiffPair& p) {
  Object out;
  Fields fields(out);
  fields.set("first", name_json(p.first));
  fields.set("second", name_json(p.second));
  fields.set("unit", diff::unit_of(p.seconds.def->show));
  put_sides(p.seconds.a, p.seconds.a_why, p.seconds.b, p.seconds.b_why, p.seconds.change, fields);
  fields.set_or("a_share_of_first", p.a_share, Reason::too_few);
  fields.set_or("b_share_of_first", p.b_share, Reason::too_few);
  return std::move(out).done();
}

}  // namespace

std::string diff_json(const DiffView& view) {
  Object out;
  Fields fields(out);
  fields.set("a", side_json(view.a));
  fields.set("b", side_json(view.b));
  fields.set("window_seconds", static_cast<double>(view.window_ns) / 1e9);
  if (view.work)
    fields.set("work", Json({{"source", "stated"}, {"a_per_second", view.work->a}, {"b_per_second", view.work->b}}));
  else fields.none("work", Reason::not_counted);
  Json conditions = Json::array();
  for (const diff::ConditionPair& c : view.conditions) conditions.push_back(condition_json(c));
  fields.set("conditions", std::move(conditions));
  fields.set("sentence", view.sentence);
  fields.set("node", figures_json(view.node));
  if (!view.comparable) {
    fields.none("entities", Reason::not_applicable);
    fields.none("pairs", Reason::not_applicable);
  } else {
    Json entities = Json::array(), pairs = Json::array();
    for (const DiffEntity& e : view.entities) entities.push_back(entity_json(e));
    for (const DiffPair& p : view.pairs) pairs.push_back(pair_json(p));
    fields.set("entities", std::move(entities));
    fields.set("pairs", std::move(pairs));
  }
  fields.set("entities_left_out", view.entities_left_out);
  fields.set("pairs_left_out", view.pairs_left_out);
  Json missing = Json::array();
  missing.push_back({{"what", "instructions"}, {"reason", "not in this version: the unit of work is what you state"}});
  missing.push_back({{"what", "confidence intervals"}, {"reason", "not in this version: the spread is of windows"}});
  fields.set("not_measured", std::move(missing));
  return json_line(std::move(out).done());
}

}  // namespace smtscope
