// SPDX-License-Identifier: Apache-2.0
#include "commands/numa_checks.h"

#include "commands/checks.h"
#include "kernel/numa_files.h"
#include "kernel/numa_probe.h"

namespace smtscope {
namespace {

size_t nodes_of(const Machine& m) {
  const auto nodes = read_numa_nodes(m.roots.sys);
  return nodes ? nodes->size() : 0;
}

std::string hint_text(const Machine& m) {
  const auto mode = read_numa_balancing(m.roots.proc);
  if (!mode) return mode.error().what;
  return *mode == NumaBalancing::nodes ? "" : "hint faults: kernel.numa_balancing does not sample nodes";
}

}  // namespace

Check check_numa(const Machine& m) {
  Check check{"numa", CheckState::unsupported, std::nullopt, std::nullopt, std::nullopt, true};
  const auto nodes = read_numa_nodes(m.roots.sys);
  if (!nodes) {
    check.state = CheckState::failed;
    check.reason = nodes.error().what;
    return check;
  }
  if (nodes->size() < 2) {
    check.reason = "one NUMA node: all memory is local";
    return check;
  }
  const auto counted = numastat_counts(m.roots.proc);
  check.state = counted ? CheckState::active : CheckState::degraded;
  if (!counted) check.reason = counted.error().what;
  if (!counted) check.mend = counted.error().mend;
  if (const std::string hints = hint_text(m); !hints.empty())
    check.reason = check.reason ? *check.reason + "; " + hints : hints;
  check.cost = "some files a tick; tracepoints on NUMA decisions of the scheduler, which are rare";
  return check;
}

void plan_numa(const Machine& m, PlanView& plan) {
  if (nodes_of(m) < 2) return;
  for (const NumaHook& hook : numa_hooks())
    if (hook.why.empty()) plan.programs.push_back({hook.program, "tp_btf/" + hook.name});
  plan.maps.push_back({"decisions", "array", m.topology->possible_cpus * sizeof(numa_cpu)});
  plan.files.push_back({m.roots.sys + "/devices/system/node/node*/numastat, " + m.roots.proc +
                            "/{vmstat,sys/vm/numa_stat,sys/kernel/numa_balancing}",
                        "NUMA: allocations, hint faults"});
  if (!m.grouping->hierarchy.mount.empty())
    plan.files.push_back({m.grouping->hierarchy.mount + "/**/memory.numa_stat", "memory of cgroups by NUMA node"});
}

}  // namespace smtscope
