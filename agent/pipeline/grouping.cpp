// SPDX-License-Identifier: Apache-2.0
#include "pipeline/grouping.h"

#include <fmt/format.h>

#include <algorithm>

namespace smtscope {

std::string Grouping::label() const { return by == GroupBy::process ? "process" : hierarchy.label; }

Result<Grouping> choose_grouping(const GroupingWish& wish, const Roots& roots) {
  if (wish.by == "pod" || wish.by == "workload")
    return fail(ErrorKind::unsupported,
                fmt::format("--by {} needs container identity, which this version lacks", *wish.by),
                "use --by cgroup (a pod's containers are cgroups) or --by pid");
  Grouping grouping;
  std::optional<GroupBy> by;
  if (wish.by) by = *wish.by == "pid" ? GroupBy::process : GroupBy::cgroup;
  auto hierarchy = choose_hierarchy(roots.proc, wish.cgroup_hierarchy);
  if (hierarchy) {
    grouping.hierarchy = std::move(*hierarchy);
    // In a container the node's tree is mounted elsewhere.
    if (const std::string usual = "/sys/fs/cgroup"; grouping.hierarchy.mount.starts_with(usual))
      grouping.hierarchy.mount.replace(0, usual.size(), roots.cgroup);
  } else if (by != GroupBy::process || wish.cgroup_hierarchy) {
    return Failure(hierarchy.error());
  }
  grouping.by = by.value_or(GroupBy::cgroup);
  if (wish.of) {
    auto selection = select_entity(*wish.of, by, grouping.hierarchy, roots.proc);
    if (!selection) return Failure(selection.error());
    grouping.by = selection->by;
    grouping.of = std::move(*selection);
  }
  return grouping;
}

std::string btf_controller(const CgroupHierarchy& hierarchy) {
  return hierarchy.controller == "blkio" ? "io" : hierarchy.controller;
}

Result<SwitchOptions> switch_options(const Grouping& grouping, const BpfFeatures& features) {
  SwitchOptions options;
  if (grouping.by == GroupBy::process) {
    options.by = SMTSCOPE_BY_PROCESS;
    options.kthreads_apart = true;
  } else if (!grouping.hierarchy.v2) {
    const auto& names = features.v1_controllers;
    const std::string name = btf_controller(grouping.hierarchy);
    const auto at = std::find(names.begin(), names.end(), name);
    if (at == names.end())
      return fail(ErrorKind::unsupported, fmt::format("this kernel's BTF does not know the cgroup controller {}", name),
                  "choose another hierarchy with --cgroup-hierarchy, or use --by pid");
    options.by = SMTSCOPE_BY_CGROUP_V1;
    options.v1_subsys = static_cast<uint32_t>(at - names.begin());
  }
  return options;
}

}  // namespace smtscope
