// SPDX-License-Identifier: Apache-2.0
#include "pmu/planner.h"

#include <fmt/format.h>

#include <algorithm>

#include "pmu/fit.h"

namespace smtscope::pmu {
namespace {

bool contains(const std::vector<std::string_view>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool counts_slots(const Plan& plan) { return !plan.dialect.empty() && plan.dialect != "neoverse_cycles"; }

}  // namespace

Planner::Planner(const Microarchitecture& table, const CpuKind& kind, const PmuFacts& facts, const Wish& wish)
    : table_(table), kind_(kind), facts_(facts), wish_(wish) {
  const uint32_t usual = facts.smt_active == false ? table.general_single : table.general;
  there_ = general_counters(facts.counters.value_or(usual)) | table.fixed_counters;
  watchdog_ = facts.nmi_watchdog != false;
}

FoundEvent Planner::found(std::string_view name) const {
  if (const Event* event = table_.find(name)) return find_event(table_, *event, *kind_.device, facts_);
  for (const OwnEvent& own : wish_.own)
    if (own.name == name) return {own.config, Reason::ok, {}};
  return {{}, Reason::unsupported, fmt::format("the table has no {}", name)};
}

bool Planner::fit(const std::vector<const Names*>& together) const {
  std::vector<uint64_t> wanted;
  // It counts cycles, and was there first.
  if (const Event* cycles = table_.find(table_.cycles); watchdog_ && cycles) wanted.push_back(cycles->counters);
  for (const Names* names : together)
    for (const std::string_view name : *names) {
      const Event* event = table_.find(name);
      wanted.push_back(event ? event->counters : kGeneral);
    }
  return fits(wanted, there_);
}

bool Planner::fits_beside(const Names& more) const {
  std::vector<const Names*> together = {&more, &own_};
  for (const Names& group : always_) together.push_back(&group);
  // The group with the instructions always counts; each of the others must fit beside it.
  for (const Names& group : turns_)
    if (contains(group, table_.instructions)) together.push_back(&group);
  if (!fit(together)) return false;
  return std::all_of(turns_.begin(), turns_.end(), [&](const Names& group) {
    if (contains(group, table_.instructions)) return true;
    std::vector<const Names*> with = together;
    with.push_back(&group);
    return fit(with);
  });
}

// Why a plan cannot be had; none: it can.
std::optional<std::string> Planner::obstacle(const Plan& plan) const {
  if (counts_slots(plan) && kind_.device->slots.value_or(0) && *kind_.device->slots != table_.slots_per_cycle)
    return fmt::format("the kernel says {} slots a cycle, the table {}", *kind_.device->slots, table_.slots_per_cycle);
  const Names* base = nullptr;
  for (const Names& group : plan.groups) {
    if (contains(group, table_.instructions)) base = &group;
    for (const std::string_view name : group)
      if (const FoundEvent event = found(name); event.reason != Reason::ok) return event.why;
  }
  for (const Names& group : plan.groups) {
    std::vector<const Names*> together = {&group};
    if (base && base != &group) together.push_back(base);
    if (!fit(together)) return no_counter();
  }
  return std::nullopt;
}

std::vector<const Plan*> Planner::candidates() const {
  std::vector<const Plan*> out;
  if (wish_.without.contains(Topic::topdown)) return out;
  const bool smt = facts_.smt_active != false;
  const auto add = [&](Purpose purpose) {
    for (const Plan& plan : table_.plans)
      if (plan.purpose == purpose && plan.smt.value_or(smt) == smt) out.push_back(&plan);
  };
  add(wish_.purpose);
  if (wish_.purpose == Purpose::check) add(Purpose::always_on);
  return out;
}

const Plan* Planner::choose() {
  const auto wanted = candidates();
  for (const Plan* plan : wanted) {
    const auto why = obstacle(*plan);
    if (!why) {
      turns_ = plan->groups;
      return plan;
    }
    if (why_not_.empty()) why_not_ = *why;
  }
  return nullptr;
}

void Planner::base_alone() {
  Names base;
  for (const std::string_view name : {table_.instructions, table_.cycles}) {
    Names more = base;
    more.push_back(name);
    if (found(name).reason == Reason::ok && fit({&more})) base = more;
  }
  if (!base.empty()) turns_ = {base};
}

std::string Planner::no_counter() const {
  const size_t general = static_cast<size_t>(__builtin_popcountll(there_ & kGeneral));
  return fmt::format("it does not fit into {} general counters{}", general,
                     watchdog_ ? ", of which the NMI watchdog may hold one" : "");
}

Result<> Planner::add_own() {
  Names fitting;
  size_t wanted = 0;
  for (const OwnEvent& own : wish_.own) {
    if (planned(own.name) || contains(fitting, own.name)) continue;
    ++wanted;
    Names more = fitting;
    more.push_back(own.name);
    if (fits_beside(more)) fitting = more;
  }
  if (fitting.size() == wanted) {
    own_ = fitting;
    return {};
  }
  std::string names;
  for (const std::string_view name : fitting) names += fmt::format("{}{}", names.empty() ? "" : ", ", name);
  const auto general = __builtin_popcountll(there_ & kGeneral);
  return fail(
      ErrorKind::usage,
      fmt::format("{} events do not all fit into the {} general counters of {} beside what is counted already{}; "
                  "these fit: {}",
                  wanted, general, table_.title, watchdog_ ? " and the NMI watchdog" : "",
                  names.empty() ? "none" : names),
      wish_.without.contains(Topic::topdown) ? "name fewer events"
                                             : "name fewer events, or do without top-down metrics");
}

bool Planner::planned(std::string_view name) const {
  const auto has = [&](const Names& group) { return contains(group, name); };
  return std::any_of(turns_.begin(), turns_.end(), has) || std::any_of(always_.begin(), always_.end(), has) ||
         contains(own_, name);
}

void Planner::lose(std::string_view name, Reason reason, std::string why, CounterPlan& out) const {
  const bool known = planned(name) || std::any_of(out.events.begin(), out.events.end(),
                                                  [&](const CounterEvent& event) { return event.name == name; });
  if (known) return;
  CounterEvent event;
  event.name = name;
  event.pmu_type = kind_.device->type;
  event.reason = reason;
  event.why = std::move(why);
  out.events.push_back(std::move(event));
}

// What the first plan would have counted and the chosen one does not.
void Planner::lose_rest_of(const Plan& wanted, CounterPlan& out) const {
  for (const Names& group : wanted.groups)
    for (const std::string_view name : group) {
      FoundEvent event = found(name);
      if (event.reason == Reason::ok) event = {{}, Reason::partial, why_not_.empty() ? no_counter() : why_not_};
      lose(name, event.reason, event.why, out);
    }
}

// A group of its own: a virtual machine that lacks this counter then refuses nothing else.
void Planner::add_ref_cycles(CounterPlan& out) {
  if (table_.ref_cycles.empty() || planned(table_.ref_cycles)) return;
  const FoundEvent event = found(table_.ref_cycles);
  if (event.reason != Reason::ok) return lose(table_.ref_cycles, event.reason, event.why, out);
  if (const Names one = {table_.ref_cycles}; fits_beside(one)) always_.push_back(one);
  else lose(table_.ref_cycles, Reason::partial, no_counter() + " beside the others", out);
}

void Planner::add_extra(const Extra& extra, CounterPlan& out) {
  if (wish_.without.contains(extra.topic)) return;
  Names wanted;
  for (const std::string_view name : extra.events) {
    if (planned(name)) continue;
    const uint32_t places = table_.vendor == CpuVendor::arm ? facts_.packages : facts_.numa_nodes;
    const FoundEvent event = found(name);
    if (extra.topic == Topic::numa && places < 2)
      lose(name, Reason::not_applicable, table_.vendor == CpuVendor::arm ? "one socket" : "one NUMA node", out);
    else if (event.reason != Reason::ok) lose(name, event.reason, event.why, out);
    else wanted.push_back(name);
  }
  if (wanted.empty()) return;
  if (fits_beside(wanted)) return always_.push_back(wanted);
  for (const std::string_view name : wanted) lose(name, Reason::partial, no_counter() + " beside the others", out);
}

void Planner::put(CounterPlan& out) const {
  std::vector<Names> groups = turns_;
  groups.insert(groups.end(), always_.begin(), always_.end());
  if (!own_.empty()) groups.push_back(own_);
  std::vector<CounterEvent> events;
  for (uint32_t group = 0; group < groups.size(); ++group)
    for (const std::string_view name : groups[group]) {
      const Config config = found(name).config;
      const auto index = static_cast<uint32_t>(events.size());
      const bool base = contains(groups[group], table_.instructions) || groups.size() == 1;
      if (base && name == table_.instructions) out.instructions = index;
      if (name == table_.cycles && (base || (!out.cycles && groups.size() == 1))) out.cycles = index;
      if (name == table_.ref_cycles) out.ref_cycles = index;
      events.push_back({.name = std::string(name),
                        .pmu_type = kind_.device->type,
                        .config = config.config,
                        .config1 = config.config1,
                        .config2 = config.config2,
                        .group = group,
                        .why = {}});
    }
  // A plan without instructions still has cycles, of the first group.
  const auto cycles = std::find_if(events.begin(), events.end(), [&](const CounterEvent& event) {
    return event.name == table_.cycles && event.group == 0;
  });
  if (!out.cycles && cycles != events.end()) out.cycles = static_cast<uint32_t>(cycles - events.begin());
  events.insert(events.end(), out.events.begin(), out.events.end());
  out.events = std::move(events);
}

Result<CounterPlan> Planner::plan(CounterPlan out) {
  const Plan* chosen = choose();
  const auto wanted = candidates();
  if (chosen) {
    out.dialect = chosen->dialect;
    out.derived = chosen->derived;
    if (counts_slots(*chosen)) out.slots_per_cycle = table_.slots_per_cycle;
    if (!chosen->remark.empty()) out.remarks.emplace_back(chosen->remark);
  } else {
    base_alone();
    if (!wanted.empty()) out.remarks.push_back("no top-down metrics: " + why_not_);
  }
  for (const std::string_view note : table_.notes) out.remarks.emplace_back(note);
  if (const auto own = add_own(); !own) return Failure(own.error());
  if (!wanted.empty() && wanted.front() != chosen) {
    if (chosen && !why_not_.empty()) out.remarks.push_back("not the fuller plan: " + why_not_);
    lose_rest_of(*wanted.front(), out);
  }
  for (const std::string_view name : {table_.instructions, table_.cycles})
    if (const FoundEvent event = found(name); event.reason != Reason::ok) lose(name, event.reason, event.why, out);
    else lose(name, Reason::partial, no_counter() + " beside the others", out);
  add_ref_cycles(out);
  for (const Extra& extra : table_.extras) add_extra(extra, out);
  put(out);
  return out;
}

}  // namespace smtscope::pmu
