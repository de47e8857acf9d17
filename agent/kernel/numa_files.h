// SPDX-License-Identifier: Apache-2.0
// What files of the kernel say about NUMA: nodes, allocations, hint faults, and where a cgroup's memory lies.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/result.h"
#include "model/snapshot.h"

namespace smtscope {

// Nodes that are online, with or without memory and CPUs, ascending; 0 alone where the kernel knows no NUMA.
[[nodiscard]] Result<std::vector<uint32_t>> read_numa_nodes(const std::string& sys_root);

// /sys/devices/system/node/nodeN/numastat, in the order of NumaAllocColumn; since boot. The kernel counts an
// allocation of several pages as one.
using NumaStat = std::array<uint64_t, kNumaAllocColumns>;
[[nodiscard]] Result<NumaStat> parse_numastat(std::string_view text);
[[nodiscard]] Result<NumaStat> read_numastat(const std::string& sys_root, uint32_t node);
// Fails if the kernel was told to stop counting them (vm.numa_stat, since 4.15).
[[nodiscard]] Result<> numastat_counts(const std::string& proc_root);

// The lines of /proc/vmstat in the order of NumaHintColumn; since boot. Unsupported if this kernel has none.
using NumaHints = std::array<uint64_t, kNumaHintColumns>;
[[nodiscard]] Result<NumaHints> parse_numa_hints(std::string_view text);
[[nodiscard]] Result<NumaHints> read_numa_hints(const std::string& proc_root);

// kernel.numa_balancing: which hint faults there are.
enum class NumaBalancing {
  off,
  nodes,      // of all memory that tasks use
  tiers_only  // of slow memory alone, to promote it: they say nothing of locality
};
// Unsupported if this kernel cannot balance.
[[nodiscard]] Result<NumaBalancing> read_numa_balancing(const std::string& proc_root);

// Bytes of a cgroup by node, from memory.numa_stat. v2 (since 5.11): anon + file + kernel_stack + pagetables +
// sec_pagetables + slab_reclaimable + slab_unreclaimable; all other lines are parts of these (shmem, file_mapped,
// anon_thp, active_anon, ..) or events. Swap cache that is mapped is in anon and in file. v1: `total`, pages of user
// space and of files. v2 includes the cgroups below, v1 does not.
struct NodeBytes {
  bool with_descendants = false;
  std::vector<std::pair<uint32_t, uint64_t>> bytes;  // node, ascending
};
[[nodiscard]] Result<NodeBytes> parse_memory_numa_stat(std::string_view text, uint64_t page_bytes);

}  // namespace smtscope
