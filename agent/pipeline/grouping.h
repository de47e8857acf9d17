// SPDX-License-Identifier: Apache-2.0
// How entities are chosen, and what the scheduler program has to know of it.
#pragma once

#include <optional>
#include <string>

#include "identity/select.h"
#include "kernel/bpf_features.h"
#include "kernel/switch_object.h"
#include "model/result.h"

namespace smtscope {

// Where the machine shows itself; other roots in tests and in containers.
struct Roots {
  std::string sys = "/sys";
  std::string proc = "/proc";
  std::string cgroup = "/sys/fs/cgroup";
};

// What the user said of it; none: chosen.
struct GroupingWish {
  std::optional<std::string> by;  // cgroup, pid, pod, workload
  std::optional<std::string> cgroup_hierarchy;
  std::optional<std::string> of;
};

struct Grouping {
  GroupBy by = GroupBy::cgroup;
  CgroupHierarchy hierarchy;  // also with processes: it names their cgroups
  std::optional<Selection> of;

  [[nodiscard]] std::string label() const;  // "cgroup v2", "cgroup v1 (memory)", "process"
};
[[nodiscard]] Result<Grouping> choose_grouping(const GroupingWish& wish, const Roots& roots);

// What BTF calls the controller of a v1 hierarchy: blkio is "io" there, as in v2.
[[nodiscard]] std::string btf_controller(const CgroupHierarchy& hierarchy);

// The knobs of the scheduler program for this grouping.
[[nodiscard]] Result<SwitchOptions> switch_options(const Grouping& grouping, const BpfFeatures& features);

}  // namespace smtscope
