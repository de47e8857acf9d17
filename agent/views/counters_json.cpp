// SPDX-License-Identifier: Apache-2.0
#include "views/counters_json.h"

#include <array>

namespace smtscope {
namespace {

// As SliceClass.
constexpr std::array<const char*, kSliceClasses> kClasses = {"idle", "same", "other", "mixed", "unknown", "no_sibling"};

void put_topdown(const topdown::Metrics& metrics, Object& out) {
  Fields fields(out, "topdown");
  fields.set_or("dialect", metrics.dialect, Reason::unsupported);
  for (const topdown::Metric& metric : metrics.metrics)
    if (metric.asked_for) fields.set_or(metric.name.c_str(), metric.value, metric.why);
  fields.set_or("closure_error", metrics.closure_error, metrics.closure_why);
  fields.set("validity", reason_word(metrics.validity));
}

}  // namespace

void put_core_counters(const CounterFigures& figures, uint32_t core, Object& out) {
  const auto found = figures.cores.find(core);
  if (found == figures.cores.end()) {
    const Reason why = figures.reason == Reason::ok ? Reason::lost : figures.reason;
    for (const char* name : {"counters", "topdown"}) Fields(out).none(name, why);
    return;
  }
  const CounterGroup& group = found->second;
  {
    const BasicCounts& basic = group.basic;
    Fields fields(out, "counters");
    fields.set_or("instructions", basic.instructions.value, basic.instructions.why);
    fields.set_or("cycles", basic.cycles.value, basic.cycles.why);
    fields.set_or("ref_cycles", basic.ref_cycles.value, basic.ref_cycles.why);
    // The siblings of a core are counted side by side, whatever ran on them.
    fields.none("by_sibling", Reason::not_applicable);
    fields.none("clean_share", Reason::not_applicable);
    fields.set("running_share", group.enabled_ns > 0 ? group.running_ns / group.enabled_ns : 1.0);
  }
  if (group.topdown) put_topdown(*group.topdown, out);
  else Fields(out).none("topdown", Reason::unsupported);
}

void put_entity_counters(const CounterFigures& figures, uint32_t entity, Object& out) {
  const auto found = figures.entities.find(entity);
  const bool counted = figures.entities_reason == Reason::ok;
  // Groups of a top-down plan are read per CPU, not per entity.
  Fields(out).none("topdown", counted ? Reason::not_counted : figures.entities_reason);
  if (!counted || found == figures.entities.end() || found->second.reason != Reason::ok) {
    const Reason why = !counted                          ? figures.entities_reason
                       : found == figures.entities.end() ? Reason::too_few
                                                         : found->second.reason;
    return Fields(out).none("counters", why);
  }
  const EntityCounters& counters = found->second;
  const auto put_counts = [&](const SliceFigures& slice, Json& to, const std::string& path) {
    to["instructions"] = slice.instructions;
    to["cycles"] = slice.cycles;
    to["ref_cycles"] = figures.ref_cycles ? Json(slice.ref_cycles) : Json(nullptr);
    if (!figures.ref_cycles) out.why[path + "ref_cycles"] = reason_word(Reason::unsupported);
  };
  Json all = Json::object(), by_sibling = Json::object();
  put_counts(counters.total(), all, "counters.");
  for (size_t c = 0; c < kClasses.size(); c++) {
    Json slice = {{"seconds", counters.slices[c].seconds}};
    put_counts(counters.slices[c], slice, std::string("counters.by_sibling.") + kClasses[c] + ".");
    by_sibling[kClasses[c]] = std::move(slice);
  }
  all["by_sibling"] = std::move(by_sibling);
  const auto share = [&](const char* name, std::optional<double> value) {
    all[name] = value ? Json(*value) : Json(nullptr);
    if (!value) out.why[std::string("counters.") + name] = reason_word(Reason::too_few);
  };
  share("clean_share", counters.clean_share());
  share("running_share", counters.counted_share());
  Fields(out).set("counters", std::move(all));
}

}  // namespace smtscope
