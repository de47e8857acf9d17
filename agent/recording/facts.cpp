// SPDX-License-Identifier: Apache-2.0
#include "recording/facts.h"

#include <algorithm>

namespace smtscope {
namespace {

Failure broken(const std::string& what) { return fail(ErrorKind::input, what); }

template <class Value, class Field>
std::optional<Value> maybe(bool has, const Field& field) {
  return has ? std::optional<Value>(field) : std::nullopt;
}

using Pairs = google::protobuf::RepeatedPtrField<recording::Pair>;

void put_pairs(const std::vector<std::pair<std::string, std::string>>& pairs, Pairs& out) {
  for (const auto& [name, value] : pairs) {
    recording::Pair& pair = *out.Add();
    pair.set_name(name);
    pair.set_value(value);
  }
}

std::vector<std::pair<std::string, std::string>> get_pairs(const Pairs& in) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const recording::Pair& pair : in) pairs.emplace_back(pair.name(), pair.value());
  return pairs;
}

void put_host(const HostFacts& host, recording::Host& out) {
  out.set_name(host.name);
  out.set_kernel(host.kernel);
  if (host.cpu_model) out.set_cpu_model(*host.cpu_model);
  if (host.smt_control) out.set_smt_control(*host.smt_control);
  if (host.smt_active) out.set_smt_active(*host.smt_active);
  if (host.core_scheduling) out.set_core_scheduling(*host.core_scheduling);
  if (host.hypervisor) out.set_hypervisor(*host.hypervisor);
  if (host.clocksource) out.set_clocksource(*host.clocksource);
  put_pairs(host.vulnerabilities, *out.mutable_vulnerabilities());
  put_pairs(host.mitigations, *out.mutable_mitigations());
  if (host.governor) out.set_governor(*host.governor);
}

HostFacts get_host(const recording::Host& in) {
  HostFacts host;
  host.name = in.name();
  host.kernel = in.kernel();
  host.cpu_model = maybe<std::string>(in.has_cpu_model(), in.cpu_model());
  host.smt_control = maybe<std::string>(in.has_smt_control(), in.smt_control());
  host.smt_active = maybe<bool>(in.has_smt_active(), in.smt_active());
  host.core_scheduling = maybe<std::string>(in.has_core_scheduling(), in.core_scheduling());
  host.hypervisor = maybe<std::string>(in.has_hypervisor(), in.hypervisor());
  host.clocksource = maybe<std::string>(in.has_clocksource(), in.clocksource());
  host.vulnerabilities = get_pairs(in.vulnerabilities());
  host.mitigations = get_pairs(in.mitigations());
  host.governor = maybe<std::string>(in.has_governor(), in.governor());
  return host;
}

Result<Core> get_core(const recording::Core& in) {
  Core core;
  core.id = in.id();
  core.package = maybe<uint32_t>(in.has_package(), in.package());
  core.core_label = maybe<uint32_t>(in.has_core_label(), in.core_label());
  core.node = maybe<uint32_t>(in.has_node(), in.node());
  core.llc = maybe<uint32_t>(in.has_llc(), in.llc());
  core.cpus.assign(in.cpus().begin(), in.cpus().end());
  if (core.cpus.empty() || core.cpus.size() > kMaxSiblings) return broken("a core has no or too many CPUs");
  if (std::adjacent_find(core.cpus.begin(), core.cpus.end(), std::greater_equal<>()) != core.cpus.end())
    return broken("the CPUs of a core are not in order");
  return core;
}

}  // namespace

void put_run(const RunFacts& run, recording::Run& out) {
  out.set_started_unix_ns(run.started_unix_ns);
  out.set_version(run.version);
  out.set_architecture(run.architecture);
  out.set_interval_ns(run.interval_ns);
  put_host(run.host, *out.mutable_host());
  out.set_grouping(run.grouping);
  for (const NotMeasured& less : run.not_measured) {
    recording::Pair& pair = *out.add_not_measured();
    pair.set_name(less.what);
    pair.set_value(less.why);
  }
  out.set_limit_entities(run.limits.entities);
  out.set_limit_pairs(run.limits.pairs);
  out.set_limit_series(run.most_series);
  put_pairs(run.node_attributes, *out.mutable_node_attributes());
}

Result<RunFacts> get_run(const recording::Run& in) {
  RunFacts run;
  run.started_unix_ns = in.started_unix_ns();
  run.version = in.version();
  run.architecture = in.architecture();
  run.interval_ns = in.interval_ns();
  run.host = get_host(in.host());
  run.grouping = in.grouping();
  for (const recording::Pair& pair : in.not_measured()) run.not_measured.push_back({pair.name(), pair.value()});
  run.limits = {in.limit_entities(), in.limit_pairs()};
  run.most_series = in.limit_series();
  run.node_attributes = get_pairs(in.node_attributes());
  if (run.interval_ns == 0) return broken("the run has no interval");
  return run;
}

