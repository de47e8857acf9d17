// SPDX-License-Identifier: Apache-2.0
#include "kernel/ledger_reader.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace smtscope {
namespace {

bool busy(uint32_t id) { return id >= SMTSCOPE_ID_KERNEL; }

void take(__u64& value, Cell cell, std::vector<Cell>& cells) {
  cell.value = std::exchange(value, 0);
  if (cell.value) cells.push_back(cell);
}

void drain_spill(smtscope_buffer& buffer, uint32_t siblings, std::vector<Cell>& cells, Spill& spill) {
  for (uint16_t k = 0; k < 16; k++) take(buffer.spill_busy[k], {SMTSCOPE_CELL_BUSY, k, 0}, cells);
  if (buffer.spilled == 0) return;  // the rest is cold memory
  const smtscope_kind pair_kind = siblings > 2 ? SMTSCOPE_CELL_RUNNING_PAIR : SMTSCOPE_CELL_PAIR;
  for (uint16_t a = 0; a < 4; a++) {
    for (uint16_t b = 0; b < 4; b++) {
      take(buffer.spill_pair[a * 4 + b], {pair_kind, a, b}, cells);
      take(buffer.spill_class[a * 4 + b], {SMTSCOPE_CELL_CLASS, a, b}, cells);
    }
  }
  for (uint16_t k = 0; k < uint16_t{SMTSCOPE_BUCKETS}; k++)
    take(buffer.spill_wait[k], {SMTSCOPE_CELL_WAIT, SMTSCOPE_ID_OTHER, k}, cells);
  spill.credits += std::exchange(buffer.spilled, 0);
  spill.ticks += std::exchange(buffer.spilled_ticks, 0);
}

smtscope_class beside(const smtscope_core_record& state, uint32_t siblings, uint32_t i) {
  bool same = false, unknown = false;
  for (uint32_t j = 0; j < siblings; j++) {
    if (j == i) continue;
    if (busy(state.id[j]) && state.id[j] != state.id[i]) return SMTSCOPE_BESIDE_OTHER;
    same |= busy(state.id[j]);
    unknown |= state.id[j] == SMTSCOPE_ID_UNKNOWN;
  }
  return unknown ? SMTSCOPE_BESIDE_UNKNOWN : same ? SMTSCOPE_BESIDE_SAME : SMTSCOPE_BESIDE_IDLE;
}

}  // namespace

void drain_buffer(smtscope_buffer& buffer, uint32_t siblings, std::vector<Cell>& cells, Spill& spill) {
  for (size_t word = 0; word < std::size(buffer.used); word++) {
    for (uint64_t bits = std::exchange(buffer.used[word], 0); bits; bits &= bits - 1) {
      smtscope_slot& slot = buffer.slot[word * 64 + static_cast<size_t>(std::countr_zero(bits))];
      cells.push_back({static_cast<smtscope_kind>(SMTSCOPE_KEY_KIND(slot.key)),
                       static_cast<uint16_t>(SMTSCOPE_KEY_A(slot.key)), static_cast<uint16_t>(SMTSCOPE_KEY_B(slot.key)),
                       slot.value});
      slot = {};
    }
  }
  drain_spill(buffer, siblings, cells, spill);
}

void credit_state(const smtscope_core_record& state, uint32_t siblings, uint64_t ticks, std::vector<Cell>& cells) {
  if (ticks == 0) return;
  if (siblings <= 2) {
    const uint16_t a = state.id[0];
    const uint16_t b = siblings == 2 ? state.id[1] : static_cast<uint16_t>(SMTSCOPE_ID_IDLE);
    cells.push_back({SMTSCOPE_CELL_PAIR, std::min(a, b), std::max(a, b), ticks});
    return;
  }
  uint16_t count = 0;
  bool unknown = false;
  for (uint32_t i = 0; i < siblings; i++) {
    const uint16_t id = state.id[i];
    unknown |= id == SMTSCOPE_ID_UNKNOWN;
    if (!busy(id)) continue;
    count++;
    cells.push_back({SMTSCOPE_CELL_CLASS, id, static_cast<uint16_t>(beside(state, siblings, i)), ticks});
    for (uint32_t j = i + 1; j < siblings; j++)
      if (busy(state.id[j]))
        cells.push_back({SMTSCOPE_CELL_RUNNING_PAIR, std::min(id, state.id[j]), std::max(id, state.id[j]), ticks});
  }
  cells.push_back({SMTSCOPE_CELL_BUSY, unknown ? uint16_t{SMTSCOPE_BUSY_UNKNOWN} : count, 0, ticks});
}

uint64_t bucket_upper_ns(uint32_t bucket) {
  if (bucket == 0) return 1ull << SMTSCOPE_BUCKET_FIRST_BITS;
  if (bucket >= SMTSCOPE_BUCKETS - 1) return 0;
  const uint32_t octave = (bucket - 1) / 8, eighth = (bucket - 1) % 8;
  return (9ull + eighth) << (octave + SMTSCOPE_BUCKET_FIRST_BITS - 3);
}

}  // namespace smtscope
