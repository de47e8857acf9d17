// SPDX-License-Identifier: Apache-2.0
#include "identity/registry.h"

#include <fmt/format.h>
#include <fts.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstring>
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

EntityRegistry::EntityRegistry(GroupBy by, CgroupHierarchy hierarchy, std::string proc_root)
    : by_(by), hierarchy_(std::move(hierarchy)), proc_root_(std::move(proc_root)), cache_(kKernelSideIds) {
  entities_.resize(kFirstEntity);
  starts_.resize(kFirstEntity);
  entities_[kKernelEntity] = {.id = kKernelEntity,
                              .kind = EntityKind::kernel,
                              .name = "kernel",
                              .cgroup = {},
                              .cgroup_id = {},
                              .pid = {},
                              .comm = {}};
  entities_[kOtherEntity] = {.id = kOtherEntity,
                             .kind = EntityKind::other,
                             .name = "other",
                             .cgroup = {},
                             .cgroup_id = {},
                             .pid = {},
                             .comm = {}};
}

const Entity* EntityRegistry::find(uint32_t id) const {
  return id == kIdleEntity || id == kUnknownEntity || id >= entities_.size() ? nullptr : &entities_[id];
}

uint32_t EntityRegistry::resolve(uint32_t kernel_id, const IdInfo& info) {
  if (kernel_id < kFirstLentId) return kernel_id;  // the fixed ids are the same on both sides
  if (info.key == 0 || kernel_id >= cache_.size()) return kOtherEntity;
  Cached& cached = cache_[kernel_id];
  if (cached.key == info.key) return cached.id;
  const auto [at, is_new] = id_of_key_.try_emplace(info.key, static_cast<uint32_t>(entities_.size()));
  cached = {info.key, at->second};
  if (!is_new) return at->second;
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
  entities_.push_back(std::move(entity));
  starts_.push_back(info.start);
  unnamed_.push_back(at->second);
  return at->second;
}

void EntityRegistry::name_new() {
  if (unnamed_.empty()) return;
  if (by_ == GroupBy::process)
    for (const uint32_t id : unnamed_) name_process(entities_[id]);
  else name_cgroups();
  unnamed_.clear();
}

void EntityRegistry::name_cgroups() {
  const auto known = [&](uint32_t id) { return paths_.contains(*entities_[id].cgroup_id); };
  if (!std::all_of(unnamed_.begin(), unnamed_.end(), known)) paths_ = walk_cgroups(hierarchy_.mount);
  for (const uint32_t id : unnamed_)
    if (const auto at = paths_.find(*entities_[id].cgroup_id); at != paths_.end())
      name_by_path(entities_[id], at->second);
}

// What it is called now, if it is still the same process; else what it was called when first seen.
void EntityRegistry::name_process(Entity& entity) const {
  const std::string folder = fmt::format("{}/{}", proc_root_, *entity.pid);
  const auto stat = read_text_file(folder + "/stat", 4096);
  if (!stat || !same_start(*stat, starts_[entity.id])) return;
  if (auto comm = read_text_file(folder + "/comm", 256); comm && !chomp(*comm).empty()) {
    entity.comm = std::string(chomp(*comm));
    entity.name = *entity.comm;
  }
  entity.cgroup = cgroup_of_process(proc_root_, *entity.pid, hierarchy_);
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

std::unordered_map<uint64_t, std::string> walk_cgroups(const std::string& mount) {
  std::unordered_map<uint64_t, std::string> paths;
  if (mount.empty()) return paths;
  std::string root = mount;
  char* const roots[] = {root.data(), nullptr};
  // Stays in this file system; cgroups that go while we walk are reported as such and skipped.
  FTS* walk = fts_open(roots, FTS_PHYSICAL | FTS_XDEV | FTS_NOCHDIR, nullptr);
  if (!walk) return paths;
  while (const FTSENT* entry = fts_read(walk)) {
    if (entry->fts_info != FTS_D) continue;
    const std::string_view path = std::string_view(entry->fts_path, entry->fts_pathlen).substr(mount.size());
    paths[entry->fts_statp->st_ino] = path.empty() ? "/" : path;
  }
  fts_close(walk);
  return paths;
}

}  // namespace smtscope
