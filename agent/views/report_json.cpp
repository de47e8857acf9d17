// SPDX-License-Identifier: Apache-2.0
// The report for programs: what the page says, and under `whole` the object of `stat` for all of its time.
#include <algorithm>
#include <set>

#include "views/json_parts.h"
#include "views/report_view.h"
#include "views/report_words.h"
#include "views/stat_view.h"
#include "views/text_format.h"

namespace smtscope {
namespace {

constexpr size_t kMostEntities = 200, kMostPairs = 100, kPhaseEntities = 20, kPhasePairs = 20;

// The object of `stat`, with so many entities; pairs only between those.
Json stat_object(const ReportView& view, const SchedulerFigures& figures, const Topology& topology, size_t entities,
                 size_t pairs) {
  StatView stat;
  stat.host = view.run.host;
  stat.topology = topology;
  stat.figures = figures;
  stat.grouping = view.run.grouping;
  stat.not_measured = view.run.not_measured;
  auto& list = stat.figures.entities;
  list.resize(std::min(list.size(), entities));
  std::set<uint32_t> listed;
  for (const EntityFigures& e : list) listed.insert(e.who.id);
  std::erase_if(stat.figures.pairs,
                [&](const PairFigures& pair) { return !listed.contains(pair.a) || !listed.contains(pair.b); });
  stat.figures.pairs.resize(std::min(stat.figures.pairs.size(), pairs));
  return Json::parse(stat_json(stat));
}

Json states_json(const StateSeconds& s) {
  Object out;
  Fields fields(out);
  fields.set("idle", s.idle);
  fields.set("single", s.single);
  fields.set_or("partial", s.partial, Reason::not_applicable);
  fields.set_or("all_busy", s.all_busy, Reason::not_applicable);
  fields.set("unknown", s.unknown);
  return std::move(out).done();
}

int64_t at_ms(const ReportView& view, double seconds) {
  return view.start_unix_ms + static_cast<int64_t>(seconds * 1000);
}

// What nearly every object of `stat` has once for the whole report is left out of its phases.
Json phase_json(const ReportView& view, const ReportPhase& phase) {
  Json out = {{"start_unix_ms", at_ms(view, phase.start)},
              {"end_unix_ms", at_ms(view, phase.end)},
              {"seconds", phase.end - phase.start},
              {"title", phase.title},
              {"lines", phase.lines},
              {"shared_while_idle_seconds", phase.while_idle_time},
              {"shared_while_idle_core_seconds", phase.while_idle},
              {"states", states_json(phase.figures.node)}};
  const Json stat = stat_object(view, phase.figures, *phase.topology, kPhaseEntities, kPhasePairs);
  for (const char* name : {"cores", "capacity", "entities", "pairs", "placement", "lost"}) out[name] = stat.at(name);
  return out;
}

// One array a state keeps a line of 256 cores x 120 windows short; seconds to the millisecond.
Json windows_json(const ReportView& view) {
  Json list = Json::array();
  const auto ms = [](double seconds) { return std::round(seconds * 1000) / 1000; };
  for (const ReportWindow& window : view.windows) {
    Json rows = Json::array();
    for (const StateSeconds& s : window.rows)
      rows.push_back({ms(s.idle), ms(s.single), ms(s.partial.value_or(0)), ms(s.all_busy.value_or(0)), ms(s.unknown)});
    list.push_back({{"start_unix_ms", at_ms(view, window.start)},
                    {"end_unix_ms", at_ms(view, window.end)},
                    {"after_gap", window.after_gap},
                    {"states", states_json(window.node)},
                    {"rows", std::move(rows)}});
  }
  return list;
}

Json rows_json(const ReportView& view) {
  Json list = Json::array();
  for (const ReportRow& row : view.rows) {
    Object out;
    Fields fields(out);
    fields.set("cores", Json(row.cores));
    fields.set("cpus", Json(row.cpus));
    fields.set_or("package", row.package, Reason::unsupported);
    fields.set("states", states_json(row.seconds));
    list.push_back(std::move(out).done());
  }
  return list;
}

void put_cost(const OwnCost& cost, Object& out) {
  Fields fields(out, "cost");
  fields.set("cpu_seconds", cost.cpu_seconds);
  fields.set("memory_bytes", cost.memory_bytes);
  fields.set_or("switch_ns", cost.run_ns, Reason::not_counted);
}

void put_quality(const ReportView& view, Object& out) {
  Fields fields(out);
  fields.set("gaps", view.gaps);
  fields.set("gap_seconds", view.gap_seconds);
  fields.set("changes", Json(view.changes));
  fields.set("warnings", Json(view.source.warnings));
  fields.set("unlisted_entities", view.unlisted);
  fields.set("unlisted_seconds", view.unlisted_seconds);
  Json missing = Json::array();
  for (const NotMeasured& item : view.run.not_measured) missing.push_back({{"what", item.what}, {"reason", item.why}});
  fields.set("not_measured", std::move(missing));
}

}  // namespace

std::string report_json(const ReportView& view) {
  Object out;
  Fields fields(out);
  fields.set("start_ns", view.start_ns);
  fields.set("end_ns", view.end_ns);
  fields.set("start_unix_ms", view.start_unix_ms);
  fields.set("end_unix_ms", view.end_unix_ms);
  fields.set("seconds", view.seconds);
  fields.set("measured_seconds", view.measured);
  fields.set("version", view.run.version);
  fields.set_or("file", view.source.file, Reason::not_applicable);
  fields.set_or("of", view.of, view.source.of ? Reason::too_few : Reason::not_applicable);
  put_host(view.run.host, out);
  put_topology(*view.topology, out);
  Json verdict = Json::array();
  for (const VerdictLine& line : view.verdict)
    verdict.push_back({{"rule", line.rule}, {"tone", tone_word(line.tone)}, {"text", line.text}});
  Json phases = Json::array();
  for (const ReportPhase& phase : view.phases) phases.push_back(phase_json(view, phase));
  Fields more(out);
  more.set("verdict", std::move(verdict));
  more.set("phases", std::move(phases));
  more.set("phases_left_out", view.phases_left_out);
  more.set("shared_while_idle_seconds", view.while_idle_time);
  more.set("rows", rows_json(view));
  more.set("window_columns", Json({"idle", "single", "partial", "all_busy", "unknown"}));
  more.set("windows", windows_json(view));
  more.set("whole", stat_object(view, view.whole, *view.topology, kMostEntities, kMostPairs));
  put_cost(view.cost, out);
  put_quality(view, out);
  return json_line(std::move(out).done());
}

}  // namespace smtscope
