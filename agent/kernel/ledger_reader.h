// SPDX-License-Identifier: Apache-2.0
// Reading the ledger of bpf/switch_ledger.bpf.h: cells out of a closed buffer, and the open state of a close.
#pragma once

#include <cstdint>
#include <vector>

#include "abi.h"

namespace smtscope {

// One drained credit. Ids are the kernel side's; `value` as enum smtscope_kind says.
struct Cell {
  smtscope_kind kind = SMTSCOPE_CELL_PAIR;
  uint16_t a = 0;
  uint16_t b = 0;
  uint64_t value = 0;
};

// What a buffer could not hold cell by cell: folded into SMTSCOPE_ID_OTHER, sums kept.
struct Spill {
  uint64_t credits = 0;
  uint64_t ticks = 0;
};

// Appends the cells of a buffer that no CPU writes any more, and clears it.
void drain_buffer(smtscope_buffer& buffer, uint32_t siblings, std::vector<Cell>& cells, Spill& spill);

// Appends the credits of a state that lasted `ticks` on a core of `siblings`, as the program would.
void credit_state(const smtscope_core_record& state, uint32_t siblings, uint64_t ticks, std::vector<Cell>& cells);

// Inclusive upper bound in ns of a run-queue or placement bucket; 0: no bound (the last).
[[nodiscard]] uint64_t bucket_upper_ns(uint32_t bucket);

}  // namespace smtscope
