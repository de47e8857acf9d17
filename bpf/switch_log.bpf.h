/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tests only: every change of state with the clock reading that the accounting used. */
#pragma once

#include "switch_step.bpf.h"

static __always_inline void step_log(struct switch_ctx *c) {
  if (!log_changes || !c->closed) return;
  struct smtscope_log_record *r = bpf_ringbuf_reserve(&change_log, sizeof(*r), 0);
  if (!r) {
    c->cpu->log_dropped++;
    return;
  }
  r->now = c->now;
  r->cpu = c->cpu_id;
  r->id = c->id;
  r->unknown = c->lost;
  bpf_ringbuf_submit(r, BPF_RB_NO_WAKEUP);
}
