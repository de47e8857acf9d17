// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "views/doctor_view.h"

namespace smtscope {
namespace {

using Json = nlohmann::ordered_json;

Json text_or_null(const std::optional<std::string>& text) { return text ? Json(*text) : Json(nullptr); }

Json items(const std::vector<PlanView::Item>& list, const char* key) {
  Json all = Json::array();
  for (const PlanView::Item& item : list) all.push_back({{key, item.name}, {"for", item.why}});
  return all;
}

Json plan_json(const PlanView& plan) {
  Json json = {{"command", "stat"}, {"variant", plan.variant}, {"run_queue", plan.run_queue}};
  json["programs"] = Json::array();
  for (const PlanView::Program& p : plan.programs) json["programs"].push_back({{"name", p.name}, {"hook", p.hook}});
  json["maps"] = Json::array();
  for (const PlanView::Map& m : plan.maps) {
    Json map = {{"name", m.name}, {"type", m.type}, {"bytes", m.bytes ? Json(*m.bytes) : Json(nullptr)}};
    if (!m.bytes) map["why"] = {{"bytes", "not_applicable"}};
    json["maps"].push_back(std::move(map));
  }
  json["map_bytes"] = plan.map_bytes();
  json["perf_events"] = items(plan.perf_events, "event");
  json["files"] = items(plan.files, "path");
  json["files_written"] = Json::array();
  json["ports"] = Json::array();
  json["connections"] = Json::array();
  json["capabilities"] = items(plan.capabilities, "name");
  json["agent"] = {{"ports", items(plan.agent_ports, "address")},
                   {"files", items(plan.agent_files, "path")},
                   {"capabilities", items(plan.agent_capabilities, "name")}};
  return json;
}

}  // namespace

std::string doctor_json(const DoctorView& view) {
  Json json = {{"version", view.version}, {"kernel", view.kernel}};
  json["main_job"] = view.main_job ? Json(*view.main_job) : Json(nullptr);
  json["checks"] = Json::array();
  for (const Check& check : view.checks)
    json["checks"].push_back({{"name", check.name},
                              {"state", check_state_word(check.state)},
                              {"reason", text_or_null(check.reason)},
                              {"mend", text_or_null(check.mend)},
                              {"cost", text_or_null(check.cost)}});
  if (view.plan) json["plan"] = plan_json(*view.plan);
  if (!view.main_job) json["why"] = {{"main_job", "disabled"}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace smtscope
