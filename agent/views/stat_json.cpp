// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "views/counters_json.h"
#include "views/json_parts.h"
#include "views/stat_numa.h"
#include "views/stat_of.h"
#include "views/stat_view.h"

namespace smtscope {
namespace {

Json buckets_json(const std::vector<WaitBucket>& buckets) {
  Json list = Json::array();
  for (const WaitBucket& bucket : buckets)
    list.push_back({bucket.upper_us ? Json(*bucket.upper_us) : Json(nullptr), bucket.count});
  return list;
}

void put_window(const SchedulerFigures& figures, Object& out) {
  Fields top(out);
  top.set("start_ns", figures.start_ns);
  top.set("end_ns", figures.end_ns);
  top.set("start_unix_ms", unix_ms(figures.start_ns, figures.unix_offset_ns));
  top.set("end_unix_ms", unix_ms(figures.end_ns, figures.unix_offset_ns));
  top.set("window_seconds", figures.window_seconds);
}

// A core whose CPUs changed has no known states: all its time is unknown, so that it still sums to the window.
void put_states(const CoreFigures& core, Object& out) {
  const StateSeconds& s = core.seconds;
  const size_t siblings = core.cpus.size();
  Fields fields(out, "seconds");
  if (core.reason != Reason::ok) {
    for (const char* state : {"idle", "single", "partial", "all_busy"}) fields.none(state, core.reason);
    fields.set("unknown", s.idle + s.single + s.partial.value_or(0) + s.all_busy.value_or(0) + s.unknown);
    Fields(out).none("busy_siblings", core.reason);
    return;
  }
  fields.set("idle", s.idle);
  fields.set("single", s.single);
  fields.set_or("partial", siblings > 2 ? s.partial : std::nullopt, Reason::not_applicable);
  fields.set_or("all_busy", siblings > 1 ? s.all_busy : std::nullopt, Reason::not_applicable);
  fields.set("unknown", s.unknown);
  Fields(out).set("busy_siblings", Json(core.busy_siblings));
}

Json core_json(const StatView& view, const CoreFigures& core) {
  Object out;
  Fields fields(out);
  fields.set("id", core.id);
  fields.set_or("package", core.package, Reason::unsupported);
  fields.set_or("node", core.node, Reason::unsupported);
  fields.set("cpus", Json(core.cpus));
  fields.set("start_ns", core.start_ns);
  fields.set("end_ns", core.end_ns);
  put_states(core, out);
  put_core_counters(view.counters, core.id, out);
  return std::move(out).done();
}

void put_capacity(const CapacityFigures& capacity, bool smt, Object& out) {
  Fields fields(out, "capacity");
  fields.set_or("cpu_used", capacity.cpu_used, Reason::too_few);
  fields.set_or("core_used", capacity.core_used, Reason::too_few);
  fields.set_or("all_busy", capacity.all_busy, smt ? Reason::too_few : Reason::not_applicable);
  if (!capacity.true_used) {
    const Reason reason = capacity.true_used_reason;
    return fields.none("true_used", reason == Reason::ok ? Reason::too_few : reason);
  }
  const CapacityFigures::TrueUse& use = *capacity.true_used;
  if (!std::isfinite(use.low) || !std::isfinite(use.high)) return fields.none("true_used", Reason::implausible);
  fields.set("true_used", Json{{"low", use.low},
                               {"high", use.high},
                               {"yield_low", use.yield_low},
                               {"yield_high", use.yield_high},
                               {"yield_source", "assumed"}});
}

void put_runqueue(const std::optional<RunqueueFigures>& runqueue, Object& out) {
  Fields fields(out, "runqueue");
  if (!runqueue) {
    for (const char* name : {"count", "sum_seconds", "p50_us", "p99_us", "max_us", "buckets"})
      fields.none(name, Reason::unsupported);
    return;
  }
  // A percentile in the bucket without a bound has no upper bound.
  const Reason reason = runqueue->count == 0 ? Reason::too_few : Reason::not_applicable;
  fields.set("count", runqueue->count);
  fields.set("sum_seconds", runqueue->sum_seconds);
  fields.set_or("p50_us", runqueue->count ? runqueue->p50_us : std::nullopt, reason);
  fields.set_or("p99_us", runqueue->count ? runqueue->p99_us : std::nullopt, reason);
  fields.set_or("max_us", runqueue->count ? runqueue->max_us : std::nullopt, reason);
  fields.set("buckets", buckets_json(runqueue->buckets));
}

// Cgroups have a path and a number, processes a pid and a command; what should be there and is not was gone
// before it could be read.
void put_identity(const Entity& who, Object& out) {
  const bool process = who.kind == EntityKind::process;
  const bool cgroup = !process && who.kind != EntityKind::kernel && who.kind != EntityKind::other;
  const Reason no_cgroup = cgroup ? Reason::lost : Reason::not_applicable;
  const Reason no_process = process ? Reason::lost : Reason::not_applicable;
  Fields fields(out);
  fields.set("id", who.id);
  fields.set("name", who.name);
  fields.set("kind", entity_kind_word(who.kind));
  fields.set_or("cgroup", who.cgroup, no_cgroup);
  fields.set_or("cgroup_id", who.cgroup_id, no_cgroup);
  fields.set_or("pid", who.pid, no_process);
  fields.set_or("comm", who.comm, no_process);
  for (const char* name : {"pod", "namespace", "workload", "container"}) fields.none(name, Reason::unsupported);
}

Json entity_json(const StatView& view, const EntityFigures& entity) {
  Object out;
  put_identity(entity.who, out);
  Fields seconds(out, "oncpu_seconds");
  seconds.set("sibling_idle", entity.oncpu[kClassIdle]);
  seconds.set("sibling_same", entity.oncpu[kClassSame]);
  seconds.set("sibling_other", entity.oncpu[kClassOther]);
  seconds.set("sibling_unknown", entity.oncpu[kClassUnknown]);
  seconds.set("no_sibling", entity.oncpu[kClassNoSibling]);
  put_runqueue(entity.runqueue, out);
  put_entity_counters(view.counters, entity.who.id, out);
  put_numa(view, entity.who, out);
  return std::move(out).done();
}

// With --of, a pair also says what share of the entity's own busy time it was.
void put_entities(const StatView& view, Object& out) {
  Json entities = Json::array(), pairs = Json::array();
  if (!view.of) {
    for (const EntityFigures& entity : view.figures.entities) entities.push_back(entity_json(view, entity));
    for (const PairFigures& pair : view.figures.pairs)
      pairs.push_back({{"a", pair.a}, {"b", pair.b}, {"seconds", pair.seconds}});
  } else if (const OfView of = view_of(view); of.entity) {
    entities.push_back(entity_json(view, *of.entity));
    for (const Neighbour& neighbour : of.neighbours) {
      if (neighbour.entity && neighbour.entity != of.entity) entities.push_back(entity_json(view, *neighbour.entity));
      Object pair;
      Fields fields(pair);
      fields.set("a", neighbour.pair.a);
      fields.set("b", neighbour.pair.b);
      fields.set("seconds", neighbour.pair.seconds);
      fields.set_or("share", neighbour.share, Reason::too_few);
      pairs.push_back(std::move(pair).done());
    }
  }
  Fields fields(out);
  fields.set("entities", std::move(entities));
  fields.set("pairs", std::move(pairs));
}

void put_placement(const PlacementFigures& placement, bool smt, Object& out) {
  const Reason reason = smt ? Reason::unsupported : Reason::not_applicable;
  Fields fields(out, "placement");
  fields.set_or("transitions", placement.transitions, reason);
  fields.set_or("sampled", placement.sampled, reason);
  fields.set_or("avoidable", placement.avoidable, reason);
  if (placement.transitions) fields.set("buckets", buckets_json(placement.buckets));
  else fields.none("buckets", reason);
  const Reason no_share = placement.sampled ? Reason::too_few : reason;
  fields.set_or("avoidable_low", placement.avoidable_low, no_share);
  fields.set_or("avoidable_high", placement.avoidable_high, no_share);
}

// Both variants have every check.
void put_lost(const LostFigures& lost, Object& out) {
  Fields fields(out, "lost");
  fields.set("variant", lost.word_variant ? "word" : "queue");
  fields.set("switches", lost.switches);
  fields.set("seconds", lost.seconds);
  fields.set("contended", lost.contended);
  fields.set("clamped", lost.clamped);
  fields.set("pairs_dropped", lost.pairs_dropped);
  fields.set("pairs_dropped_seconds", lost.pairs_dropped_seconds);
  fields.set("entities_dropped", lost.entities_dropped);
}

// "reason", not "why": in this format `why` is always the map of null fields.
void put_remarks(const StatView& view, Object& out) {
  Json not_measured = Json::array();
  for (const NotMeasured& item : view.not_measured) not_measured.push_back({{"what", item.what}, {"reason", item.why}});
  Fields fields(out);
  if (view.of) fields.set("of", *view.of);
  fields.set("grouping", view.grouping);
  fields.set("full_waits", view.figures.full_waits);
  fields.set("not_measured", std::move(not_measured));
  fields.set("notes", Json(view.notes));
}

}  // namespace

std::string stat_json(const StatView& view) {
  const bool smt = view.topology.threads_per_core() > 1;
  Object out;
  put_window(view.figures, out);
  put_host(view.host, out);
  put_topology(view.topology, out);
  Json cores = Json::array();
  for (const CoreFigures& core : view.figures.cores) cores.push_back(core_json(view, core));
  Fields(out).set("cores", std::move(cores));
  put_capacity(view.figures.capacity, smt, out);
  put_entities(view, out);
  put_placement(view.figures.placement, smt, out);
  put_lost(view.figures.lost, out);
  put_remarks(view, out);
  return json_line(std::move(out).done());
}

}  // namespace smtscope
