// SPDX-License-Identifier: Apache-2.0
#include "identity/cgroup_hierarchy.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <map>
#include <sstream>

#include "kernel/textfile.h"

namespace smtscope {
namespace {

constexpr size_t kMostBytes = 1 << 20;
constexpr std::array<std::string_view, 3> kPreferred = {"cpu", "memory", "pids"};

std::vector<std::string> split(std::string_view text, char by) {
  std::vector<std::string> parts;
  size_t from = 0;
  while (from <= text.size()) {
    const size_t to = std::min(text.find(by, from), text.size());
    if (to > from) parts.emplace_back(text.substr(from, to - from));
    from = to + 1;
  }
  return parts;
}

// mountinfo escapes space, tab, newline and backslash as \ooo.
std::string unescape(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); i++) {
    int code = 0;
    if (text[i] == '\\' && i + 3 < text.size() &&
        std::from_chars(text.data() + i + 1, text.data() + i + 4, code, 8).ptr == text.data() + i + 4) {
      out += static_cast<char>(code);
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

bool v2_manages(const std::string& mount) {
  const auto text = read_text_file(mount + "/cgroup.controllers", kMostBytes);
  if (!text) return false;
  for (std::string name : split(*text, ' ')) {
    while (!name.empty() && name.back() == '\n') name.pop_back();
    if (std::find(kPreferred.begin(), kPreferred.end(), name) != kPreferred.end()) return true;
  }
  return false;
}

CgroupHierarchy v1_hierarchy(const std::string& controller, const std::string& mount) {
  return {false, controller, mount, fmt::format("cgroup v1 ({})", controller)};
}

// Processes outside the root, by v1 controller.
std::map<std::string, size_t> count_members(const std::string& proc_root, const CgroupMounts& mounts) {
  std::map<std::string, size_t> members;
  for (const uint32_t pid : list_pids(proc_root)) {
    const auto text = read_text_file(fmt::format("{}/{}/cgroup", proc_root, pid), kMostBytes);
    if (!text) continue;
    for (const auto& [controller, mount] : mounts.v1) {
      const auto path = cgroup_path_in(*text, v1_hierarchy(controller, mount));
      members[controller] += path && *path != "/";
    }
  }
  return members;
}

}  // namespace

// Lines like "36 35 98:0 /root /mount options - type source super-options".
CgroupMounts parse_mountinfo(std::string_view text) {
  static constexpr std::array<std::string_view, 12> kControllers = {"cpu",        "cpuacct", "cpuset",   "memory",
                                                                    "pids",       "blkio",   "devices",  "freezer",
                                                                    "perf_event", "net_cls", "net_prio", "hugetlb"};
  CgroupMounts mounts;
  for (const std::string& line : split(text, '\n')) {
    const size_t dash = line.find(" - ");
    if (dash == std::string::npos) continue;
    const auto front = split(std::string_view(line).substr(0, dash), ' ');
    const auto back = split(std::string_view(line).substr(dash + 3), ' ');
    if (front.size() < 5 || back.empty()) continue;
    const std::string mount = unescape(front[4]);
    if (back[0] == "cgroup2" && !mounts.v2) mounts.v2 = mount;
    if (back[0] != "cgroup" || back.size() < 3) continue;
    for (const std::string& option : split(back[2], ','))
      if (std::find(kControllers.begin(), kControllers.end(), option) != kControllers.end())
        mounts.v1.emplace(option, mount);
  }
  return mounts;
}

std::vector<uint32_t> list_pids(const std::string& proc_root) {
  std::vector<uint32_t> pids;
  std::error_code error;
  for (std::filesystem::directory_iterator at(proc_root, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    uint32_t pid = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (parsed.ec == std::errc() && parsed.ptr == name.data() + name.size()) pids.push_back(pid);
  }
  std::sort(pids.begin(), pids.end());
  return pids;
}

// "4:memory:/path" (v1, several controllers with commas) or "0::/path" (v2); paths may hold colons.
std::optional<std::string> cgroup_path_in(std::string_view text, const CgroupHierarchy& hierarchy) {
  for (const std::string& line : split(text, '\n')) {
    const size_t first = line.find(':');
    const size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string_view controllers = std::string_view(line).substr(first + 1, second - first - 1);
    const std::string path = line.substr(second + 1);
    if (hierarchy.v2) {
      if (line.starts_with("0:") && controllers.empty()) return path;
      continue;
    }
    for (const std::string& controller : split(controllers, ','))
      if (controller == hierarchy.controller) return path;
  }
  return std::nullopt;
}

std::optional<std::string> cgroup_of_process(const std::string& proc_root, uint32_t pid,
                                             const CgroupHierarchy& hierarchy) {
  const auto text = read_text_file(fmt::format("{}/{}/cgroup", proc_root, pid), kMostBytes);
  if (!text) return std::nullopt;
  return cgroup_path_in(*text, hierarchy);
}

Result<CgroupHierarchy> choose_hierarchy(const std::string& proc_root, const std::optional<std::string>& wanted) {
  const auto text = read_text_file(proc_root + "/self/mountinfo", kMostBytes);
  if (!text) return Failure(Error(text.error()).within("cannot find the cgroup hierarchies"));
  const CgroupMounts mounts = parse_mountinfo(*text);
  const CgroupHierarchy v2{true, "", mounts.v2.value_or(""), "cgroup v2"};
  if (wanted) {
    if (*wanted == "v2" && mounts.v2) return v2;
    if (const auto at = mounts.v1.find(*wanted); at != mounts.v1.end()) return v1_hierarchy(at->first, at->second);
    std::string choices = mounts.v2 ? "v2" : "";
    for (const auto& [controller, mount] : mounts.v1) choices += (choices.empty() ? "" : ", ") + controller;
    return fail(ErrorKind::usage, fmt::format("no cgroup hierarchy '{}' is mounted here", *wanted),
                choices.empty() ? "no cgroup hierarchy is mounted: use --by pid" : "choose one of: " + choices);
  }
  if (mounts.v2 && (mounts.v1.empty() || v2_manages(*mounts.v2))) return v2;
  if (mounts.v1.empty())
    return fail(ErrorKind::unsupported, "no cgroup hierarchy is mounted",
                "mount cgroup2 at /sys/fs/cgroup, or use --by pid");
  auto members = count_members(proc_root, mounts);
  std::optional<std::string> best;
  const auto consider = [&](const std::string& controller) {
    if (mounts.v1.contains(controller) && (!best || members[controller] > members[*best])) best = controller;
  };
  for (const std::string_view controller : kPreferred) consider(std::string(controller));
  for (const auto& [controller, mount] : mounts.v1) consider(controller);
  return v1_hierarchy(*best, mounts.v1.at(*best));
}

}  // namespace smtscope
