// SPDX-License-Identifier: Apache-2.0
#include "commands/session.h"

#include <fmt/format.h>

#include <algorithm>

#include "kernel/clock_check.h"
#include "kernel/host_facts.h"
#include "kernel/proc_stat.h"
#include "kernel/textfile.h"
#include "kernel/topology_reader.h"

namespace smtscope {

std::string Grouping::label() const { return by == GroupBy::process ? "process" : hierarchy.label; }

Result<Grouping> choose_grouping(const MeasureOptions& options, const std::optional<std::string>& of,
                                 const Roots& roots) {
  if (options.by == "pod" || options.by == "workload")
    return fail(ErrorKind::unsupported,
                fmt::format("--by {} needs container identity, which this version lacks", *options.by),
                "use --by cgroup (a pod's containers are cgroups) or --by pid");
  Grouping grouping;
  std::optional<GroupBy> by;
  if (options.by) by = *options.by == "pid" ? GroupBy::process : GroupBy::cgroup;
  auto hierarchy = choose_hierarchy(roots.proc, options.cgroup_hierarchy);
  if (hierarchy) {
    grouping.hierarchy = std::move(*hierarchy);
  } else if (by != GroupBy::process || options.cgroup_hierarchy) {
    return Failure(hierarchy.error());
  }
  grouping.by = by.value_or(GroupBy::cgroup);
  if (of) {
    auto selection = select_entity(*of, by, grouping.hierarchy, roots.proc);
    if (!selection) return Failure(selection.error());
    grouping.by = selection->by;
    grouping.of = std::move(*selection);
  }
  return grouping;
}

Result<SwitchOptions> switch_options(const Grouping& grouping, const BpfFeatures& features) {
  SwitchOptions options;
  if (grouping.by == GroupBy::process) {
    options.by = SMTSCOPE_BY_PROCESS;
    options.kthreads_apart = true;
  } else if (!grouping.hierarchy.v2) {
    const auto& names = features.v1_controllers;
    // BTF calls the blkio controller "io", as v2 does.
    const std::string name = grouping.hierarchy.controller == "blkio" ? "io" : grouping.hierarchy.controller;
    const auto at = std::find(names.begin(), names.end(), name);
    if (at == names.end())
      return fail(ErrorKind::unsupported, fmt::format("this kernel's BTF does not know the cgroup controller {}", name),
                  "choose another hierarchy with --cgroup-hierarchy, or use --by pid");
    options.by = SMTSCOPE_BY_CGROUP_V1;
    options.v1_subsys = static_cast<uint32_t>(at - names.begin());
  }
  return options;
}

Result<Session> Session::open(const MeasureOptions& options, const std::optional<std::string>& of, Roots roots) {
  Session session;
  session.roots_ = std::move(roots);
  session.siblings_ = options.siblings;
  session.mark_ = session.topology_mark();
  auto topology = load_topology(session.roots_.sys, options.siblings);
  if (!topology) return Failure(topology.error());
  session.host_ = read_host_facts(session.roots_.sys, session.roots_.proc);
  if (auto r = check_clock(session.host_, session.roots_.proc); !r) return Failure(r.error());
  attest(*topology, session.host_, Attestation::automatic);
  session.topology_ = std::make_shared<const Topology>(std::move(*topology));
  auto grouping = choose_grouping(options, of, session.roots_);
  if (!grouping) return Failure(grouping.error());
  session.grouping_ = std::move(*grouping);
  if (auto may = may_load_bpf(); !may) return Failure(may.error());
  const BpfFeatures features = probe_bpf_features();
  auto knobs = switch_options(session.grouping_, features);
  if (!knobs) return Failure(knobs.error());
  session.registry_ =
      std::make_unique<EntityRegistry>(session.grouping_.by, session.grouping_.hierarchy, session.roots_.proc);
  const auto resolve = [registry = session.registry_.get()](uint32_t kernel_id, const IdInfo& info) {
    return registry->resolve(kernel_id, info);
  };
  auto scheduler = SchedulerCollector::make(session.topology_, *knobs, features, resolve);
  if (!scheduler) return Failure(Error(scheduler.error()).within("scheduler"));
  session.scheduler_ = std::move(*scheduler);
  return session;
}

std::string Session::topology_mark() const {
  const std::string cpu = roots_.sys + "/devices/system/cpu/";
  return read_text_file(cpu + "online", kMaxSysfsBytes).value_or("") + "/" +
         read_text_file(cpu + "smt/active", kMaxSysfsBytes).value_or("");
}

Result<> Session::follow_topology() {
  std::string mark = topology_mark();
  if (mark == mark_) return {};
  auto topology = load_topology(roots_.sys, siblings_);
  if (!topology) {
    // Caught in the middle of a change, or siblings stated for a CPU that went offline: try again next tick.
    return siblings_ ? Result<>(Failure(Error(topology.error()).within("CPUs went on- or offline"))) : Result<>();
  }
  mark_ = std::move(mark);
  if (topology->same_tree(*topology_)) return {};
  topology->generation = topology_->generation + 1;
  attest(*topology, host_, Attestation::automatic);
  auto now = std::make_shared<const Topology>(std::move(*topology));
  if (auto r = scheduler_->follow(now); !r) return r;
  topology_ = std::move(now);
  return {};
}

Result<> Session::tick() {
  if (auto r = follow_topology(); !r) return r;
  return scheduler_->drain();
}

Result<Snapshot> Session::sample() {
  if (auto r = follow_topology(); !r) return Failure(r.error());
  Snapshot snapshot;
  if (auto r = scheduler_->sample(snapshot); !r) return Failure(r.error());
  registry_->name_new();
  for (const uint32_t id : scheduler_->entities())
    if (const Entity* entity = registry_->find(id)) snapshot.entities.push_back(*entity);
  if (auto stat = read_proc_stat(roots_.proc)) {
    Table& table = snapshot.tables[Reading::cpu_time];
    table.width = kCpuColumns;
    for (const CpuTimes& cpu : *stat) {
      uint64_t* row = table.append({KeyKind::cpu, cpu.cpu, 0});
      row[kCpuBusyNs] = cpu.busy_ns;
      row[kCpuIdleNs] = cpu.idle_ns;
      row[kCpuStealNs] = cpu.steal_ns;
    }
    table.sort();
  } else {
    snapshot.missing[Reading::cpu_time] =
        stat.error().kind == ErrorKind::permission ? Reason::permission : Reason::unsupported;
  }
  return snapshot;
}

}  // namespace smtscope
