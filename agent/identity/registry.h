// SPDX-License-Identifier: Apache-2.0
// The one place that knows who an entity is: keys from the kernel side -> stable ids and names.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "identity/cgroup_hierarchy.h"
#include "kernel/id_info.h"
#include "model/entity.h"

namespace smtscope {

enum class GroupBy { cgroup, process };

class EntityRegistry {
 public:
  // Gives out ids from `first_id` on: another registry of this process may have given out those below.
  EntityRegistry(GroupBy by, CgroupHierarchy hierarchy, std::string proc_root, uint32_t first_id = kFirstEntity);

  // The entity a kernel-side id stands for; new ones get the next id. An id without a description is `other`.
  uint32_t resolve(uint32_t kernel_id, const IdInfo& info);
  // Names the entities met since the last call: walks the cgroup tree or reads /proc, once.
  void name_new();
  // Of these the ones whose cgroup or process does not exist any more.
  [[nodiscard]] std::vector<uint32_t> gone_of(const std::vector<uint32_t>& ids) const;
  // Drops what is known of these: their ids will never be met again.
  void forget(const std::vector<uint32_t>& ids);
  // Null for idle and unknown, and for what was forgotten.
  [[nodiscard]] const Entity* find(uint32_t id) const;
  // Entities that are cgroups with a known path, and where the hierarchy shows them; none with processes.
  [[nodiscard]] std::vector<std::pair<uint32_t, std::string>> cgroup_folders() const;
  [[nodiscard]] const CgroupHierarchy& hierarchy() const { return hierarchy_; }
  [[nodiscard]] GroupBy by() const { return by_; }
  [[nodiscard]] uint32_t next_id() const { return next_id_; }

 private:
  struct Known {
    Entity entity;
    uint64_t key = 0;
    uint64_t start = 0;  // IdInfo::start
  };
  void name_cgroups();
  void name_process(Known& known) const;
  [[nodiscard]] bool exists(const Known& known) const;
  Known& known(uint32_t id) { return known_.at(id); }

  GroupBy by_;
  CgroupHierarchy hierarchy_;
  std::string proc_root_;
  std::unordered_map<uint32_t, Known> known_;
  uint32_t next_id_;
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
