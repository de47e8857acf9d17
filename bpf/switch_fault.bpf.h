/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Faults that a test build puts into the accounting, to see whether `audit` and the cost fuse find them. Without
 * SMTSCOPE_FAULTS there is nothing here. `enter` counts the runs of a CPU: the every-n-th of each fault.
 */
#pragma once

#include "switch_step.bpf.h"

#ifdef SMTSCOPE_FAULTS
#define FAULT_DROP 1  /* a credit is not booked */
#define FAULT_SWAP 2  /* a credit goes to the entity on the sibling */
#define FAULT_STALE 3 /* a change of state is ignored */
#define FAULT_SLOW 4  /* every run spins for some microseconds */
SMTSCOPE_KNOB __u32 fault = 0;

static __always_inline int fault_ignores(struct switch_ctx *c) {
  return fault == FAULT_STALE && c->cpu->enter % 29 == 0;
}

/* A state ended and is about to be credited: 1 if it must not be. */
static __always_inline int fault_drops(struct switch_ctx *c) {
  struct smtscope_core_record *r = &c->cpu->record;
  const u32 own = c->cpu->sibling & (SMTSCOPE_MAX_SIBLINGS - 1);
  if (fault == FAULT_SWAP && c->cpu->enter % 11 == 0) {
    if (is_busy(c->old_own) && is_busy(c->old_beside)) c->old_own = c->old_beside;
    if (is_busy(r->id[own]) && is_busy(r->id[own ^ 1])) r->id[own] = r->id[own ^ 1];
  }
  return fault == FAULT_DROP && c->cpu->enter % 997 == 0;
}

__noinline int fault_spin(u32 rounds) {
  u64 last = 0;
  for (u32 i = 0; i < 128 && i < rounds; i++) last = bpf_ktime_get_ns();
  return last != 0;
}
static __always_inline void fault_slows(void) {
  if (fault == FAULT_SLOW) fault_spin(128);
}
#else
static __always_inline int fault_ignores(struct switch_ctx *c) { return 0; }
static __always_inline int fault_drops(struct switch_ctx *c) { return 0; }
static __always_inline void fault_slows(void) {}
#endif