void put_topology(const Topology& topology, recording::Topology& out) {
  for (const Cpu& cpu : topology.cpus) {
    recording::Cpu& one = *out.add_cpus();
    one.set_id(cpu.id);
    one.set_online(cpu.online);
    one.set_isolated(cpu.isolated);
    if (cpu.core) one.set_core(*cpu.core);
  }
  for (const Core& core : topology.cores) {
    recording::Core& one = *out.add_cores();
    one.set_id(core.id);
    if (core.package) one.set_package(*core.package);
    if (core.core_label) one.set_core_label(*core.core_label);
    if (core.node) one.set_node(*core.node);
    if (core.llc) one.set_llc(*core.llc);
    for (const uint32_t cpu : core.cpus) one.add_cpus(cpu);
  }
  out.set_stated_by_hand(topology.source == TopologySource::override_);
  out.set_generation(topology.generation);
  out.set_possible_cpus(topology.possible_cpus);
  out.set_attested(topology.attested);
  out.set_attested_reason(topology.attested_reason);
}

Result<Topology> get_topology(const recording::Topology& in) {
  Topology topology;
  if (in.cpus_size() > kMaxRecordedCpus || in.cores_size() > in.cpus_size()) return broken("too many CPUs or cores");
  for (const recording::Cpu& cpu : in.cpus()) {
    if (!topology.cpus.empty() && topology.cpus.back().id >= cpu.id()) return broken("CPUs are not in order");
    topology.cpus.push_back({cpu.id(), cpu.online(), cpu.isolated(), maybe<uint32_t>(cpu.has_core(), cpu.core())});
  }
  for (const recording::Core& one : in.cores()) {
    auto core = get_core(one);
    if (!core) return Failure(core.error());
    if (!topology.cores.empty() && topology.cores.back().id >= core->id) return broken("cores are not in order");
    for (const uint32_t id : core->cpus) {
      const Cpu* cpu = topology.find_cpu(id);
      if (!cpu || cpu->core != core->id) return broken("a CPU and its core do not agree");
    }
    topology.cores.push_back(std::move(*core));
  }
  topology.source = in.stated_by_hand() ? TopologySource::override_ : TopologySource::sysfs;
  topology.generation = in.generation();
  topology.possible_cpus = in.possible_cpus();
  topology.attested = in.attested();
  topology.attested_reason = in.attested_reason();
  return topology;
}

void put_entity(const Entity& entity, recording::Entity& out) {
  out.set_id(entity.id);
  out.set_kind(static_cast<uint32_t>(entity.kind));
  out.set_name(entity.name);
  if (entity.cgroup) out.set_cgroup(*entity.cgroup);
  if (entity.cgroup_id) out.set_cgroup_id(*entity.cgroup_id);
  if (entity.pid) out.set_pid(*entity.pid);
  if (entity.comm) out.set_comm(*entity.comm);
}

Result<Entity> get_entity(const recording::Entity& in) {
  if (in.kind() > static_cast<uint32_t>(EntityKind::other)) return broken("an entity is of an unknown kind");
  if (in.name().empty() || in.name().size() > kMaxNameBytes) return broken("an entity has no name, or a huge one");
  Entity entity;
  entity.id = in.id();
  entity.kind = static_cast<EntityKind>(in.kind());
  entity.name = in.name();
  entity.cgroup = maybe<std::string>(in.has_cgroup(), in.cgroup());
  entity.cgroup_id = maybe<uint64_t>(in.has_cgroup_id(), in.cgroup_id());
  entity.pid = maybe<uint32_t>(in.has_pid(), in.pid());
  entity.comm = maybe<std::string>(in.has_comm(), in.comm());
  return entity;
}

void put_agent(const AgentReadings& agent, recording::Agent& out) {
  for (const CollectorReading& collector : agent.collectors) {
    recording::CollectorState& one = *out.add_collectors();
    one.set_name(collector.name);
    one.set_state(collector.state);
    one.set_reason(static_cast<uint32_t>(collector.reason));
  }
  for (const ProgramReading& program : agent.programs) {
    recording::Program& one = *out.add_programs();
    one.set_name(program.name);
    one.set_run_ns(program.run_ns);
    one.set_runs(program.runs);
    if (program.memory_bytes) one.set_memory_bytes(*program.memory_bytes);
  }
  for (const ExporterReading& exporter : agent.exporters) {
    recording::Exporter& one = *out.add_exporters();
    one.set_name(exporter.name);
    one.set_accepted(exporter.accepted);
    one.set_ok(exporter.ok);
    one.set_dropped(exporter.dropped);
    one.set_rejected(exporter.rejected);
    one.set_queued(exporter.queued);
    one.set_queue_bytes(exporter.queue_bytes);
  }
  for (const uint64_t count : agent.ticks.counts) out.add_tick_counts(count);
  out.set_ticks(agent.ticks.count);
  out.set_tick_seconds(agent.ticks.sum.value_or(0));
  out.set_user_ns(agent.user_ns);
  out.set_system_ns(agent.system_ns);
  out.set_memory_bytes(agent.memory_bytes);
  out.set_series_dropped(agent.series_dropped);
}

