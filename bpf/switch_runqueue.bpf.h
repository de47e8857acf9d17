/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Run-queue latency without a wakeup program. sched_switch fires before the scheduler books the wait
 * (sched_info_switch), so last_queued still says when `next` was queued, and the run queue's clock is
 * "now" in the same clock. A task moved while it waits starts anew there and has its first part added
 * to run_delay: hence the base that each task keeps.
 */
#pragma once

#include "switch_ledger.bpf.h"

/* (lower, upper]; 0 is <= 1,024 ns, then 8 per octave, the last has no bound. */
static __always_inline u32 bucket_of(u64 ns) {
  u64 v = ns ? ns - 1 : 0; /* inclusive upper bounds */
  if (v < 1ull << SMTSCOPE_BUCKET_FIRST_BITS) return 0;
  if (v >= 1ull << (SMTSCOPE_BUCKET_FIRST_BITS + SMTSCOPE_BUCKET_OCTAVES)) return SMTSCOPE_BUCKETS - 1;
  u32 octave = 0; /* floor(log2(v)) - 10 */
  u64 rest = v >> SMTSCOPE_BUCKET_FIRST_BITS;
  if (rest >> 16) {
    octave += 16;
    rest >>= 16;
  }
  if (rest >> 8) {
    octave += 8;
    rest >>= 8;
  }
  if (rest >> 4) {
    octave += 4;
    rest >>= 4;
  }
  if (rest >> 2) {
    octave += 2;
    rest >>= 2;
  }
  octave += (u32)(rest >> 1);
  return 1 + octave * 8 + (u32)((v >> (octave + SMTSCOPE_BUCKET_FIRST_BITS - 3)) & 7);
}

/* Count and sum in one cell. Ticks are cut off at 16 ns; the rest is carried to this CPU's next wait. */
static __always_inline void credit_wait(struct switch_ctx *c, u64 wait_ns) {
  struct smtscope_buffer *buffer = &c->cpu->buffer[c->epoch & 1];
  u32 bucket = bucket_of(wait_ns);
  u64 exact = wait_ns + c->cpu->wait_carry;
  u64 ticks = exact >> SMTSCOPE_TICK_SHIFT;
  u64 *value = cell(buffer, SMTSCOPE_KEY(SMTSCOPE_CELL_WAIT, c->id, bucket));
  if (!value) {
    spilled(buffer, 0);
    u32 at = bucket;
    FORGET_RANGE(at);
    if (at >= SMTSCOPE_BUCKETS) return; /* for the verifier */
    value = &buffer->spill_wait[at];
  }
  u64 sum = (*value & SMTSCOPE_WAIT_SUM_MASK) + ticks;
  u64 count = *value >> SMTSCOPE_WAIT_SUM_BITS;
  if (sum > SMTSCOPE_WAIT_SUM_MASK || count == (1ull << (64 - SMTSCOPE_WAIT_SUM_BITS)) - 1) {
    c->cpu->waits_dropped++;
    return;
  }
  *value = (count + 1) << SMTSCOPE_WAIT_SUM_BITS | sum;
  c->cpu->wait_carry = exact & ((1u << SMTSCOPE_TICK_SHIFT) - 1);
}

static __always_inline void step_runqueue(struct switch_ctx *c) {
  if (runqueue == SMTSCOPE_RUNQUEUE_OFF || c->id == SMTSCOPE_ID_IDLE) return;
  struct task_struct *next = c->next;
  u64 run_delay = next->sched_info.run_delay;
  u64 queued = next->sched_info.last_queued;
  u64 wait = 0;
  if (queued) {
    u64 clock = next->se.cfs_rq->rq->clock;
    if (clock > queued) wait = clock - queued;
  }
  if (runqueue == SMTSCOPE_RUNQUEUE_FULL) {
    struct smtscope_wait_base *base = bpf_task_storage_get(&wait_bases, next, 0, 0);
    if (base) {
      u64 after = run_delay + wait; /* run_delay once the scheduler has booked this wait */
      u64 before = base->run_delay;
      base->run_delay = after;
      if (!base->valid) {
        base->valid = 1;
        return;
      }
      wait = after > before ? after - before : 0;
    } else {
      c->cpu->waits_unbased++;
    }
  }
  credit_wait(c, wait);
}
