/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One credit per ended state: the unordered pair of what ran (n <= 2). Idle, single, double, each entity's
 * share beside whom are marginals of that table, so they cannot disagree.
 */
#pragma once

#include "switch_ledger.bpf.h"

static __always_inline void credit_word(struct switch_ctx *c) {
  struct smtscope_buffer *buffer = &c->cpu->buffer[c->epoch & 1];
  u32 own = c->old_own;
  if (c->lost) {
    own = SMTSCOPE_ID_UNKNOWN;
    c->cpu->lost_ticks += c->ticks;
  }
  credit_pair(buffer, SMTSCOPE_CELL_PAIR, own, c->old_beside, c->ticks);
}

/*
 * Cores with n > 2 have a credit per busy sibling, per pair of busy siblings and per busy count. These are
 * global functions of scalars: the verifier checks each once, not once per path through 8 x 8 siblings.
 */
__noinline int credit_wide(u32 cpu_id, u32 epoch, u64 key, u64 ticks) {
  struct smtscope_cpu *cpu = bpf_map_lookup_elem(&cpus, &cpu_id);
  if (!cpu) return 0;
  struct smtscope_buffer *buffer = &cpu->buffer[epoch & 1];
  u32 kind = SMTSCOPE_KEY_KIND(key), a = SMTSCOPE_KEY_A(key), b = SMTSCOPE_KEY_B(key);
  u64 *value = cell(buffer, key);
  if (value) {
    *value += ticks;
  } else if (kind == SMTSCOPE_CELL_BUSY) {
    buffer->spill_busy[a & 15] += ticks; /* nothing is folded: not a loss */
  } else if (kind == SMTSCOPE_CELL_CLASS) {
    u32 at = folded(a) * 4 + b;
    FORGET_RANGE(at);
    buffer->spill_class[at & 15] += ticks;
    spilled(buffer, ticks);
  } else {
    u32 at = folded(a) * 4 + folded(b);
    FORGET_RANGE(at);
    buffer->spill_pair[at & 15] += ticks;
    spilled(buffer, ticks);
  }
  return 0;
}

/* Sibling i of n: who ran beside it, and its pairs with the siblings after it. */
__noinline int credit_sibling(u32 cpu_id, u32 epoch, u32 i, u64 ticks) {
  struct smtscope_cpu *cpu = bpf_map_lookup_elem(&cpus, &cpu_id);
  if (!cpu) return 0;
  u32 id = cpu->record.id[i & (SMTSCOPE_MAX_SIBLINGS - 1)];
  if (!is_busy(id)) return 0;
  u32 n = cpu->siblings, class = SMTSCOPE_BESIDE_IDLE;
  for (u32 j = 0; j < SMTSCOPE_MAX_SIBLINGS; j++) {
    if (j >= n || j == i) continue;
    u32 other = cpu->record.id[j];
    /* One other entity decides; then an unknown one; then the same. */
    u32 beside = SMTSCOPE_BESIDE_IDLE;
    if (other == SMTSCOPE_ID_UNKNOWN) beside = SMTSCOPE_BESIDE_UNKNOWN;
    if (is_busy(other)) {
      beside = other == id ? SMTSCOPE_BESIDE_SAME : SMTSCOPE_BESIDE_OTHER;
      u32 low = id < other ? id : other, high = id < other ? other : id;
      if (j > i) credit_wide(cpu_id, epoch, SMTSCOPE_KEY(SMTSCOPE_CELL_RUNNING_PAIR, low, high), ticks);
    }
    if (class == SMTSCOPE_BESIDE_OTHER || beside == SMTSCOPE_BESIDE_IDLE) continue;
    if (beside != SMTSCOPE_BESIDE_SAME || class == SMTSCOPE_BESIDE_IDLE) class = beside;
  }
  credit_wide(cpu_id, epoch, SMTSCOPE_KEY(SMTSCOPE_CELL_CLASS, id, class), ticks);
  return 0;
}

/* How many siblings of the ended state were busy, or SMTSCOPE_BUSY_UNKNOWN. */
static __always_inline u32 busy_siblings(const struct smtscope_core_record *r, u32 n) {
  u32 busy = 0, unknown = 0;
  for (u32 i = 0; i < SMTSCOPE_MAX_SIBLINGS; i++) {
    if (i >= n) break;
    u32 id = r->id[i];
    busy += is_busy(id);
    unknown += id == SMTSCOPE_ID_UNKNOWN;
  }
  return unknown ? SMTSCOPE_BUSY_UNKNOWN : busy;
}

/* A state of a core with n > 2; how many siblings were busy in it. */
__noinline int credit_siblings(u32 cpu_id, u32 epoch, u64 ticks) {
  struct smtscope_cpu *cpu = bpf_map_lookup_elem(&cpus, &cpu_id);
  if (!cpu) return 0;
  u32 n = cpu->siblings;
  for (u32 i = 0; i < SMTSCOPE_MAX_SIBLINGS; i++) {
    if (i >= n) break;
    credit_sibling(cpu_id, epoch, i, ticks);
  }
  u32 busy = busy_siblings(&cpu->record, n);
  credit_wide(cpu_id, epoch, SMTSCOPE_KEY(SMTSCOPE_CELL_BUSY, busy, 0), ticks);
  return busy;
}

static __always_inline void credit_queue(struct switch_ctx *c) {
  struct smtscope_core_record *r = &c->cpu->record;
  const u32 own = c->cpu->sibling & (SMTSCOPE_MAX_SIBLINGS - 1);
  if (c->lost) r->id[own] = SMTSCOPE_ID_UNKNOWN;
  if (c->lost | c->given_up) c->cpu->lost_ticks += c->ticks;
  u32 n = c->cpu->siblings;
  if (n <= 2) {
    u32 beside = n == 2 ? r->id[own ^ 1] : SMTSCOPE_ID_IDLE;
    c->filled = n == 2 && !c->lost && !c->old_own && is_busy(c->id) && is_busy(beside);
    credit_pair(&c->cpu->buffer[c->epoch & 1], SMTSCOPE_CELL_PAIR, r->id[own], beside, c->ticks);
    return;
  }
  u32 busy = credit_siblings(c->cpu_id, c->epoch, c->ticks);
  c->filled = !c->old_own && is_busy(c->id) && busy == n - 1;
}
