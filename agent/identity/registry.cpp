// SPDX-License-Identifier: Apache-2.0
#include "identity/registry.h"

#include <dirent.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string_view>

#include "kernel/textfile.h"

namespace smtscope {
namespace {

// Whether it is the process that started then (in kStartUnitNs); field 22 of /proc/PID/stat is in 10 ms.
bool same_start(const std::string& stat, uint64_t start) {
  const size_t close = stat.rfind(')');  // the command may hold anything
  if (close == std::string::npos) return false;
  size_t at = close + 1;
  for (int field = 2; field < 21 && at != std::string::npos; field++) at = stat.find(' ', at + 1);
  if (at == std::string::npos) return false;
  const uint64_t ticks = std::strtoull(stat.c_str() + at, nullptr, 10);
  const auto from_proc = static_cast<int64_t>(ticks * 10'000'000 / kStartUnitNs);
  return std::abs(from_proc - static_cast<int64_t>(start)) <= 25;  // 10 ms of rounding and some
}

}  // namespace

EntityRegistry::EntityRegistry(GroupBy by, CgroupHierarchy hierarchy, std::string proc_root, uint32_t first_id)
    : by_(by),
      hierarchy_(std::move(hierarchy)),
      proc_root_(std::move(proc_root)),
      next_id_(first_id),
      cache_(kKernelSideIds) {
  const auto fixed = [&](uint32_t id, EntityKind kind, const char* name) {
    Entity& entity = known_[id].entity;
    entity.id = id;
    entity.kind = kind;
    entity.name = name;
  };
  fixed(kKernelEntity, EntityKind::kernel, "kernel");
  fixed(kOtherEntity, EntityKind::other, "other");
}

const Entity* EntityRegistry::find(uint32_t id) const {
  const auto at = known_.find(id);
  return at == known_.end() ? nullptr : &at->second.entity;
}

uint32_t EntityRegistry::resolve(uint32_t kernel_id, const IdInfo& info) {
  if (kernel_id < kFirstLentId) return kernel_id;  // the fixed ids are the same on both sides
  if (info.key == 0 || kernel_id >= cache_.size()) return kOtherEntity;
  Cached& cached = cache_[kernel_id];
  if (cached.key == info.key) return cached.id;
  const auto [at, is_new] = id_of_key_.try_emplace(info.key, next_id_);
  cached = {info.key, at->second};
  if (!is_new) return at->second;
  next_id_++;
  Entity entity;
  entity.id = at->second;
  if (by_ == GroupBy::process) {
    entity.kind = info.kthread ? EntityKind::kernel : EntityKind::process;
    entity.pid = info.tgid;
    entity.comm = std::string(info.comm.data(), strnlen(info.comm.data(), info.comm.size()));
    entity.name = entity.comm->empty() ? fmt::format("pid:{}", info.tgid) : *entity.comm;
  } else {
    entity.kind = EntityKind::cgroup;
    entity.cgroup_id = info.key;
    entity.name = fmt::format("cgroup:{}", info.key);
  }
  known_[at->second] = {std::move(entity), info.key, info.start};
  unnamed_.push_back(at->second);
  return at->second;
}

void EntityRegistry::name_new() {
  if (unnamed_.empty()) return;
  if (by_ == GroupBy::process)
    for (const uint32_t id : unnamed_) name_process(known(id));
  else name_cgroups();
  unnamed_.clear();
}

void EntityRegistry::name_cgroups() {
  const auto walked = [&](uint32_t id) { return paths_.contains(known(id).key); };
  if (!std::all_of(unnamed_.begin(), unnamed_.end(), walked)) paths_ = walk_cgroups(hierarchy_.mount);
  for (const uint32_t id : unnamed_)
    if (const auto at = paths_.find(known(id).key); at != paths_.end()) name_by_path(known(id).entity, at->second);
}

std::vector<std::pair<uint32_t, std::string>> EntityRegistry::cgroup_folders() const {
  std::vector<std::pair<uint32_t, std::string>> folders;
  if (by_ == GroupBy::process) return folders;
  for (const auto& [id, known] : known_)
    if (known.entity.cgroup) folders.emplace_back(id, hierarchy_.mount + *known.entity.cgroup);
  std::sort(folders.begin(), folders.end());
  return folders;
}

// What it is called now, if it is still the same process; else what it was called when first seen.
void EntityRegistry::name_process(Known& known) const {
  Entity& entity = known.entity;
  if (!exists(known)) return;
  const std::string folder = fmt::format("{}/{}", proc_root_, *entity.pid);
  if (auto comm = read_text_file(folder + "/comm", 256); comm && !chomp(*comm).empty()) {
    entity.comm = std::string(chomp(*comm));
    entity.name = *entity.comm;
  }
  entity.cgroup = cgroup_of_process(proc_root_, *entity.pid, hierarchy_);
}

bool EntityRegistry::exists(const Known& known) const {
  if (by_ == GroupBy::process) {
    const auto stat = read_text_file(fmt::format("{}/{}/stat", proc_root_, known.entity.pid.value_or(0)), 4096);
    return stat && same_start(*stat, known.start);
  }
  if (!known.entity.cgroup) return false;  // gone before it could be named
  struct stat now {};
  return ::stat((hierarchy_.mount + *known.entity.cgroup).c_str(), &now) == 0 && now.st_ino == known.key;
}

std::vector<uint32_t> EntityRegistry::gone_of(const std::vector<uint32_t>& ids) const {
  std::vector<uint32_t> gone;
  for (const uint32_t id : ids) {
    const auto at = known_.find(id);
    if (id >= kFirstEntity && (at == known_.end() || !exists(at->second))) gone.push_back(id);
  }
  return gone;
}

void EntityRegistry::forget(const std::vector<uint32_t>& ids) {
  for (const uint32_t id : ids) {
    const auto at = known_.find(id);
    if (id < kFirstEntity || at == known_.end()) continue;
    id_of_key_.erase(at->second.key);
    paths_.erase(at->second.key);
    known_.erase(at);
  }
  if (ids.empty()) return;
  for (Cached& cached : cache_)
    if (cached.key != 0 && !known_.contains(cached.id)) cached = {};
}

void name_by_path(Entity& entity, const std::string& path) {
  static constexpr std::array<std::string_view, 6> kUnits = {".service", ".scope", ".slice",
                                                             ".socket",  ".mount", ".swap"};
  entity.cgroup = path;
  entity.kind = EntityKind::cgroup;
  entity.name = path;
  const std::string leaf = path.substr(path.rfind('/') + 1);
  for (const std::string_view suffix : kUnits) {
    if (!leaf.ends_with(suffix) || leaf.size() == suffix.size()) continue;
    entity.kind = EntityKind::unit;
    entity.name = leaf;
  }
}

// Names and inode numbers come with the listing: nothing but folders is opened, no file is looked at.
std::unordered_map<uint64_t, std::string> walk_cgroups(const std::string& mount) {
  std::unordered_map<uint64_t, std::string> paths;
  struct stat root {};
  if (mount.empty() || ::stat(mount.c_str(), &root) != 0) return paths;
  paths[root.st_ino] = "/";
  std::vector<std::string> folders = {""};
  while (!folders.empty()) {
    const std::string folder = std::move(folders.back());
    folders.pop_back();
    const std::unique_ptr<DIR, int (*)(DIR*)> listing(opendir((mount + folder).c_str()), closedir);
    struct stat here {};
    // Gone meanwhile, or another file system mounted there.
    if (!listing || fstat(dirfd(listing.get()), &here) != 0 || here.st_dev != root.st_dev) continue;
    while (const dirent* entry = readdir(listing.get())) {
      const std::string_view name = entry->d_name;
      if (entry->d_type != DT_DIR || name == "." || name == "..") continue;
      std::string path = folder + "/" + std::string(name);
      paths[entry->d_ino] = path;
      folders.push_back(std::move(path));
    }
  }
  return paths;
}

}  // namespace smtscope
