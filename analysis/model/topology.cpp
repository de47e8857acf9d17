// SPDX-License-Identifier: Apache-2.0
#include "model/topology.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace smtscope {
namespace {

template <class Item>
const Item* find_by_id(const std::vector<Item>& items, uint32_t id) {
  const auto at = std::lower_bound(items.begin(), items.end(), id,
                                   [](const Item& item, uint32_t wanted) { return item.id < wanted; });
  return at != items.end() && at->id == id ? &*at : nullptr;
}

uint32_t different_labels(const std::vector<Core>& cores, std::optional<uint32_t> Core::*label) {
  std::set<uint32_t> labels;
  for (const Core& core : cores)
    if (const std::optional<uint32_t>& value = core.*label) labels.insert(*value);
  return std::max<uint32_t>(1, static_cast<uint32_t>(labels.size()));
}

// What a core is grouped by: a cache, else a package, else one group for the rest.
using GroupKey = std::tuple<int, uint32_t>;

GroupKey group_key(const Core& core) {
  if (core.llc) return {0, *core.llc};
  if (core.package) return {1, *core.package};
  return {2, 0};
}

}  // namespace

uint32_t Topology::online_cpus() const {
  return static_cast<uint32_t>(std::count_if(cpus.begin(), cpus.end(), [](const Cpu& cpu) { return cpu.online; }));
}

uint32_t Topology::threads_per_core() const {
  size_t most = 0;
  for (const Core& core : cores) most = std::max(most, core.cpus.size());
  return static_cast<uint32_t>(most);
}

uint32_t Topology::packages() const { return different_labels(cores, &Core::package); }

uint32_t Topology::nodes() const { return different_labels(cores, &Core::node); }

const Cpu* Topology::find_cpu(uint32_t cpu_id) const { return find_by_id(cpus, cpu_id); }

const Core* Topology::find_core(uint32_t core_id) const { return find_by_id(cores, core_id); }

const Core* Topology::core_of(uint32_t cpu_id) const {
  const Cpu* cpu = find_cpu(cpu_id);
  return cpu && cpu->core ? find_core(*cpu->core) : nullptr;
}

bool Topology::same_tree(const Topology& other) const { return cpus == other.cpus && cores == other.cores; }

void attest(Topology& topology, const HostFacts& facts, Attestation mode) {
  const auto decide = [&topology](bool attested, std::string reason) {
    topology.attested = attested;
    topology.attested_reason = std::move(reason);
  };
  if (mode == Attestation::yes) return decide(true, "the configuration says so");
  if (mode == Attestation::no) return decide(false, "the configuration says so");
  if (topology.source == TopologySource::override_) return decide(false, "siblings were stated by hand");
  if (!facts.hypervisor) return decide(false, "cannot tell whether a hypervisor runs this machine");
  if (*facts.hypervisor != "none")
    return decide(false, "hypervisor (" + *facts.hypervisor + "): siblings may be invented, virtual CPUs not pinned");
  decide(true, "bare metal, topology from sysfs");
}

void unattest(Topology& topology, std::string reason) {
  if (!topology.attested && !topology.attested_reason.empty()) return;
  topology.attested = false;
  topology.attested_reason = std::move(reason);
}

ScanOrder scan_order(const Topology& topology) {
  // Groups in the order of their lowest core, cores ascending within.
  std::map<GroupKey, uint32_t> lowest_core;
  for (const Core& core : topology.cores) lowest_core.try_emplace(group_key(core), core.id);
  std::map<uint32_t, std::vector<uint32_t>> groups;
  for (const Core& core : topology.cores) {
    std::vector<uint32_t>& group = groups[lowest_core[group_key(core)]];
    group.insert(group.end(), core.cpus.begin(), core.cpus.end());
  }
  ScanOrder order;
  for (const auto& [lowest, group] : groups) {
    const std::pair<uint32_t, uint32_t> range(order.cpus.size(), group.size());
    for (const uint32_t cpu : group) order.range_of_cpu.emplace(cpu, range);
    order.cpus.insert(order.cpus.end(), group.begin(), group.end());
  }
  return order;
}

}  // namespace smtscope
