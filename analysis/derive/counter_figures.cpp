// SPDX-License-Identifier: Apache-2.0
#include "derive/counter_figures.h"

#include <algorithm>

namespace smtscope {
namespace {

constexpr double kNsPerSecond = 1e9;

// One CPU's counts of its plan's events, scaled to the whole time that they were enabled.
struct CpuCounts {
  uint32_t cpu = 0;
  const CounterPlan* plan = nullptr;
  std::vector<Counted> events;
  double enabled_ns = 0, running_ns = 0;  // of the event that ran least
  bool read = false;                      // no: not one of its events has a value
};

Counted counted(const Interval& interval, const Table& table, const Key& key) {
  if (const auto why = interval.unknown.find(key); why != interval.unknown.end()) return {{}, why->second, 0};
  const uint64_t* row = table.find(key);
  if (!row) return {{}, Reason::not_counted, 0};
  const auto value = static_cast<double>(row[kCounterValue]);
  const auto enabled = static_cast<double>(row[kCounterEnabledNs]);
  const auto running = static_cast<double>(row[kCounterRunningNs]);
  // A CPU that slept all the time is not woken to be read: its readings are the same, and it did nothing.
  if (enabled <= 0) return {value, Reason::ok, 1};
  return {value * enabled / running, Reason::ok, std::min(1.0, running / enabled)};
}

CpuCounts counts_of(const Interval& interval, const Table& table, const CounterPlan& plan, uint32_t cpu) {
  CpuCounts out{cpu, &plan, {}, 0, 0, false};
  double least = 2;
  for (uint32_t i = 0; i < plan.events.size(); i++) {
    const CounterEvent& event = plan.events[i];
    const Key key{KeyKind::counter, cpu, i};
    Counted value = event.reason == Reason::ok ? counted(interval, table, key) : Counted{{}, event.reason, 0};
    out.read |= value.value.has_value();
    const uint64_t* row = value.value ? table.find(key) : nullptr;
    if (row && value.running < least) {
      least = value.running;
      out.enabled_ns = static_cast<double>(row[kCounterEnabledNs]);
      out.running_ns = static_cast<double>(row[kCounterRunningNs]);
    }
    out.events.push_back(value);
  }
  return out;
}

Counted at(const std::vector<Counted>& events, std::optional<uint32_t> index) {
  return index && *index < events.size() ? events[*index] : Counted{{}, Reason::unsupported, 0};
}

// Adds CPUs of one kind. An event that one of them lacks is unknown for all: part of a sum is not the sum.
CounterGroup group_of(std::span<const CpuCounts* const> cpus, const CounterPlan& plan, bool smt,
                      topdown::Topdown& formulas) {
  CounterGroup out;
  out.plan = &plan;
  std::vector<Counted> sums(plan.events.size(), Counted{0.0, Reason::ok, 1});
  for (const CpuCounts* cpu : cpus) {
    out.cpus.push_back(cpu->cpu);
    out.enabled_ns += cpu->enabled_ns;
    out.running_ns += cpu->running_ns;
    for (size_t i = 0; i < sums.size(); i++) {
      const Counted& event = cpu->events[i];
      sums[i].running = std::min(sums[i].running, event.running);
      if (!event.value && sums[i].value) sums[i] = {{}, event.why, event.running};
      else if (sums[i].value) *sums[i].value += *event.value;
    }
  }
  out.basic = {at(sums, plan.instructions), at(sums, plan.cycles), at(sums, plan.ref_cycles)};
  out.topdown = planned_topdown(plan, sums, smt, formulas);
  out.events = std::move(sums);
  return out;
}

void add_cores(const Interval& interval, const std::map<uint32_t, CpuCounts>& all, bool smt, topdown::Topdown& formulas,
               CounterFigures& out) {
  for (const Core& core : interval.topology->cores) {
    std::vector<const CpuCounts*> cpus;
    for (const uint32_t cpu : core.cpus)
      if (const auto found = all.find(cpu); found != all.end() && found->second.read) cpus.push_back(&found->second);
    if (cpus.empty() || cpus.size() != core.cpus.size()) continue;
    out.cores.emplace(core.id, group_of(cpus, *cpus.front()->plan, smt, formulas));
  }
}

void add_entities(const Interval& interval, CounterFigures& out) {
  const auto table = interval.tables.find(Reading::entity_counter);
  if (table == interval.tables.end()) {
    const auto why = interval.missing.find(Reading::entity_counter);
    out.entities_reason = why == interval.missing.end() ? Reason::unsupported : why->second;
    return;
  }
  out.entities_reason = Reason::ok;
  for (size_t i = 0; i < table->second.keys.size(); i++) {
    const Key& key = table->second.keys[i];
    if (key.a == kIdleEntity || key.b >= kSliceClasses) continue;
    EntityCounters& entity = out.entities[key.a];
    entity.entity = key.a;
    const uint64_t* row = table->second.row(i);
    SliceFigures& slice = entity.slices[key.b];
    slice.seconds = static_cast<double>(row[kSliceNs]) / kNsPerSecond;
    slice.uncounted_seconds = static_cast<double>(row[kSliceUncountedNs]) / kNsPerSecond;
    slice.instructions = static_cast<double>(row[kSliceInstructions]);
    slice.cycles = static_cast<double>(row[kSliceCycles]);
    slice.ref_cycles = static_cast<double>(row[kSliceRefCycles]);
    const auto why = interval.unknown.find({KeyKind::entity, key.a, 0});
    if (why != interval.unknown.end()) entity.reason = why->second;
  }
}

}  // namespace

std::optional<double> instructions_per_cycle(const BasicCounts& counts) {
  if (!counts.instructions.value || !counts.cycles.value || *counts.cycles.value <= 0) return std::nullopt;
  return *counts.instructions.value / *counts.cycles.value;
}

SliceFigures EntityCounters::total() const {
  SliceFigures sum;
  for (const SliceFigures& slice : slices) {
    sum.seconds += slice.seconds;
    sum.uncounted_seconds += slice.uncounted_seconds;
    sum.instructions += slice.instructions;
    sum.cycles += slice.cycles;
    sum.ref_cycles += slice.ref_cycles;
  }
  return sum;
}

std::optional<double> EntityCounters::clean_share() const {
  const double all = total().seconds;
  if (all <= 0) return std::nullopt;
  const auto seconds = [&](SliceClass which) { return slices[static_cast<size_t>(which)].seconds; };
  return (all - seconds(SliceClass::mixed) - seconds(SliceClass::unknown)) / all;
}

std::optional<double> EntityCounters::counted_share() const {
  const SliceFigures sum = total();
  const double all = sum.seconds + sum.uncounted_seconds;
  return all > 0 ? std::optional(sum.seconds / all) : std::nullopt;
}

CounterFigures counter_figures(const Interval& interval) {
  CounterFigures out;
  const auto table = interval.tables.find(Reading::cpu_counter);
  if (table == interval.tables.end() || !interval.counter_plans || !interval.topology) {
    const auto why = interval.missing.find(Reading::cpu_counter);
    out.reason = why == interval.missing.end() ? Reason::unsupported : why->second;
    out.entities_reason = out.reason;
    return out;
  }
  out.reason = Reason::ok;
  out.plans = interval.counter_plans;
  const bool smt = interval.topology->threads_per_core() > 1;
  topdown::Topdown formulas;
  std::map<uint32_t, CpuCounts> all;
  for (const CounterPlan& plan : *interval.counter_plans) {
    std::vector<const CpuCounts*> read;
    std::vector<uint32_t> without;
    out.ref_cycles |= plan.ref_cycles && plan.events[*plan.ref_cycles].reason == Reason::ok;
    for (const uint32_t cpu : plan.cpus) {
      if (!interval.topology->core_of(cpu)) continue;  // offline
      const CpuCounts& counts = all.insert_or_assign(cpu, counts_of(interval, table->second, plan, cpu)).first->second;
      if (counts.read) read.push_back(&counts);
      else without.push_back(cpu);
    }
    for (const CpuCounts* cpu : read) out.cpus.push_back(group_of(std::span(&cpu, 1), plan, smt, formulas));
    CounterGroup& kind = out.kinds.emplace_back(group_of(read, plan, smt, formulas));
    kind.without = std::move(without);
    if (read.empty()) kind.basic = {};
  }
  add_cores(interval, all, smt, formulas, out);
  add_entities(interval, out);
  return out;
}

}  // namespace smtscope
