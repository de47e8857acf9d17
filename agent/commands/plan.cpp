// SPDX-License-Identifier: Apache-2.0
#include "commands/plan.h"

#include "commands/counter_checks.h"
#include "commands/numa_checks.h"
#include "config/config.h"
#include "pipeline/counter_planning.h"

namespace smtscope {
namespace {

std::string hook_of(const PlannedProgram& program) {
  if (program.name.starts_with("reader_")) return "none; run on request of smtscope, not attached";
  if (program.hook.starts_with("iter/")) return program.hook + ", once at the start";
  return program.hook;
}

void add_files(PlanView& plan, const Machine& m) {
  const std::string& sys = m.roots.sys;
  const std::string& proc = m.roots.proc;
  plan.files = {
      {sys + "/devices/system/cpu/{possible,present,online,isolated}", "CPUs; online again each second"},
      {sys + "/devices/system/cpu/cpu*/{topology,cache}/", "cores, siblings, packages, last-level caches"},
      {sys + "/devices/system/cpu/{smt,vulnerabilities}/", "SMT control and state, SMT lines of vulnerabilities"},
      {sys + "/devices/system/node/", "NUMA nodes"},
      {sys + "/devices/system/clocksource/clocksource0/", "the clock"},
      {sys + "/class/dmi/id/, " + sys + "/hypervisor/, " + sys + "/firmware/devicetree/base/", "bare metal or a VM"},
      {"/sys/kernel/btf/vmlinux", "layout of the kernel's types"},
      {"/sys/kernel/security/lockdown", "only when loading is refused: why"},
      {proc + "/cpuinfo, " + proc + "/stat", "CPU model; CPU time as the OS counts it"},
      {proc + "/sys/kernel/{hostname,osrelease}", "name and kernel of the node"},
      {proc + "/self/{mountinfo,timens_offsets}", "cgroup mounts, whether clocks are shifted"},
      {proc + "/PID/{cgroup,stat,comm}, " + proc + "/PID/task/", "names of processes, core scheduling"},
  };
  if (!m.grouping->hierarchy.mount.empty())
    plan.files.push_back({m.grouping->hierarchy.mount, "names of cgroups: folders and their inode numbers"});
}

void add_capabilities(PlanView& plan) {
  plan.capabilities = {
      {"CAP_BPF", "load programs, make maps"},
      {"CAP_PERFMON", "programs on tracepoints that read the kernel's structures"},
      {"CAP_SYS_RESOURCE", "only before kernel 5.11: raise RLIMIT_MEMLOCK"},
      {"CAP_SYS_PTRACE", "optional: whether processes of other users use core scheduling"},
  };
}

void add_agent(PlanView& plan) {
  const Config defaults;
  plan.agent_ports = {{*defaults.http.listen, "port opened by default: /metrics, /healthz, /status; http.listen"}};
  plan.agent_files = {{kDefaultConfigPath, "configuration, if it is there"},
                      {"/proc/self/{status,fdinfo/}", "what it takes itself"}};
  plan.agent_capabilities = {
      {"CAP_SYS_ADMIN", "optional: the kernel's count of what programs cost, for budget.ns_per_switch"}};
}

}  // namespace

Result<PlanView> plan_stat(const Machine& m) {
  if (const auto error = what_stops(m)) return Failure(*error);
  auto options = switch_options(*m.grouping, m.features);
  if (!options) return Failure(options.error());
  const auto counters = plan_counters(m.roots.sys, m.roots.proc);
  if (counters) options->counters = counters_at_switch(*counters);
  const auto choice = choose_switch(m.features, *m.topology, *options);
  if (!choice) return Failure(choice.error());
  const auto object = SwitchObject::open(*m.topology, *options, *choice);
  if (!object) return Failure(object.error());
  const SwitchPlan planned = object->plan();
  static constexpr const char* kRunQueue[] = {"off", "last_queued", "full"};
  PlanView plan;
  plan.variant = planned.variant == SwitchVariant::word ? "word" : "queue";
  plan.run_queue = kRunQueue[planned.run_queue];
  for (const PlannedProgram& program : planned.programs) plan.programs.push_back({program.name, hook_of(program)});
  for (const PlannedMap& map : planned.maps)
    plan.maps.push_back({map.name, map.type, map.bytes ? std::optional(map.bytes) : std::nullopt});
  if (planned.variant == SwitchVariant::queue)
    plan.maps.push_back({"core_queue, one a core", "queue", m.topology->cores.size() * sizeof(smtscope_core_record)});
  if (counters) list_events(*counters, plan);
  add_files(plan, m);
  plan_numa(m, plan);
  add_capabilities(plan);
  add_agent(plan);
  return plan;
}

}  // namespace smtscope
