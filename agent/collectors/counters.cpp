// SPDX-License-Identifier: Apache-2.0
#include "collectors/counters.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "kernel/clock.h"
#include "kernel/switch_probe.h"

namespace smtscope {
namespace {

// In the order in which the scheduler program reads them, up to the first that does not count.
std::vector<uint32_t> events_at_switch(const CpuCounters& counters, const std::vector<uint32_t>& cpus) {
  const CounterPlan& plan = counters.plan();
  std::vector<uint32_t> events;
  for (const std::optional<uint32_t>& index : {plan.instructions, plan.cycles, plan.ref_cycles}) {
    if (!index || plan.events[*index].reason != Reason::ok) break;
    const auto refused = [&](uint32_t cpu) { return counters.refused(cpu, *index) != Reason::ok; };
    if (!cpus.empty() && std::all_of(cpus.begin(), cpus.end(), refused)) break;
    events.push_back(*index);
  }
  return events;
}

bool counts_anything(const CounterPlan& plan) {
  return std::any_of(plan.events.begin(), plan.events.end(),
                     [](const CounterEvent& event) { return event.reason == Reason::ok; });
}

std::vector<uint32_t> online_of(const CounterPlan& plan, const Topology& topology) {
  std::vector<uint32_t> cpus;
  for (const uint32_t cpu : plan.cpus)
    if (topology.core_of(cpu)) cpus.push_back(cpu);
  return cpus;
}

}  // namespace

CountersCollector::CountersCollector(const CollectorContext& context)
    : switch_(context.shared_switch),
      resolve_(context.resolve),
      mode_(context.counter_mode),
      rules_(read_perf_rules(context.proc_root, context.sys_root)) {}

CountersCollector::~CountersCollector() {
  switch_->drained = nullptr;
  if (!switch_->probe) return;
  for (const auto& [cpu, generation] : handed_over_)
    for (uint32_t i = 0; i < slots_; i++) (void)switch_->probe->set_counter_fd(i, cpu, -1);
}

Result<std::unique_ptr<Collector>> CountersCollector::make(const CollectorContext& context) {
  if (!context.counter_plans) return Failure(context.counter_plans.error());
  std::unique_ptr<CountersCollector> collector(new CountersCollector(context));
  if (auto r = collector->open(*context.counter_plans, *context.topology); !r) return Failure(r.error());
  collector->slots_ = context.switch_options.counters;
  collector->at_switch_ = std::min(collector->slots_, collector->at_switch_);
  if (collector->at_switch_ < 2) collector->at_switch_ = 0;  // a workload's work is told by instructions and cycles
  collector->publish_plans();
  collector->listen();
  if (auto r = collector->hand_over(); !r) return Failure(r.error());
  return std::unique_ptr<Collector>(std::move(collector));
}

Result<> CountersCollector::open(const std::vector<CounterPlan>& plans, const Topology& topology) {
  std::optional<Error> first;
  at_switch_ = SMTSCOPE_COUNTERS;
  for (const CounterPlan& plan : plans) {
    const std::vector<uint32_t> cpus = online_of(plan, topology);
    if (cpus.empty() && !plan.cpus.empty()) continue;
    auto counters = CpuCounters::open(plan, topology, mode_, rules_);
    if (!counters) {
      if (!first) first = counters.error();
      continue;
    }
    test(*counters);
    Kind kind{std::move(*counters), {}};
    kind.at_switch = events_at_switch(kind.counters, cpus);
    at_switch_ = std::min(at_switch_, static_cast<uint32_t>(kind.at_switch.size()));
    kinds_.push_back(std::move(kind));
  }
  if (kinds_.empty())
    return first ? Result<>(Failure(*first)) : fail(ErrorKind::unsupported, "no CPU has counters that are known here");
  const bool any =
      std::any_of(kinds_.begin(), kinds_.end(), [](const Kind& kind) { return counts_anything(kind.counters.plan()); });
  if (any) return {};
  const std::vector<CounterEvent>& events = kinds_.front().counters.plan().events;
  return fail(ErrorKind::unsupported,
              "no counter counts: " + (events.empty() ? std::string("there is none") : events.front().why));
}

// CPUs whose counters were opened since they were tested. A test that cannot run (this thread may not go there) proves
// nothing and refutes nothing.
void CountersCollector::test(CpuCounters& counters) {
  for (const uint32_t cpu : counters.plan().cpus) {
    const uint32_t generation = counters.generation(cpu);
    if (generation == std::exchange(tested_[cpu], generation)) continue;
    (void)counters.test(cpu);
  }
}

// Gives the scheduler program the descriptors that it has not got yet.
Result<> CountersCollector::hand_over() {
  if (!switch_->probe || at_switch_ == 0) return {};
  if (switch_->probe != std::exchange(given_to_, switch_->probe)) handed_over_.clear();  // the program began anew
  for (const Kind& kind : kinds_) {
    for (const uint32_t cpu : kind.counters.plan().cpus) {
      const uint32_t generation = kind.counters.generation(cpu);
      const auto [at, is_new] = handed_over_.try_emplace(cpu, generation);
      if (!is_new && at->second == generation) continue;
      at->second = generation;
      for (uint32_t i = 0; i < slots_; i++) {
        // A place without an event would fail every reading: one that is not counted after all has another's.
        const uint32_t event = kind.at_switch[i < at_switch_ ? i : 0];
        const bool believed = kind.counters.refused(cpu, event) == Reason::ok;
        const int fd = believed ? kind.counters.fd(cpu, event) : -1;
        if (is_new && fd < 0) continue;
        if (auto r = switch_->probe->set_counter_fd(i, cpu, fd); !r) return r;
      }
    }
  }
  return {};
}

void CountersCollector::listen() {
  if (at_switch_ == 0) return;
  switch_->drained = [this](const Drain& drain) {
    totals_.take(
        drain, [this](uint32_t id) { return resolve_(id, switch_->probe->who(id)); }, at_switch_);
  };
}

// Once: what is refused later is said of each reading.
void CountersCollector::publish_plans() {
  std::vector<CounterPlan> plans;
  plans.reserve(kinds_.size());
  for (const Kind& kind : kinds_) {
    plans.push_back(kind.counters.plan());
    // Not read at the switch, so that workloads have none: nobody may take their 0 for a count.
    if (at_switch_ == 2) plans.back().ref_cycles.reset();
  }
  plans_ = std::make_shared<const std::vector<CounterPlan>>(std::move(plans));
}

Result<> CountersCollector::sample(Snapshot& snapshot) {
  // Reading a CPU interrupts it: one that has slept since it was read is left alone, and counted nothing.
  const auto wanted = [&](uint32_t cpu) {
    const auto last = read_ns_.find(cpu);
    return last == read_ns_.end() || !switch_->probe || !switch_->probe->slept_since(cpu, last->second);
  };
  for (Kind& kind : kinds_) {
    readings_.clear();
    kind.counters.read(wanted, readings_);
    for (const CpuReading& reading : readings_) read_ns_[reading.cpu] = reading.at_ns;
    totals_.take(readings_);
    test(kind.counters);
  }
  if (auto r = hand_over(); !r) return r;
  snapshot.counter_plans = plans_;
  totals_.write(snapshot, at_switch_ > 0 && switch_->probe ? Reason::ok : Reason::not_counted);
  return {};
}

Result<> CountersCollector::follow(const std::shared_ptr<const Topology>& topology) {
  for (Kind& kind : kinds_) (void)kind.counters.follow(*topology);
  totals_.keep_cpus([&](uint32_t cpu) { return topology->core_of(cpu) != nullptr; });
  std::erase_if(read_ns_, [&](const auto& entry) { return topology->core_of(entry.first) == nullptr; });
  return hand_over();
}

std::vector<Shortfall> CountersCollector::shortfalls() const {
  std::vector<Shortfall> all;
  for (const Kind& kind : kinds_) {
    const CounterPlan& plan = kind.counters.plan();
    const std::string prefix = kinds_.size() > 1 ? plan.pmu + ": " : "";
    std::map<std::string, std::vector<std::string>> by_why;
    for (size_t i = 0; i < plan.events.size(); i++) {
      const CounterEvent& event = plan.events[i];
      if (event.reason != Reason::ok) by_why[event.why].push_back(event.name);
      const auto refused = std::find_if(plan.cpus.begin(), plan.cpus.end(),
                                        [&](uint32_t cpu) { return kind.counters.refused(cpu, i) != Reason::ok; });
      if (refused != plan.cpus.end()) by_why[kind.counters.why(*refused, i)].push_back(event.name);
    }
    for (const auto& [why, names] : by_why) all.push_back({fmt::format("{}{}", prefix, fmt::join(names, ", ")), why});
    for (const std::string& remark : plan.remarks) all.push_back({prefix + "counters", remark});
  }
  if (at_switch_ == 0) all.push_back({"counters of workloads", "instructions and cycles are not both counted here"});
  else if (!switch_->probe) all.push_back({"counters of workloads", "the scheduler program does not run"});
  else if (!switch_->probe->choice().tick_reason.empty())
    all.push_back({"short slices of workloads that never wait", switch_->probe->choice().tick_reason});
  return all;
}

}  // namespace smtscope
