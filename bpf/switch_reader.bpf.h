/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What user space runs by BPF_PROG_TEST_RUN: the close of open states, and the seeding of a CPU. */
#pragma once

#include "switch_joint.bpf.h"

#define CLOSE_BATCH 16
#define CLOSE_TRIES 16
#define CLOSE_QUEUE_TRIES 1024

/* The swap by which the reader ends the open state of a core and flips its epoch. */
static __always_inline int close_word(struct smtscope_core *core, struct smtscope_close *out) {
  u64 old = *(volatile u64 *)&core->word;
  for (int i = 0; i < CLOSE_TRIES; i++) {
    u64 now = now_ticks();
    u64 ticks = elapsed(old, &now, &out->clamped);
    u64 wanted = ((old ^ SMTSCOPE_EPOCH_BIT) & ~SMTSCOPE_LAST_MASK) | (now & SMTSCOPE_LAST_MASK);
    u64 seen = __sync_val_compare_and_swap(&core->word, old, wanted);
    if (seen == old) {
      out->now = now;
      out->old.last = now - ticks;
      out->old.epoch = !!(old & SMTSCOPE_EPOCH_BIT);
      out->old.id[0] = (old >> SMTSCOPE_ID0_SHIFT) & SMTSCOPE_ID_MASK;
      out->old.id[1] = (old >> SMTSCOPE_ID1_SHIFT) & SMTSCOPE_ID_MASK;
      return 1;
    }
    old = seen;
  }
  return 0;
}

/* A global function, so that the verifier walks its long retry loop once and not once a core. */
__noinline int close_queue(u32 slot) {
  struct smtscope_core *core = bpf_map_lookup_elem(&cores, &slot);
  struct smtscope_close *out = bpf_map_lookup_elem(&closes, &slot);
  void *queue = bpf_map_lookup_elem(&core_queues, &slot);
  if (!core || !out || !queue) return 0;
  struct smtscope_core_record *record = &out->old;
  int taken = 0;
  for (int i = 0; i < CLOSE_QUEUE_TRIES && !taken; i++) taken = bpf_map_pop_elem(queue, record) == 0;
  if (!taken) return 0;
  u64 began = record->last;
  u32 epoch = record->epoch & 1;
  u64 now = now_ticks();
  out->clamped = now < began;
  if (out->clamped) now = began;
  const u32 unknown = any_given_up(core, record) ? put_in_given_up(core, record) : 0;
  record->last = now;
  record->epoch = epoch ^ 1;
  bpf_map_push_elem(queue, record, 0);
  log_put_in(slot, record, unknown, now);
  mark_unknown(record, unknown);
  core->word = epoch ^ 1; /* for runs that take no lock */
  record->last = began;
  record->epoch = epoch;
  out->now = now;
  return 1;
}
