// SPDX-License-Identifier: Apache-2.0
#include "kernel/numa_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <span>

#include "kernel/cpulist.h"
#include "kernel/textfile.h"

namespace smtscope {
namespace {

constexpr uint32_t kMaxNodes = 1024;  // the most that Linux can be built with (NODES_SHIFT 10)
constexpr size_t kMostBytes = 1 << 20;
constexpr std::array<std::string_view, kNumaAllocColumns> kAllocLines = {"numa_hit",       "numa_miss",  "numa_foreign",
                                                                         "interleave_hit", "local_node", "other_node"};
constexpr std::array<std::string_view, kNumaHintColumns> kHintLines = {"numa_hint_faults", "numa_hint_faults_local",
                                                                       "numa_pte_updates", "numa_pages_migrated"};
// Of v2: what adds up without overlap.
constexpr std::array<std::string_view, 7> kResidentLines = {
    "anon", "file", "kernel_stack", "pagetables", "sec_pagetables", "slab_reclaimable", "slab_unreclaimable"};

std::string_view next_token(std::string_view& text, char by) {
  const size_t end = std::min(text.find(by), text.size());
  const std::string_view token = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return token;
}

std::optional<uint64_t> number(std::string_view text) {
  uint64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

// Lines "name value": the value of each name; false for the ones that are not there.
struct Lines {
  std::vector<uint64_t> values;
  std::vector<bool> found;
};
Result<Lines> read_lines(std::string_view text, std::span<const std::string_view> names, std::string_view file) {
  Lines lines{std::vector<uint64_t>(names.size()), std::vector<bool>(names.size())};
  while (!text.empty()) {
    std::string_view line = next_token(text, '\n');
    const std::string_view whole = line;
    const auto at = std::find(names.begin(), names.end(), next_token(line, ' '));
    if (at == names.end()) continue;
    const auto value = number(line);
    if (!value) return fail(ErrorKind::input, fmt::format("a line of {} cannot be read: {}", file, shown(whole)));
    const auto i = static_cast<size_t>(at - names.begin());
    lines.values[i] = *value;
    lines.found[i] = true;
  }
  return lines;
}

// "N0=123": node and number.
std::optional<std::pair<uint32_t, uint64_t>> node_value(std::string_view token) {
  if (!token.starts_with('N')) return std::nullopt;
  token.remove_prefix(1);
  const auto node = number(next_token(token, '='));
  const auto value = number(token);
  if (!node || *node >= kMaxNodes || !value) return std::nullopt;
  return std::pair(static_cast<uint32_t>(*node), *value);
}

}  // namespace

Result<std::vector<uint32_t>> read_numa_nodes(const std::string& sys_root) {
  const auto text = read_text_file(sys_root + "/devices/system/node/online", kMaxSysfsBytes);
  if (!text && text.error().kind == ErrorKind::no_input) return std::vector<uint32_t>{0};  // CONFIG_NUMA is not set
  if (!text) return Failure(text.error());
  auto nodes = parse_cpulist(strip(*text), kMaxNodes);
  if (!nodes) return Failure(Error(nodes.error()).within("the list of NUMA nodes"));
  return nodes;
}

Result<NumaStat> parse_numastat(std::string_view text) {
  const auto lines = read_lines(text, kAllocLines, "numastat");
  if (!lines) return Failure(lines.error());
  NumaStat stat{};
  for (size_t i = 0; i < stat.size(); i++) {
    if (!lines->found[i]) return fail(ErrorKind::unsupported, fmt::format("numastat has no line {}", kAllocLines[i]));
    stat[i] = lines->values[i];
  }
  return stat;
}

Result<NumaStat> read_numastat(const std::string& sys_root, uint32_t node) {
  const auto text = read_text_file(fmt::format("{}/devices/system/node/node{}/numastat", sys_root, node), kMostBytes);
  if (!text) return Failure(text.error());
  return parse_numastat(*text);
}

Result<> numastat_counts(const std::string& proc_root) {
  const auto text = read_text_file(proc_root + "/sys/vm/numa_stat", kMaxSysfsBytes);
  if (!text || strip(*text) != "0") return {};
  return fail(ErrorKind::unsupported, "vm.numa_stat is 0: the kernel does not count allocations by node",
              "sysctl vm.numa_stat=1");
}

Result<NumaHints> parse_numa_hints(std::string_view text) {
  const auto lines = read_lines(text, kHintLines, "/proc/vmstat");
  if (!lines) return Failure(lines.error());
  NumaHints hints{};
  for (size_t i = 0; i < hints.size(); i++) {
    if (!lines->found[i])
      return fail(ErrorKind::unsupported,
                  fmt::format("/proc/vmstat has no {}: this kernel cannot balance memory", kHintLines[i]));
    hints[i] = lines->values[i];
  }
  return hints;
}

Result<NumaHints> read_numa_hints(const std::string& proc_root) {
  const auto text = read_text_file(proc_root + "/vmstat", kMostBytes);
  if (!text) return Failure(text.error());
  return parse_numa_hints(*text);
}

Result<NumaBalancing> read_numa_balancing(const std::string& proc_root) {
  const auto text = read_text_file(proc_root + "/sys/kernel/numa_balancing", kMaxSysfsBytes);
  if (!text && text.error().kind == ErrorKind::no_input)
    return fail(ErrorKind::unsupported, "this kernel has no kernel.numa_balancing",
                "use a kernel with CONFIG_NUMA_BALANCING");
  if (!text) return Failure(text.error());
  const auto mode = number(strip(*text));
  if (!mode) return fail(ErrorKind::input, "kernel.numa_balancing cannot be read: " + shown(*text));
  if (*mode == 0) return NumaBalancing::off;
  return *mode & 1 ? NumaBalancing::nodes : NumaBalancing::tiers_only;  // bit 1: memory tiers (5.18)
}

// v2: "anon N0=4096 N1=0" in bytes; v1: "total=12 N0=12 N1=0" in pages.
Result<NodeBytes> parse_memory_numa_stat(std::string_view text, uint64_t page_bytes) {
  std::map<uint32_t, uint64_t> bytes;
  bool v1 = false, v2 = false;
  while (!text.empty()) {
    std::string_view line = next_token(text, '\n');
    const std::string_view whole = line;
    const std::string_view name = next_token(line, ' ');
    const bool total = name.starts_with("total=");
    if (!total && std::find(kResidentLines.begin(), kResidentLines.end(), name) == kResidentLines.end()) continue;
    (total ? v1 : v2) = true;
    const uint64_t unit = total ? page_bytes : 1;
    while (!line.empty()) {
      const auto value = node_value(next_token(line, ' '));
      if (!value || value->second > UINT64_MAX / 16 / unit)
        return fail(ErrorKind::input, "a line of memory.numa_stat cannot be read: " + shown(whole));
      bytes[value->first] += value->second * unit;
    }
  }
  if (v1 == v2 || bytes.empty())
    return fail(ErrorKind::input, "memory.numa_stat says nothing of memory in use: " + shown(text));
  return NodeBytes{v2, {bytes.begin(), bytes.end()}};
}

}  // namespace smtscope
