// SPDX-License-Identifier: Apache-2.0
// --of NAME: which entity a person means.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "identity/registry.h"

namespace smtscope {

// One entity, by the key its grouping uses.
struct Selection {
  GroupBy by = GroupBy::cgroup;
  std::optional<uint64_t> cgroup_id;
  std::optional<uint32_t> pid;
  std::string name;

  [[nodiscard]] bool matches(const Entity& entity) const;
};

// Looks for a cgroup path or its end, a systemd unit, a container id (12 or more of its hex digits), a pid
// or a command. `by`: as the user said it; none: cgroups first, then processes. Usage error with the
// candidates if nothing or several match.
[[nodiscard]] Result<Selection> select_entity(const std::string& name, std::optional<GroupBy> by,
                                              const CgroupHierarchy& hierarchy, const std::string& proc_root);

}  // namespace smtscope
