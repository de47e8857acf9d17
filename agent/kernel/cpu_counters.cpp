// SPDX-License-Identifier: Apache-2.0
#include "kernel/cpu_counters.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "kernel/clock.h"

namespace smtscope {
namespace {

bool is_online(const Topology& topology, uint32_t cpu_id) {
  const Cpu* cpu = topology.find_cpu(cpu_id);
  return cpu && cpu->online;
}

}  // namespace

CpuCounters::CpuCounters(CounterPlan plan, PerfMode mode, PerfRules rules)
    : plan_(std::move(plan)), mode_(mode), rules_(std::move(rules)) {
  const auto groups = counter_groups(plan_);
  for (const uint32_t cpu : plan_.cpus) {
    PerCpu& state = cpus_[cpu];
    state.events.resize(plan_.events.size());
    for (const auto& events : groups) state.groups.push_back({events, {}});
  }
}

Result<CpuCounters> CpuCounters::open(CounterPlan plan, const Topology& topology, PerfMode mode, PerfRules rules) {
  CpuCounters counters(std::move(plan), mode, std::move(rules));
  // Without room for all, as many as there is room for; the rest says why.
  (void)raise_descriptor_limit(counters.plan_.cpus.size() * counters.plan_.events.size());
  bool any = false;
  for (auto& [cpu, state] : counters.cpus_) {
    if (!is_online(topology, cpu)) continue;
    any |= counters.open_cpu(cpu, state);
    // What is forbidden on one CPU is on all.
    if (!any && counters.first_error_ && counters.first_error_->kind == ErrorKind::permission) break;
  }
  if (!any) {
    if (counters.first_error_) return Failure(std::move(*counters.first_error_));
    return fail(ErrorKind::unsupported, "no event of the plan can be counted on a CPU that is online");
  }
  counters.note_refusals();
  return counters;
}

bool CpuCounters::open_cpu(uint32_t cpu, PerCpu& state) {
  state.online = true;
  state.generation++;
  state.read_ns = monotonic_ns();
  state.rested_ns = 0;
  bool any = false;
  for (Event& event : state.events) {
    event.raw = {};
    event.reason = Reason::ok;
    event.why.clear();
  }
  for (Group& group : state.groups) {
    open_group(cpu, state, group);
    any |= group.group.has_value();
  }
  // Gone meanwhile: for follow() to open when it is back.
  const auto gone = [](const Event& event) { return event.reason == Reason::changed; };
  if (!any && std::any_of(state.events.begin(), state.events.end(), gone)) state.online = false;
  return any;
}

void CpuCounters::open_group(uint32_t cpu, PerCpu& state, Group& group) {
  std::vector<CounterEvent> events;
  events.reserve(group.events.size());
  for (const uint32_t event : group.events) events.push_back(plan_.events[event]);
  // Where groups take turns, the kernel would let the basic one wait too: what the switch reads must always count.
  PerfMode mode = mode_;
  const bool basic = plan_.instructions &&
                     std::find(group.events.begin(), group.events.end(), *plan_.instructions) != group.events.end();
  mode.pinned |= basic && state.groups.size() > 1;
  auto opened = PerfGroup::open(events, {-1, static_cast<int32_t>(cpu)}, mode, rules_);
  if (opened) {
    if (auto enabled = opened->enable(); !enabled) opened = Failure(std::move(enabled.error()));
  }
  if (opened) {
    group.group = std::move(*opened);
    return;
  }
  group.group.reset();
  for (const uint32_t event : group.events) {
    state.events[event].reason = perf_reason(opened.error());
    state.events[event].why = opened.error().what;
  }
  if (!first_error_) first_error_ = std::move(opened.error());
}

void CpuCounters::close_cpu(PerCpu& state) {
  for (Group& group : state.groups) group.group.reset();
  state.online = false;
  state.generation++;
}

// An event that no CPU gives has its reason in the plan.
void CpuCounters::note_refusals() {
  for (size_t i = 0; i < plan_.events.size(); i++) {
    if (plan_.events[i].reason != Reason::ok) continue;
    const Event* refused = nullptr;
    bool counted = false;
    for (const auto& [cpu, state] : cpus_) {
      if (!state.online) continue;
      counted |= state.events[i].reason == Reason::ok;
      if (!refused && state.events[i].reason != Reason::ok) refused = &state.events[i];
    }
    if (counted || !refused) continue;
    plan_.events[i].reason = refused->reason;
    plan_.events[i].why = refused->why;
  }
}

void CpuCounters::read(const std::function<bool(uint32_t)>& wanted, std::vector<CpuReading>& out) {
  out.clear();
  for (auto& [cpu, state] : cpus_) {
    if (!state.online || !wanted(cpu)) continue;
    CpuReading& reading = out.emplace_back();
    read_cpu(cpu, state, reading);
  }
}

void CpuCounters::read_cpu(uint32_t cpu, PerCpu& state, CpuReading& out) {
  out.cpu = cpu;
  out.events.resize(plan_.events.size());
  for (size_t i = 0; i < out.events.size(); i++) {
    const Reason planned = plan_.events[i].reason;
    out.events[i] = {state.events[i].total, {planned != Reason::ok ? planned : state.events[i].reason, 0}};
  }
  const uint64_t since = monotonic_ns() - state.read_ns;
  const uint64_t elapsed = since - std::min(since, std::exchange(state.rested_ns, 0));
  bool stale = false;
  for (Group& group : state.groups)
    if (group.group) read_group(group, state, elapsed, out, stale);
  out.at_ns = state.read_ns = monotonic_ns();
  const Reason gap = std::exchange(state.gap, Reason::ok);
  for (size_t i = 0; i < out.events.size(); i++) {
    Quality& quality = out.events[i].quality;
    if (!has_count(quality)) continue;
    if (gap != Reason::ok) quality = {gap, 0};
    else if (state.events[i].refused != Reason::ok) quality = {state.events[i].refused, 0};
  }
  // What passed until now is in no count; from here on nothing is missing.
  if (stale) open_cpu(cpu, state);
}

void CpuCounters::read_group(Group& group, PerCpu& state, uint64_t elapsed_ns, CpuReading& out, bool& stale) {
  counts_.resize(group.events.size());
  if (auto read = group.group->read(counts_); !read) {
    // The kernel breaks up the groups of a CPU that goes offline: a leader that is left reads as a smaller group.
    const bool broken = read.error().kind == ErrorKind::io;
    stale |= broken;
    // A pinned group that found no counters is tried again.
    if (!broken) (void)group.group->enable();
    for (const uint32_t i : group.events) {
      out.events[i].quality = {broken ? Reason::stale : Reason::not_counted, 0};
      state.events[i].why = read.error().what;
    }
    return;
  }
  for (size_t member = 0; member < group.events.size(); member++) {
    const uint32_t i = group.events[member];
    Event& event = state.events[i];
    const Quality quality = judge_read(event.raw, counts_[member], elapsed_ns);
    stale |= quality.reason == Reason::stale;
    // A jump must not be published, nor what comes after it be measured from before.
    if (quality.reason != Reason::implausible) event.total = event.total + (counts_[member] - event.raw);
    event.raw = counts_[member];
    event.why.clear();
    out.events[i] = {event.total, quality};
  }
}

std::vector<uint32_t> CpuCounters::follow(const Topology& topology) {
  std::vector<uint32_t> opened;
  for (auto& [cpu, state] : cpus_) {
    const bool online = is_online(topology, cpu);
    if (online == state.online) continue;
    if (!online) {
      close_cpu(state);
      continue;
    }
    if (open_cpu(cpu, state)) opened.push_back(cpu);
    state.gap = Reason::changed;
  }
  return opened;
}

int CpuCounters::fd(uint32_t cpu, size_t event) const {
  const auto at = cpus_.find(cpu);
  if (at == cpus_.end()) return -1;
  for (const Group& group : at->second.groups) {
    const auto member = std::find(group.events.begin(), group.events.end(), event);
    if (member != group.events.end() && group.group)
      return group.group->fd(static_cast<size_t>(member - group.events.begin()));
  }
  return -1;
}

uint32_t CpuCounters::generation(uint32_t cpu) const {
  const auto at = cpus_.find(cpu);
  return at == cpus_.end() ? 0 : at->second.generation;
}

std::string CpuCounters::why(uint32_t cpu, size_t event) const {
  if (!plan_.events[event].why.empty()) return plan_.events[event].why;
  const auto at = cpus_.find(cpu);
  if (at == cpus_.end()) return {};
  const Event& state = at->second.events[event];
  return state.why.empty() ? state.refused_why : state.why;
}

Result<std::vector<SelftestVerdict>> CpuCounters::test(uint32_t cpu) {
  const auto at = cpus_.find(cpu);
  if (at == cpus_.end() || !at->second.online) return {};
  std::vector<Group>& groups = at->second.groups;
  for (Group& group : groups)
    if (group.group) (void)group.group->disable();
  const uint64_t begun = monotonic_ns();
  auto verdicts = run_selftest(plan_, cpu, rules_);
  at->second.rested_ns += monotonic_ns() - begun;
  for (Group& group : groups)
    if (group.group) (void)group.group->enable();
  if (!verdicts) return verdicts;
  for (size_t i = 0; i < verdicts->size(); i++) {
    const SelftestVerdict& verdict = (*verdicts)[i];
    const bool good = passes(verdict) || plan_.events[i].reason != Reason::ok;
    refuse(cpu, i, good ? Reason::ok : verdict.reason, good ? std::string() : verdict.why);
  }
  return verdicts;
}

void CpuCounters::refuse(uint32_t cpu, size_t event, Reason reason, std::string why) {
  const auto at = cpus_.find(cpu);
  if (at == cpus_.end()) return;
  at->second.events[event].refused = reason;
  at->second.events[event].refused_why = std::move(why);
}

Reason CpuCounters::refused(uint32_t cpu, size_t event) const {
  const auto at = cpus_.find(cpu);
  return at == cpus_.end() ? Reason::ok : at->second.events[event].refused;
}

}  // namespace smtscope