Result<AgentReadings> get_agent(const recording::Agent& in) {
  AgentReadings agent;
  for (const recording::CollectorState& one : in.collectors())
    agent.collectors.push_back({one.name(), one.state(), get_reason(one.reason())});
  for (const recording::Program& one : in.programs())
    agent.programs.push_back(
        {one.name(), one.run_ns(), one.runs(), maybe<uint64_t>(one.has_memory_bytes(), one.memory_bytes())});
  for (const recording::Exporter& one : in.exporters())
    agent.exporters.push_back(
        {one.name(), one.accepted(), one.ok(), one.dropped(), one.rejected(), one.queued(), one.queue_bytes()});
  if (static_cast<size_t>(in.tick_counts_size()) > agent.ticks.counts.size())
    return broken("the histogram of ticks has too many buckets");
  std::copy(in.tick_counts().begin(), in.tick_counts().end(), agent.ticks.counts.begin());
  agent.ticks.count = in.ticks();
  agent.ticks.sum = in.tick_seconds();
  agent.user_ns = in.user_ns();
  agent.system_ns = in.system_ns();
  agent.memory_bytes = in.memory_bytes();
  agent.series_dropped = in.series_dropped();
  return agent;
}

Reason get_reason(uint32_t number) {
  return number <= static_cast<uint32_t>(Reason::over_budget) ? static_cast<Reason>(number) : Reason::unsupported;
}

void put_plans(const std::vector<CounterPlan>& plans, recording::CounterPlans& out) {
  for (const CounterPlan& plan : plans) {
    recording::CounterPlan& one = *out.add_plans();
    one.set_microarchitecture(plan.microarchitecture);
    one.set_title(plan.title);
    one.set_pmu(plan.pmu);
    one.set_dialect(plan.dialect);
    one.set_slots_per_cycle(plan.slots_per_cycle);
    one.mutable_cpus()->Add(plan.cpus.begin(), plan.cpus.end());
    for (const CounterEvent& event : plan.events) {
      recording::CounterEvent& to = *one.add_events();
      to.set_name(event.name);
      to.set_pmu_type(event.pmu_type);
      to.set_config(event.config);
      to.set_config1(event.config1);
      to.set_config2(event.config2);
      to.set_group(event.group);
      to.set_reason(static_cast<uint32_t>(event.reason));
      to.set_why(event.why);
    }
    if (plan.instructions) one.set_instructions(*plan.instructions);
    if (plan.cycles) one.set_cycles(*plan.cycles);
    if (plan.ref_cycles) one.set_ref_cycles(*plan.ref_cycles);
    for (const std::string& remark : plan.remarks) one.add_remarks(remark);
    for (const DerivedCount& derived : plan.derived) {
      recording::Pair& to = *one.add_derived();
      to.set_name(derived.name);
      to.set_value(derived.expression);
    }
  }
}

Result<std::vector<CounterPlan>> get_plans(const recording::CounterPlans& in) {
  if (in.plans_size() > kMaxRecordedPlans) return broken("more kinds of CPUs than any node has");
  std::vector<CounterPlan> plans;
  for (const recording::CounterPlan& one : in.plans()) {
    if (one.events_size() > kMaxRecordedEvents || one.cpus_size() > kMaxRecordedCpus)
      return broken("more counters than any CPU has");
    CounterPlan& plan = plans.emplace_back();
    plan.microarchitecture = one.microarchitecture();
    plan.title = one.title();
    plan.pmu = one.pmu();
    plan.dialect = one.dialect();
    plan.slots_per_cycle = one.slots_per_cycle();
    plan.cpus.assign(one.cpus().begin(), one.cpus().end());
    for (const recording::CounterEvent& event : one.events())
      plan.events.push_back({event.name(), event.pmu_type(), event.config(), event.config1(), event.config2(),
                             event.group(), get_reason(event.reason()), event.why()});
    plan.instructions = maybe<uint32_t>(one.has_instructions(), one.instructions());
    plan.cycles = maybe<uint32_t>(one.has_cycles(), one.cycles());
    plan.ref_cycles = maybe<uint32_t>(one.has_ref_cycles(), one.ref_cycles());
    plan.remarks.assign(one.remarks().begin(), one.remarks().end());
    for (const recording::Pair& derived : one.derived()) plan.derived.push_back({derived.name(), derived.value()});
    const auto there = [&](const std::optional<uint32_t>& event) { return !event || *event < plan.events.size(); };
    if (!there(plan.instructions) || !there(plan.cycles) || !there(plan.ref_cycles))
      return broken("a plan of counters names an event that it has not");
  }
  return plans;
}

}  // namespace smtscope
