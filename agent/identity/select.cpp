// SPDX-License-Identifier: Apache-2.0
#include "identity/select.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "kernel/textfile.h"

namespace smtscope {
namespace {

constexpr size_t kMostShown = 10;

struct Candidates {
  std::vector<Selection> found;
  std::vector<std::string> near;  // names that contain what was asked for
};

bool is_hex_id(std::string_view name) {
  return name.size() >= 12 && name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool path_matches(const std::string& path, const std::string& name) {
  if (path == name || path.ends_with("/" + name)) return true;
  const std::string_view leaf = std::string_view(path).substr(path.rfind('/') + 1);
  return is_hex_id(name) && leaf.find(name) != std::string_view::npos;
}

void find_cgroups(const std::string& name, const CgroupHierarchy& hierarchy, Candidates& out) {
  for (const auto& [id, path] : walk_cgroups(hierarchy.mount)) {
    if (path_matches(path, name)) out.found.push_back({GroupBy::cgroup, id, std::nullopt, path});
    else if (path.find(name) != std::string::npos) out.near.push_back(path);
  }
}

std::optional<uint32_t> as_pid(const std::string& name) {
  uint32_t pid = 0;
  const auto parsed = std::from_chars(name.data(), name.data() + name.size(), pid);
  if (parsed.ec != std::errc() || parsed.ptr != name.data() + name.size()) return std::nullopt;
  return pid;
}

void find_processes(const std::string& name, const std::string& proc_root, Candidates& out) {
  const auto wanted = as_pid(name);
  for (const uint32_t pid : list_pids(proc_root)) {
    const auto comm = read_text_file(fmt::format("{}/{}/comm", proc_root, pid), 256);
    if (!comm) continue;
    const std::string command(chomp(*comm));
    if (wanted ? *wanted == pid : command == name)
      out.found.push_back({GroupBy::process, std::nullopt, pid, fmt::format("{} (pid {})", command, pid)});
    else if (!wanted && command.find(name) != std::string::npos)
      out.near.push_back(fmt::format("{} (pid {})", command, pid));
  }
}

// With --by cgroup a process stands for the cgroup it is in.
void as_cgroups(Candidates& candidates, const CgroupHierarchy& hierarchy, const std::string& proc_root) {
  const auto tree = walk_cgroups(hierarchy.mount);
  std::vector<Selection> cgroups;
  for (const Selection& process : candidates.found) {
    const auto path = cgroup_of_process(proc_root, *process.pid, hierarchy);
    const auto at = std::find_if(tree.begin(), tree.end(), [&](const auto& entry) { return entry.second == path; });
    if (at == tree.end()) continue;
    const auto same = [&](const Selection& s) { return s.cgroup_id == at->first; };
    if (std::none_of(cgroups.begin(), cgroups.end(), same))
      cgroups.push_back({GroupBy::cgroup, at->first, std::nullopt, at->second});
  }
  candidates.found = std::move(cgroups);
}

Failure not_one(const std::string& name, Candidates& c) {
  const bool several = c.found.size() > 1;
  std::vector<std::string> names;
  for (const Selection& s : c.found) names.push_back(s.name);
  if (!several) names = c.near;
  std::sort(names.begin(), names.end());
  const size_t more = names.size() > kMostShown ? names.size() - kMostShown : 0;
  names.resize(names.size() - more);
  std::string mend = names.empty() ? "see `smtscope stat --all` for what runs here"
                                   : fmt::format("name one of: {}", fmt::join(names, ", "));
  if (more) mend += fmt::format(" ({} more)", more);
  return fail(ErrorKind::usage,
              several ? fmt::format("--of '{}' means {} entities", name, c.found.size())
                      : fmt::format("--of '{}': nothing of that name runs here", name),
              std::move(mend));
}

}  // namespace

bool Selection::matches(const Entity& entity) const {
  if (!cgroup_id && !pid) return entity.id == kKernelEntity;
  return by == GroupBy::cgroup ? entity.cgroup_id == cgroup_id && cgroup_id.has_value()
                               : entity.pid == pid && pid.has_value();
}

Result<Selection> select_entity(const std::string& name, std::optional<GroupBy> by, const CgroupHierarchy& hierarchy,
                                const std::string& proc_root) {
  if (name == "kernel" && by != GroupBy::process) return Selection{GroupBy::cgroup, {}, {}, "kernel"};
  Candidates candidates;
  if (by != GroupBy::process && !as_pid(name)) find_cgroups(name, hierarchy, candidates);
  if (candidates.found.empty()) {
    find_processes(name, proc_root, candidates);
    if (by == GroupBy::cgroup) as_cgroups(candidates, hierarchy, proc_root);
  }
  if (candidates.found.size() != 1) return not_one(name, candidates);
  return candidates.found.front();
}

}  // namespace smtscope
