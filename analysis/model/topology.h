// SPDX-License-Identifier: Apache-2.0
// Which CPUs exist and which of them share a core. A value; agent/kernel reads it from sysfs.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/result.h"

namespace smtscope {

inline constexpr uint32_t kMaxSiblings = 8;

// One logical CPU. Ids are labels: sparse, never indexes.
struct Cpu {
  uint32_t id = 0;
  bool online = false;
  bool isolated = false;
  std::optional<uint32_t> core;  // Core::id; none while offline
  bool operator==(const Cpu&) const = default;
};

// One physical core with its online CPUs.
struct Core {
  uint32_t id = 0;                     // lowest CPU number among the siblings: unique on the host
  std::optional<uint32_t> package;     // label from sysfs
  std::optional<uint32_t> core_label;  // sysfs core_id: repeats per package
  std::optional<uint32_t> node;        // NUMA node
  std::optional<uint32_t> llc;         // group of the last-level cache: lowest CPU number that shares it
  std::vector<uint32_t> cpus;          // 1..8, ascending
  bool operator==(const Core&) const = default;
};

enum class TopologySource { sysfs, override_ };

struct Topology {
  std::vector<Cpu> cpus;    // present CPUs, ascending by id
  std::vector<Core> cores;  // cores with at least one CPU online, ascending by id
  TopologySource source = TopologySource::sysfs;
  uint32_t generation = 1;      // raised whenever the tree changed
  uint32_t possible_cpus = 0;   // highest possible CPU number + 1: what per-CPU maps are sized from
  bool attested = false;        // claims about hardware may be made
  std::string attested_reason;  // why, or why not

  [[nodiscard]] uint32_t online_cpus() const;
  [[nodiscard]] uint32_t threads_per_core() const;  // most siblings of any core; 0 without cores
  [[nodiscard]] uint32_t packages() const;          // different labels; 1 if none is known
  [[nodiscard]] uint32_t nodes() const;             // different labels; 1 if none is known
  // nullptr: not in the tree (core_of: or offline).
  [[nodiscard]] const Cpu* find_cpu(uint32_t cpu_id) const;
  [[nodiscard]] const Core* find_core(uint32_t core_id) const;
  [[nodiscard]] const Core* core_of(uint32_t cpu_id) const;
  // Equal cores and CPUs; generation and attestation aside.
  [[nodiscard]] bool same_tree(const Topology& other) const;
};

// What every header says about the node; an absent value could not be read (or does not exist).
struct HostFacts {
  std::string name;
  std::string kernel;
  std::optional<std::string> cpu_model;
  std::optional<std::string> smt_control;  // /sys/devices/system/cpu/smt/control
  std::optional<bool> smt_active;
  std::optional<std::string> core_scheduling;  // "unsupported", "not in use", "in use (N processes)"
  std::optional<std::string> hypervisor;       // "none" on bare metal
  std::optional<std::string> clocksource;
  std::vector<std::pair<std::string, std::string>> vulnerabilities;  // name, text: those that speak of SMT
  std::vector<std::pair<std::string, std::string>> mitigations;      // the same, of all vulnerabilities
  std::optional<std::string> governor;  // of frequency: "performance", "performance, powersave" where CPUs differ
  bool operator==(const HostFacts&) const = default;
};

// What the configuration says about the topology; `automatic` leaves it to the host facts.
enum class Attestation { automatic, yes, no };

// Decides whether claims about hardware may be made. Accounting never depends on it.
void attest(Topology& topology, const HostFacts& facts, Attestation mode);
// Takes the claim back, for example after steal; a topology that was not attested keeps its first reason.
void unattest(Topology& topology, std::string reason);

// The order in which placement looks for idle cores: online CPUs by last-level cache, siblings adjacent.
// A core without a known cache is grouped with its like by package, without a package with all its like.
struct ScanOrder {
  std::vector<uint32_t> cpus;
  std::map<uint32_t, std::pair<uint32_t, uint32_t>> range_of_cpu;  // CPU -> first index of its group, count
};
[[nodiscard]] ScanOrder scan_order(const Topology& topology);

}  // namespace smtscope
