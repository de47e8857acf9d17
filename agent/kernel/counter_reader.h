// SPDX-License-Identifier: Apache-2.0
// Reading what bpf/switch_counters.bpf.h counted: slices by entity and by what ran beside it.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "kernel/ledger_reader.h"
#include "kernel/switch_object.h"
#include "model/snapshot.h"

namespace smtscope {

// What one entity (kernel-side id; SMTSCOPE_ID_IDLE and _UNKNOWN too) counted on one CPU beside one class.
struct CounterCell {
  uint16_t id = 0;
  SliceClass beside = SliceClass::unknown;
  uint64_t ns = 0;                                   // of slices with counts
  std::array<uint64_t, SMTSCOPE_COUNTERS> counts{};  // by event: instructions, cycles, reference cycles, a spare
  uint64_t uncounted_ns = 0;                         // of slices without
  uint64_t slices = 0;
};

struct CpuSliceCells {
  uint32_t cpu = 0;
  std::vector<CounterCell> cells;
};

// How the counters of one CPU were read; cumulative.
struct CpuSlices {
  uint32_t cpu = 0;
  uint64_t switches = 0;
  uint64_t reads = 0;
  uint64_t failed_reads = 0;
  int error = 0;  // errno of the last failed one; 0: none
};

// Appends the cells of a buffer that no CPU writes any more, and clears it.
void drain_counters(smtscope_counter_buffer& buffer, std::vector<CounterCell>& cells, Spill& spill);

// The rest does nothing without counters.
// Before a CPU is measured (again): no slice is under way there.
void forget_slice(SwitchObject& object, uint32_t cpu);
// Cuts the slices under way on those CPUs that are not idle, so that what goes on running is in the buffers.
void flush_busy(SwitchObject& object, const std::vector<uint32_t>& cpus);
void read_slices(SwitchObject& object, const std::vector<uint32_t>& cpus, std::vector<CpuSlices>& out);
// Nothing is said any more of who counted: time without counts.
void forget_counts(std::vector<CpuSliceCells>& counters);

}  // namespace smtscope
