// SPDX-License-Identifier: Apache-2.0
// Which cgroup hierarchy names the entities: v2 where it manages resources, else one of v1.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/result.h"

namespace smtscope {

struct CgroupHierarchy {
  bool v2 = true;
  std::string controller;  // v1: one of its controllers, "memory"; empty for v2
  std::string mount;       // where its tree is seen
  std::string label;       // for people: "cgroup v2", "cgroup v1 (memory)"
};

struct CgroupMounts {
  std::optional<std::string> v2;          // mount point
  std::map<std::string, std::string> v1;  // controller -> mount point
};
// The cgroup hierarchies in the text of a /proc/PID/mountinfo file; lines that cannot be read are skipped.
[[nodiscard]] CgroupMounts parse_mountinfo(std::string_view text);

// Chooses by the mounts in <proc_root>/self/mountinfo: v2 if it has a controller among cpu, memory, pids or
// is the only one; else the v1 hierarchy with the most processes outside its root, in doubt cpu, memory,
// pids. `wanted`: "v2" or a v1 controller instead; a usage error with the choices if it is not mounted.
[[nodiscard]] Result<CgroupHierarchy> choose_hierarchy(const std::string& proc_root,
                                                       const std::optional<std::string>& wanted);

// Path of a process in the hierarchy (from <proc_root>/PID/cgroup); none if it is gone.
[[nodiscard]] std::optional<std::string> cgroup_of_process(const std::string& proc_root, uint32_t pid,
                                                           const CgroupHierarchy& hierarchy);

// The path for this hierarchy in the text of a /proc/PID/cgroup file; none if it has no line for it.
[[nodiscard]] std::optional<std::string> cgroup_path_in(std::string_view text, const CgroupHierarchy& hierarchy);

// Numbers among the names of a directory: the processes of a /proc. Empty if it cannot be read.
[[nodiscard]] std::vector<uint32_t> list_pids(const std::string& proc_root);

}  // namespace smtscope
