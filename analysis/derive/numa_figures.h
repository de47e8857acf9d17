// SPDX-License-Identifier: Apache-2.0
// The numa signal's numbers of one interval in the shape people and exporters take them from.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "model/snapshot.h"

namespace smtscope {

struct Locality {
  double local = 0;
  double remote = 0;

  [[nodiscard]] double all() const { return local + remote; }
  [[nodiscard]] std::optional<double> remote_share() const;  // none: nothing was counted
};

// Resident memory of an entity against its CPU time, in bytes. With r(n) the bytes on node n and t(n) the share of the
// entity's CPU time there, remote = sum over n of r(n) (1 - t(n)): as if each part of the time used all memory alike.
// What is used where is not seen. Whatever it is, at least `remote_least` bytes are on another node than the time
// that could use them, R - sum of min(r(n), R t(n)) with R all bytes, and at most `remote_most`,
// R - sum of max(0, r(n) + R t(n) - R); all three are equal where the memory or the time is on one node.
struct ResidentFigures {
  Locality bytes;
  double remote_least = 0;
  double remote_most = 0;
};

// What the scheduler decided to bring tasks to their memory. A kernel without a hook counts none of its kind.
struct NumaDecisions {
  uint64_t moves = 0;
  uint64_t sticks = 0;
  uint64_t swaps = 0;
  uint64_t skips = 0;
};

struct NumaFigures {
  bool several_nodes = false;           // false: no memory is remote, and nothing below is there
  std::optional<Locality> allocations;  // {page}
  std::optional<Locality> hint_faults;  // {fault}
  std::optional<NumaDecisions> decisions;
  std::map<uint32_t, ResidentFigures> resident;  // by entity
  // Why they are not there; ok: they are.
  Reason allocations_reason = Reason::unsupported;
  Reason hint_faults_reason = Reason::unsupported;
  Reason decisions_reason = Reason::unsupported;
  Reason resident_reason = Reason::unsupported;  // of all entities; of one: resident_reason_of
};

[[nodiscard]] NumaFigures numa_figures(const Interval& interval);

// Why there is none for this entity. Only a cgroup has memory of its own; not_counted: it had no CPU time, or its file
// was not read (yet) or tells only the sum with the cgroups below.
[[nodiscard]] Reason resident_reason_of(const NumaFigures& figures, const Entity& who);

}  // namespace smtscope
