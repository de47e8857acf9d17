/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tests only: every change of state with the clock reading that the accounting used. */
#pragma once

#include "switch_step.bpf.h"

__u64 log_dropped; /* records that the log had no room for */

static __always_inline void log_change(u32 core, u32 sibling, u32 id, u32 unknown, u64 now) {
  struct smtscope_log_record *r = bpf_ringbuf_reserve(&change_log, sizeof(*r), 0);
  if (!r) {
    __sync_fetch_and_add(&log_dropped, 1);
    return;
  }
  r->now = now;
  r->core = core;
  r->sibling = sibling;
  r->id = id;
  r->unknown = unknown;
  bpf_ringbuf_submit(r, BPF_RB_NO_WAKEUP);
}

static __always_inline void step_log(struct switch_ctx *c) {
  if (log_changes && c->closed) log_change(c->cpu->core, c->cpu->sibling, c->id, c->lost, c->now);
}

/* Queue variant: updates that siblings had given up and that whoever holds the record has just put in. */
static __always_inline void log_put_in(u32 core, const struct smtscope_core_record *record, u32 siblings, u64 now) {
  if (!log_changes) return;
  for (u32 i = 0; i < SMTSCOPE_MAX_SIBLINGS; i++)
    if (siblings & 1u << i) log_change(core, i, record->id[i], 1, now);
}
