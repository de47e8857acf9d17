/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The ledger: an open-addressing table per CPU and epoch; only the owning CPU writes it. */
#pragma once

#include "switch_step.bpf.h"

static __always_inline u32 slot_of(u64 key) {
  return (u32)((key * 0x9E3779B97F4A7C15ull) >> 32) & (SMTSCOPE_SLOTS - 1);
}

/* The value of the cell `key`, taken if new; null if SMTSCOPE_PROBES slots are taken by others. */
static __always_inline u64 *cell(struct smtscope_buffer *buffer, u64 key) {
  u32 first = slot_of(key);
  for (u32 i = 0; i < SMTSCOPE_PROBES; i++) {
    u32 at = (first + i) & (SMTSCOPE_SLOTS - 1);
    struct smtscope_slot *slot = &buffer->slot[at];
    if (slot->key == key) return &slot->value;
    if (slot->key == 0) {
      slot->key = key;
      buffer->used[(at >> 6) & (SMTSCOPE_SLOTS / 64 - 1)] |= 1ull << (at & 63);
      return &slot->value;
    }
  }
  return 0;
}

static __always_inline u32 folded(u32 id) { return id < SMTSCOPE_ID_FIRST ? id : SMTSCOPE_ID_OTHER; }

static __always_inline void spilled(struct smtscope_buffer *buffer, u64 ticks) {
  buffer->spilled++;
  buffer->spilled_ticks += ticks;
}

/* Two ids that ran side by side for `ticks`; kind PAIR or RUNNING_PAIR. */
static __always_inline void credit_pair(struct smtscope_buffer *buffer, u32 kind, u32 a, u32 b, u64 ticks) {
  u32 low = a < b ? a : b, high = a < b ? b : a;
  u64 *value = cell(buffer, SMTSCOPE_KEY(kind, low, high));
  if (value) {
    *value += ticks;
    return;
  }
  low = folded(low);
  high = folded(high);
  u32 at = low * 4 + high;
  FORGET_RANGE(at);
  buffer->spill_pair[at & 15] += ticks;
  spilled(buffer, ticks);
}
