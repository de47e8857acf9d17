/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The joint state of a core: who runs on each sibling since when. One transition per switch, in one
 * order for all siblings, with the clock read inside, so that no time is lost or counted twice.
 * docs/accounting.md has the argument.
 */
#pragma once

#include "switch_log.bpf.h"

#define WORD_TRIES 8

/* now - last for a state that began at `last`. A clock that has gone back (the two CPUs' readings may
 * differ by some ns while timekeeping is updated) ends the state where it began: *now becomes that. */
static __always_inline u64 elapsed(u64 last, u64 *now, u32 *clamped) {
  u64 ticks = (*now - last) & SMTSCOPE_LAST_MASK;
  *clamped = ticks > SMTSCOPE_LAST_MASK - SMTSCOPE_BACK_TICKS;
  if (!*clamped) return ticks;
  *now += SMTSCOPE_LAST_MASK + 1 - ticks; /* = last, not reduced */
  return 0;
}

/* The core's state keeps a wrong own id until this CPU's next switch books it unknown. */
static __always_inline void gave_up(struct switch_ctx *c) {
  c->cpu->contended++;
  c->cpu->stale = 1;
  c->cpu->idle_since = 0;
}

/*
 * n <= 2. The clock is read after the word was loaded and again after every failed swap: the order of
 * swaps is the order of times.
 */
static __always_inline void joint_word(struct switch_ctx *c) {
  u32 slot = c->cpu->core;
  struct smtscope_core *core = bpf_map_lookup_elem(&cores, &slot);
  if (!core) return;
  const u32 own_shift = SMTSCOPE_ID0_SHIFT + (c->cpu->sibling & 1) * SMTSCOPE_ID_BITS;
  const u32 beside_shift = SMTSCOPE_ID0_SHIFT + SMTSCOPE_ID1_SHIFT - own_shift;
  u64 old = *(volatile u64 *)&core->word;
  c->epoch = !!(old & SMTSCOPE_EPOCH_BIT);
  c->old_own = (old >> own_shift) & SMTSCOPE_ID_MASK;
  if (c->old_own == c->id && !c->lost) return;
  const u64 keep = ~((u64)SMTSCOPE_ID_MASK << own_shift | SMTSCOPE_LAST_MASK);
  for (int i = 0; i < WORD_TRIES; i++) {
    u64 now = now_ticks();
    u32 clamped;
    u64 ticks = elapsed(old, &now, &clamped);
    u64 wanted = (old & keep) | (u64)c->id << own_shift | (now & SMTSCOPE_LAST_MASK);
    u64 seen = __sync_val_compare_and_swap(&core->word, old, wanted);
    if (seen == old) {
      c->cpu->clamped += clamped;
      c->now = now;
      c->ticks = ticks;
      c->epoch = !!(old & SMTSCOPE_EPOCH_BIT);
      c->old_beside = (old >> beside_shift) & SMTSCOPE_ID_MASK;
      c->filled = c->cpu->siblings == 2 && !c->lost && !c->old_own && is_busy(c->id) && is_busy(c->old_beside);
      c->closed = 1;
      if (counters) {
        note_word(&c->cpu->found, old);
        note_word(&c->cpu->wrote, wanted);
      }
      return;
    }
    old = seen;
    c->cpu->retries++;
  }
  c->epoch = !!(old & SMTSCOPE_EPOCH_BIT);
  gave_up(c);
}

/* A global function of a scalar: the verifier walks its retries once, and not once for each way that leads here. */
__noinline int take_record(u32 cpu_id) {
  struct smtscope_cpu *cpu = bpf_map_lookup_elem(&cpus, &cpu_id);
  if (!cpu) return 0;
  u32 slot = cpu->core;
  void *queue = bpf_map_lookup_elem(&core_queues, &slot);
  if (!queue) return 0;
  for (int i = 0; i < (int)queue_tries; i++) {
    if (bpf_map_pop_elem(queue, &cpu->record) == 0) return 1;
    cpu->retries++;
  }
  return 0;
}

/* All ones if x is not 0, without a branch: eight of them in a row are 2^8 paths to the verifier of 5.10. */
static __always_inline u32 ones_unless_zero(u32 x) {
  u32 sign = (x | -x) >> 31;
  asm volatile("" : "+r"(sign)); /* or the compiler makes a branch of it */
  return -sign;
}

