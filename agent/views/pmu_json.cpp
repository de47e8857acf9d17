// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "pmu/resolve.h"
#include "views/json_parts.h"
#include "views/pmu_view.h"

namespace smtscope {
namespace {

std::string hex(uint64_t value) { return fmt::format("{:#x}", value); }

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json code_or_null(const std::optional<uint64_t>& code) { return code ? Json(hex(*code)) : Json(nullptr); }

Json config_json(uint64_t config, uint64_t config1, uint64_t config2) {
  Json out = {{"config", hex(config)}};
  if (config1) out["config1"] = hex(config1);
  if (config2) out["config2"] = hex(config2);
  return out;
}

Json index_or_null(const CounterPlan& plan, const std::optional<uint32_t>& index) {
  return index ? Json(plan.events[*index].name) : Json(nullptr);
}

std::string_view why_not(const CounterPlan& plan, std::string_view name) {
  for (const CounterEvent& event : plan.events)
    if (event.name == name && event.reason != Reason::ok) return reason_word(event.reason);
  return reason_word(Reason::unsupported);
}

Json plan_json(const PmuKindView& view) {
  const CounterPlan& plan = view.plan;
  Json out = {{"assumed", view.assumed}, {"dialect", plan.dialect.empty() ? Json(nullptr) : Json(plan.dialect)}};
  out["slots_per_cycle"] = plan.slots_per_cycle ? Json(plan.slots_per_cycle) : Json(nullptr);
  out["instructions"] = index_or_null(plan, plan.instructions);
  out["cycles"] = index_or_null(plan, plan.cycles);
  out["ref_cycles"] = index_or_null(plan, plan.ref_cycles);
  out["groups"] = Json::array();
  out["not_counted"] = Json::array();
  for (const CounterEvent& event : plan.events) {
    if (event.reason != Reason::ok) {
      out["not_counted"].push_back({{"event", event.name}, {"reason", reason_word(event.reason)}, {"why", event.why}});
      continue;
    }
    while (out["groups"].size() <= event.group) out["groups"].push_back(Json::array());
    Json one = {{"event", event.name}, {"type", event.pmu_type}};
    one.update(config_json(event.config, event.config1, event.config2));
    out["groups"][event.group].push_back(std::move(one));
  }
  out["derived"] = Json::object();
  for (const DerivedCount& derived : plan.derived) out["derived"][derived.name] = derived.expression;
  out["remarks"] = plan.remarks;
  Json why = Json::object();
  if (plan.dialect.empty()) why["dialect"] = reason_word(Reason::unsupported);
  if (!plan.slots_per_cycle) why["slots_per_cycle"] = reason_word(Reason::unsupported);
  const pmu::Microarchitecture* table = view.table;
  if (!plan.instructions) why["instructions"] = why_not(plan, table ? table->instructions : "");
  if (!plan.cycles) why["cycles"] = why_not(plan, table ? table->cycles : "");
  if (!plan.ref_cycles) why["ref_cycles"] = why_not(plan, table ? table->ref_cycles : "");
  if (!why.empty()) out["why"] = std::move(why);
  return out;
}

Json opinion_json(const pmu::Opinion& opinion) {
  Json out = {{"asked", opinion.asked},
              {"verdict", pmu::verdict_word(opinion.verdict)},
              {"table", {{"name", or_null(opinion.table_name)}, {"code", code_or_null(opinion.table_code)}}},
              {"libpfm4", {{"name", or_null(opinion.library_name)}, {"code", code_or_null(opinion.library_code)}}}};
  out["counted"] = Json(nullptr);
  if (opinion.event) {
    const pmu::Config& config = opinion.event->config;
    out["counted"] = config_json(config.config, config.config1, config.config2);
  }
  if (!opinion.why.empty()) out["remark"] = opinion.why;
  if (!opinion.nearest.empty()) out["nearest"] = opinion.nearest;
  if (!opinion.event) out["why"] = {{"counted", reason_word(Reason::unsupported)}};
  return out;
}

Json kind_json(const PmuKindView& view) {
  Json out = {{"cpus", view.kind.cpus}, {"identity", pmu::identity_text(view.kind.identity)}};
  out["microarchitecture"] = view.table ? Json(view.table->id) : Json(nullptr);
  out["title"] = view.plan.title;
  out["device"] = view.kind.device ? Json(view.kind.device->name) : Json(nullptr);
  out["type"] = view.kind.device ? Json(view.kind.device->type) : Json(nullptr);
  out["kernel_events"] = Json::array();
  if (view.kind.device)
    for (const auto& [name, terms] : view.kind.device->events) out["kernel_events"].push_back(name);
  out["plan"] = plan_json(view);
  out["events"] = Json::array();
  for (const pmu::Opinion& opinion : view.asked) out["events"].push_back(opinion_json(opinion));
  Json why = Json::object();
  if (!view.table) why["microarchitecture"] = reason_word(Reason::unsupported);
  if (!view.kind.device) why["device"] = why["type"] = reason_word(Reason::unsupported);
  if (!why.empty()) out["why"] = std::move(why);
  return out;
}

}  // namespace

std::string pmu_json(const PmuView& view) {
  const PmuFacts& facts = view.facts;
  Object out;
  out.json["counters"] = !view.no_counters;
  if (view.no_counters) out.json["no_counters"] = *view.no_counters;
  Fields fields(out, "facts");
  fields.set_or("smt_active", facts.smt_active, Reason::unsupported);
  fields.set_or("nmi_watchdog", facts.nmi_watchdog, Reason::unsupported);
  fields.set_or("perf_event_paranoid", facts.paranoid, Reason::unsupported);
  fields.set("may_count_cpus", facts.may_count_cpus);
  fields.set("packages", facts.packages);
  fields.set("numa_nodes", facts.numa_nodes);
  out.json["kinds"] = Json::array();
  for (const PmuKindView& kind : view.kinds) out.json["kinds"].push_back(kind_json(kind));
  Json library = {{"pmus", Json::array()}};
  for (const LibraryPmu& pmu : view.library) {
    Json one = {{"name", pmu.name}, {"title", pmu.title}, {"events", pmu.events.size()}};
    if (view.list) one["names"] = pmu.events;
    library["pmus"].push_back(std::move(one));
  }
  if (view.no_library) library["problem"] = *view.no_library;
  out.json["libpfm4"] = std::move(library);
  out.json["problems"] = view.problems;
  return json_line(std::move(out).done());
}

}  // namespace smtscope
