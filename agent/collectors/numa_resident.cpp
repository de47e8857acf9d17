// SPDX-License-Identifier: Apache-2.0
#include "collectors/numa_resident.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "kernel/numa_files.h"
#include "kernel/textfile.h"

namespace smtscope {
namespace {

constexpr size_t kMostBytes = 1 << 20;

// Folders in folders are links in these file systems: two of its own, one for each child.
bool has_children(const std::string& folder) {
  struct stat now {};
  return ::stat(folder.c_str(), &now) == 0 && now.st_nlink > 2;
}

}  // namespace

void NumaResident::read_one(const std::string& folder, Held& held, uint64_t now_ns) {
  held.tried_ns = now_ns;
  held.read_ns = 0;
  const auto text = read_text_file(folder + "/memory.numa_stat", kMostBytes);
  if (!text) {
    reason_ = text.error().kind == ErrorKind::permission ? Reason::permission : Reason::unsupported;
    why_ = text.error().what;
    return;
  }
  auto stat = parse_memory_numa_stat(*text, static_cast<uint64_t>(sysconf(_SC_PAGESIZE)));
  if (!stat) {
    reason_ = Reason::implausible;
    why_ = stat.error().what;
    return;
  }
  // The root and inner cgroups of v2: what is theirs alone is not told.
  if (stat->with_descendants && has_children(folder)) return;
  held.read_ns = now_ns;
  held.bytes = std::move(stat->bytes);
}

void NumaResident::read(const std::vector<EntityCgroup>& cgroups, uint64_t now_ns) {
  std::map<uint32_t, Held> now;
  std::vector<std::pair<uint64_t, const EntityCgroup*>> order;
  for (const EntityCgroup& cgroup : cgroups) {
    const auto before = held_.find(cgroup.entity);
    Held& held = now[cgroup.entity];
    if (before != held_.end()) held = std::move(before->second);
    order.emplace_back(held.tried_ns, &cgroup);
  }
  held_ = std::move(now);
  std::stable_sort(order.begin(), order.end(), [](const auto& l, const auto& r) { return l.first < r.first; });
  if (order.size() > kMostNumaFiles) order.resize(kMostNumaFiles);
  reason_ = Reason::ok;
  why_.clear();
  for (const auto& [tried_ns, cgroup] : order) read_one(cgroup->folder, held_[cgroup->entity], now_ns);
}

void NumaResident::write(Snapshot& snapshot, uint64_t now_ns) const {
  const auto there = [&](const auto& entry) {
    return entry.second.read_ns != 0 && entry.second.read_ns + kOldestNs >= now_ns;
  };
  if (reason_ != Reason::ok && std::none_of(held_.begin(), held_.end(), there)) {
    snapshot.missing[Reading::entity_resident] = reason_;
    return;
  }
  Table& table = snapshot.tables[Reading::entity_resident];
  table.width = reading_width(Reading::entity_resident);
  for (const auto& entry : held_) {
    if (!there(entry)) continue;
    for (const auto& [node, bytes] : entry.second.bytes) *table.append({KeyKind::entity, entry.first, node}) = bytes;
  }
}

std::vector<uint32_t> NumaResident::entities() const {
  std::vector<uint32_t> all;
  for (const auto& [entity, held] : held_)
    if (held.read_ns != 0) all.push_back(entity);
  return all;
}

void NumaResident::forget(const std::vector<uint32_t>& entities) {
  for (const uint32_t entity : entities) held_.erase(entity);
}

}  // namespace smtscope