/* Not 0 if a sibling had to give an update up since the record was written. */
static __always_inline u32 any_given_up(const struct smtscope_core *core, const struct smtscope_core_record *record) {
  u32 any = 0;
  for (u32 i = 0; i < SMTSCOPE_MAX_SIBLINGS; i++)
    any |= *(volatile const u32 *)&core->given_up[i] >> 16 ^ record->seen[i];
  return any;
}

/* Puts in what siblings had to give up since the record was written. Bit i: what sibling i ran in the state that ends
 * is not known, for nobody knows when it changed. */
static __always_inline u32 put_in_given_up(const struct smtscope_core *core, struct smtscope_core_record *record) {
  u32 unknown = 0;
  for (u32 i = 0; i < SMTSCOPE_MAX_SIBLINGS; i++) {
    u32 given_up = *(volatile const u32 *)&core->given_up[i];
    u32 changed = ones_unless_zero(given_up >> 16 ^ record->seen[i]);
    record->seen[i] = given_up >> 16;
    record->id[i] = (record->id[i] & ~changed) | (given_up & SMTSCOPE_ID_MASK & changed);
    unknown |= (changed & 1) << i;
  }
  return unknown;
}

static __always_inline void mark_unknown(struct smtscope_core_record *record, u32 unknown) {
  if (!unknown) return;
  for (u32 i = 0; i < SMTSCOPE_MAX_SIBLINGS; i++) {
    u32 marked = ones_unless_zero(unknown & 1u << i);
    record->id[i] = (record->id[i] & ~marked) | (SMTSCOPE_ID_UNKNOWN & marked);
  }
}

/* The same two for the record that this CPU holds, once for the verifier, as above. */
__noinline int take_given_up(u32 cpu_id) {
  struct smtscope_cpu *cpu = bpf_map_lookup_elem(&cpus, &cpu_id);
  if (!cpu) return 0;
  u32 slot = cpu->core;
  struct smtscope_core *core = bpf_map_lookup_elem(&cores, &slot);
  return core ? put_in_given_up(core, &cpu->record) : 0;
}

__noinline int mark_given_up(u32 cpu_id, u32 unknown) {
  struct smtscope_cpu *cpu = bpf_map_lookup_elem(&cpus, &cpu_id);
  if (cpu) mark_unknown(&cpu->record, unknown);
  return 0;
}

/*
 * n <= 8, and kernels without compare-and-swap in BPF (before 5.12): a queue of one element is lock and
 * record. Pop takes both, push gives both back; the clock is read in between. Afterwards cpu->record
 * holds the ended state.
 */
static __always_inline void joint_queue(struct switch_ctx *c) {
  u32 slot = c->cpu->core;
  struct smtscope_core *core = bpf_map_lookup_elem(&cores, &slot);
  void *queue = bpf_map_lookup_elem(&core_queues, &slot);
  if (!core || !queue) return;
  struct smtscope_core_record *record = &c->cpu->record;
  c->epoch = *(volatile u64 *)&core->word & 1;
  c->old_own = c->cpu->own_id;
  if (c->old_own == c->id && !c->lost) return;
  const u32 own = c->cpu->sibling & (SMTSCOPE_MAX_SIBLINGS - 1);
  if (!take_record(c->cpu_id)) {
    gave_up(c);
    *(volatile u32 *)&core->given_up[own] = ((core->given_up[own] >> 16) + 1) << 16 | c->id;
    return;
  }
  if (counters) note_record(&c->cpu->found, record);
  u64 began = record->last;
  u64 now = now_ticks();
  if (now < began) {
    now = began;
    c->cpu->clamped++;
  }
  c->old_own = record->id[own];
  c->lost = c->missed | (record->seen[own] != core->given_up[own] >> 16); /* a sibling may have put it in */
  if (any_given_up(core, record)) c->given_up = take_given_up(c->cpu_id) & ~(1u << own);
  record->id[own] = c->id;
  record->last = now;
  if (counters) note_record(&c->cpu->wrote, record);
  bpf_map_push_elem(queue, record, 0);
  log_put_in(slot, record, c->given_up, now);
  if (c->given_up) mark_given_up(c->cpu_id, c->given_up);
  record->id[own] = c->old_own;
  record->last = began;
  c->cpu->own_id = c->id;
  c->now = now;
  c->ticks = now - began;
  c->epoch = record->epoch & 1;
  c->closed = 1;
}
