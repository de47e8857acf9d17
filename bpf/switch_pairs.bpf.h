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

static __always_inline void credit_class(struct smtscope_buffer *buffer, u32 id, u32 class, u64 ticks) {
  u64 *value = cell(buffer, SMTSCOPE_KEY(SMTSCOPE_CELL_CLASS, id, class));
  if (value) {
    *value += ticks;
  } else {
    buffer->spill_class[(folded(id) * 4 + class) & 15] += ticks;
    spilled(buffer, ticks);
  }
}

static __always_inline void credit_busy(struct smtscope_buffer *buffer, u32 busy, u64 ticks) {
  u64 *value = cell(buffer, SMTSCOPE_KEY(SMTSCOPE_CELL_BUSY, busy, 0));
  if (value)
    *value += ticks;
  else
    buffer->spill_busy[busy & 15] += ticks; /* nothing is folded: not a loss */
}

/* Sibling i of a core with n > 2: who ran beside it, and its pairs with the siblings after it. */
static __always_inline u32 credit_sibling(struct smtscope_buffer *buffer, const struct smtscope_core_record *r,
                                          u32 n, u32 i, u64 ticks) {
  u32 id = r->id[i & (SMTSCOPE_MAX_SIBLINGS - 1)];
  if (!is_busy(id)) return id;
  u32 class = SMTSCOPE_BESIDE_IDLE;
  for (u32 j = 0; j < SMTSCOPE_MAX_SIBLINGS; j++) {
    if (j >= n || j == i) continue;
    u32 other = r->id[j];
    if (is_busy(other) && j > i) credit_pair(buffer, SMTSCOPE_CELL_RUNNING_PAIR, id, other, ticks);
    /* One other entity decides; then an unknown one; then the same. */
    u32 beside = !is_busy(other) ? (other == SMTSCOPE_ID_UNKNOWN ? SMTSCOPE_BESIDE_UNKNOWN : SMTSCOPE_BESIDE_IDLE)
                 : other == id   ? SMTSCOPE_BESIDE_SAME
                                 : SMTSCOPE_BESIDE_OTHER;
    if (class == SMTSCOPE_BESIDE_OTHER || beside == SMTSCOPE_BESIDE_IDLE) continue;
    if (beside != SMTSCOPE_BESIDE_SAME || class == SMTSCOPE_BESIDE_IDLE) class = beside;
  }
  credit_class(buffer, id, class, ticks);
  return id;
}

static __always_inline void credit_queue(struct switch_ctx *c) {
  struct smtscope_buffer *buffer = &c->cpu->buffer[c->epoch & 1];
  struct smtscope_core_record *r = &c->cpu->record;
  const u32 own = c->cpu->sibling & (SMTSCOPE_MAX_SIBLINGS - 1);
  if (c->lost) {
    r->id[own] = SMTSCOPE_ID_UNKNOWN;
    c->cpu->lost_ticks += c->ticks;
  }
  u32 n = c->cpu->siblings;
  if (n <= 2) {
    u32 beside = n == 2 ? r->id[own ^ 1] : SMTSCOPE_ID_IDLE;
    c->filled = n == 2 && !c->old_own && is_busy(c->id) && is_busy(beside);
    credit_pair(buffer, SMTSCOPE_CELL_PAIR, r->id[own], beside, c->ticks);
    return;
  }
  u32 busy = 0, unknown = 0;
  for (u32 i = 0; i < SMTSCOPE_MAX_SIBLINGS; i++) {
    if (i >= n) break;
    u32 id = credit_sibling(buffer, r, n, i, c->ticks);
    busy += is_busy(id);
    unknown += id == SMTSCOPE_ID_UNKNOWN;
  }
  c->filled = !c->old_own && is_busy(c->id) && busy == n - 1 && !unknown;
  credit_busy(buffer, unknown ? SMTSCOPE_BUSY_UNKNOWN : busy, c->ticks);
}
