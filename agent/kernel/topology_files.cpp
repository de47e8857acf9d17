// SPDX-License-Identifier: Apache-2.0
#include "kernel/topology_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <set>

#include "kernel/cpulist.h"
#include "kernel/textfile.h"

namespace smtscope {
namespace {

constexpr int kMaxCacheIndexes = 8;         // an index may be missing between others
constexpr uint32_t kLowestSharedCache = 2;  // where only the first level is shown, the last one is hidden

using Labels = std::map<uint32_t, CpuLabels>;

// No folder: a kernel without NUMA. A CPU that several nodes list (numa=fake) belongs to none for sure.
Result<> read_nodes(const TopologyFiles& files, const CpuList& online, Labels& labels) {
  const Result<CpuList> nodes = files.filled_list(files.in_node_dir("online"));
  if (!nodes && (files.lenient() || is_absent(nodes.error()))) return {};
  if (!nodes) return tl::unexpected(nodes.error());
  std::set<uint32_t> in_several;
  for (const uint32_t node : *nodes) {
    const Result<CpuList> cpus = files.list(files.in_node_dir(fmt::format("node{}/cpulist", node)));
    if (!cpus && (files.lenient() || is_absent(cpus.error()))) continue;
    if (!cpus) return tl::unexpected(cpus.error());
    for (const uint32_t cpu : intersection(*cpus, online)) {  // empty: a node of memory only
      std::optional<uint32_t>& label = labels[cpu].node;
      if (label) in_several.insert(cpu);
      label = node;
    }
  }
  for (const uint32_t cpu : in_several) labels[cpu].node.reset();
  return {};
}

// The CPUs that share the highest level of data or unified cache with this one; empty: not known.
Result<CpuList> last_level_cache(const TopologyFiles& files, const CpuList& online, uint32_t cpu) {
  uint32_t highest = kLowestSharedCache - 1;
  std::string list_path;
  for (int index = 0; index < kMaxCacheIndexes; ++index) {
    const std::string folder = files.of_cpu(cpu, fmt::format("cache/index{}", index));
    const Result<std::string> type = files.text(folder + "/type");
    if (!type || (chomp(*type) != "Unified" && chomp(*type) != "Data")) continue;
    const auto level = files.label(folder + "/level");
    if (!level) return tl::unexpected(level.error());
    if (!*level || **level <= highest) continue;
    highest = **level;
    list_path = folder + "/shared_cpu_list";
  }
  if (list_path.empty()) return CpuList{};
  const Result<CpuList> list = files.list(list_path);
  if (!list && (files.lenient() || is_absent(list.error()))) return CpuList{};
  if (!list) return tl::unexpected(list.error());
  CpuList running = intersection(*list, online);
  return contains(running, cpu) ? running : CpuList{};
}

// A group that its members do not all name alike is no known group.
void label_caches(const std::map<uint32_t, CpuList>& caches, Labels& labels) {
  for (const auto& [cpu, group] : caches) {
    if (group.empty() || group.front() != cpu) continue;
    const bool agreed = std::all_of(group.begin(), group.end(),
                                    [&, &mine = group](uint32_t member) { return caches.at(member) == mine; });
    if (!agreed) continue;
    for (const uint32_t member : group) labels[member].llc = group.front();
  }
}

}  // namespace

bool contains(const CpuList& list, uint32_t cpu) { return std::binary_search(list.begin(), list.end(), cpu); }

CpuList intersection(const CpuList& a, const CpuList& b) {
  CpuList out;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
  return out;
}

Failure contradiction(std::string what) { return fail(ErrorKind::input, std::move(what), kStateSiblings); }

bool is_absent(const Error& error) { return error.kind == ErrorKind::no_input; }

std::string TopologyFiles::in_cpu_dir(std::string_view name) const { return fmt::format("{}/{}", cpu_dir_, name); }

std::string TopologyFiles::of_cpu(uint32_t cpu, std::string_view name) const {
  return fmt::format("{}/cpu{}/{}", cpu_dir_, cpu, name);
}

std::string TopologyFiles::in_node_dir(std::string_view name) const { return fmt::format("{}/{}", node_dir_, name); }

Result<CpuList> TopologyFiles::list(const std::string& path) const {
  const Result<std::string> text = read_(path);
  if (!text) return tl::unexpected(text.error());
  Result<CpuList> list = parse_cpulist(chomp(*text), kMaxCpus);
  if (!list) return contradiction(fmt::format("{} holds {}: {}", path, shown(*text), list.error().what));
  return list;
}

Result<CpuList> TopologyFiles::filled_list(const std::string& path) const {
  Result<CpuList> list = this->list(path);
  if (list && list->empty()) return contradiction(path + " is empty");
  return list;
}

Result<std::optional<uint32_t>> TopologyFiles::label(const std::string& path) const {
  const Result<std::string> text = read_(path);
  if (!text && (is_absent(text.error()) || lenient_)) return std::nullopt;
  if (!text) return tl::unexpected(text.error());
  const std::string_view digits = chomp(*text);
  int32_t number = 0;  // the kernel's type
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error == std::errc() && end == digits.data() + digits.size() && number >= -1)
    return number < 0 ? std::nullopt : std::optional<uint32_t>(number);
  if (lenient_) return std::nullopt;
  return contradiction(
      fmt::format("{} holds {}, which is not a number of a core, package or level", path, shown(*text)));
}

Result<std::map<uint32_t, CpuLabels>> read_cpu_labels(const TopologyFiles& files, const CpuList& online) {
  Labels labels;
  std::map<uint32_t, CpuList> caches;
  if (Result<> nodes = read_nodes(files, online, labels); !nodes) return tl::unexpected(nodes.error());
  for (const uint32_t cpu : online) {
    const auto package = files.label(files.of_cpu(cpu, "topology/physical_package_id"));
    if (!package) return tl::unexpected(package.error());
    const auto core = files.label(files.of_cpu(cpu, "topology/core_id"));
    if (!core) return tl::unexpected(core.error());
    auto cache = last_level_cache(files, online, cpu);
    if (!cache) return tl::unexpected(cache.error());
    labels[cpu].package = *package;
    labels[cpu].core = *core;
    caches[cpu] = std::move(*cache);
  }
  label_caches(caches, labels);
  return labels;
}

}  // namespace smtscope
