// SPDX-License-Identifier: Apache-2.0
// Siblings as the user states them, over a topology that was read.
#include <fmt/format.h>

#include <map>

#include "kernel/cpulist.h"
#include "kernel/textfile.h"
#include "kernel/topology_reader.h"

namespace smtscope {
namespace {

constexpr const char* kMend = "groups of CPUs that share a core, for example --siblings '0,1;2,3'";

Failure wrong(std::string_view spec, std::string what) {
  return fail(ErrorKind::usage, fmt::format("--siblings {}: {}", shown(spec), what), kMend);
}

std::string list_where(const Topology& topology, bool online_only) {
  std::vector<uint32_t> ids;
  for (const Cpu& cpu : topology.cpus)
    if (cpu.online || !online_only) ids.push_back(cpu.id);
  return format_cpulist(ids);
}

// What the CPUs of a new core agree on.
Core merge(const Topology& base, const std::vector<uint32_t>& cpus) {
  Core core;
  if (const Core* first = base.core_of(cpus.front())) core = *first;
  for (const uint32_t cpu : cpus) {
    const Core* old = base.core_of(cpu);
    for (const auto label : {&Core::package, &Core::core_label, &Core::node, &Core::llc})
      if (!old || core.*label != old->*label) (core.*label).reset();
  }
  core.id = cpus.front();
  core.cpus = cpus;
  return core;
}

// The groups as they are written, each checked against the machine; keyed by lowest CPU.
Result<std::map<uint32_t, std::vector<uint32_t>>> parse_groups(const Topology& base, std::string_view spec) {
  std::map<uint32_t, std::vector<uint32_t>> groups;
  std::map<uint32_t, size_t> group_of_cpu;
  for (size_t number = 1;; ++number) {
    const size_t end = spec.find(';');
    const std::string_view text = spec.substr(0, end);
    const auto cpus = parse_cpulist(text, kMaxCpus);
    if (!cpus) return wrong(text, cpus.error().what);
    if (cpus->empty()) return wrong(spec, fmt::format("group {} is empty", number));
    for (const uint32_t id : *cpus) {
      const Cpu* cpu = base.find_cpu(id);
      if (!cpu) return wrong(text, fmt::format("there is no CPU {} (present: {})", id, list_where(base, false)));
      if (!cpu->online) return wrong(text, fmt::format("CPU {} is offline (online: {})", id, list_where(base, true)));
      const auto [at, added] = group_of_cpu.emplace(id, number);
      if (!added) return wrong(text, fmt::format("CPU {} is in group {} already", id, at->second));
    }
    if (cpus->size() > kMaxSiblings)
      return wrong(text, fmt::format("{} siblings, a core has at most {}", cpus->size(), kMaxSiblings));
    groups.emplace(cpus->front(), *cpus);
    if (end == std::string_view::npos) return groups;
    spec.remove_prefix(end + 1);
  }
}

}  // namespace

Result<Topology> override_siblings(Topology base, std::string_view spec) {
  const auto groups = parse_groups(base, spec);
  if (!groups) return tl::unexpected(groups.error());
  std::map<uint32_t, uint32_t> core_of_cpu;
  for (const auto& [core, cpus] : *groups)
    for (const uint32_t cpu : cpus) core_of_cpu[cpu] = core;

  std::vector<Core> cores;
  for (const Cpu& cpu : base.cpus) {
    if (!cpu.online) continue;
    const auto [at, alone] = core_of_cpu.emplace(cpu.id, cpu.id);
    if (at->second == cpu.id) cores.push_back(merge(base, alone ? std::vector{cpu.id} : groups->at(cpu.id)));
  }
  for (Cpu& cpu : base.cpus)
    if (cpu.online) cpu.core = core_of_cpu[cpu.id];
  base.cores = std::move(cores);
  base.source = TopologySource::override_;
  base.attested = false;
  base.attested_reason = "siblings were stated by hand";
  return base;
}

Result<Topology> load_topology(const std::string& sys_root, const std::optional<std::string>& siblings) {
  if (!siblings) return read_topology(sys_root);
  Result<Topology> base = read_topology(sys_root, Siblings::by_hand);
  if (!base) return base;
  return override_siblings(std::move(*base), *siblings);
}

}  // namespace smtscope
