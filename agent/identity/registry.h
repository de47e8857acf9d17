// SPDX-License-Identifier: Apache-2.0
// The one place that knows who an entity is: keys from the kernel side -> stable ids and names.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "identity/cgroup_hierarchy.h"
#include "kernel/id_info.h"
#include "model/entity.h"

namespace smtscope {

enum class GroupBy { cgroup, process };

class EntityRegistry {
 public:
  EntityRegistry(GroupBy by, CgroupHierarchy hierarchy, std::string proc_root);

  // The entity a kernel-side id stands for; new ones get the next id. An id without a description is `other`.
  uint32_t resolve(uint32_t kernel_id, const IdInfo& info);
  // Names the entities met since the last call: walks the cgroup tree or reads /proc, once.
  void name_new();
  // Null for idle and unknown.
  [[nodiscard]] const Entity* find(uint32_t id) const;
  [[nodiscard]] const CgroupHierarchy& hierarchy() const { return hierarchy_; }
  [[nodiscard]] GroupBy by() const { return by_; }

 private:
  void name_cgroups();
  void name_process(Entity& entity) const;

  GroupBy by_;
  CgroupHierarchy hierarchy_;
  std::string proc_root_;
  std::vector<Entity> entities_;  // index: id
  std::vector<uint64_t> starts_;  // the same: IdInfo::start
  std::unordered_map<uint64_t, uint32_t> id_of_key_;
  struct Cached {
    uint64_t key = 0;
    uint32_t id = 0;
  };
  std::vector<Cached> cache_;                        // by kernel-side id
  std::vector<uint32_t> unnamed_;                    // met since name_new
  std::unordered_map<uint64_t, std::string> paths_;  // cgroup id -> path, as last walked
};

// Fills kind and name of a cgroup entity from its path: a systemd unit by its suffix, else the path.
void name_by_path(Entity& entity, const std::string& path);

// cgroup id -> path below the root, of every cgroup that exists now. Ids are inode numbers of the tree.
[[nodiscard]] std::unordered_map<uint64_t, std::string> walk_cgroups(const std::string& mount);

}  // namespace smtscope
