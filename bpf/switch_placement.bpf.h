/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Placement: when the last idle sibling of a core becomes busy, was a whole other core of the same
 * last-level cache idle, one that `next` may use, and for how long? Counted always, examined every n-th
 * time, at most SCAN_MAX CPUs.
 */
#pragma once

#include "switch_runqueue.bpf.h"

#define SCAN_MAX 128

static __always_inline void finish_core(struct smtscope_scan *s, u64 now) {
  if (s->busy || !s->allowed || !s->since) return;
  u64 idle = now > s->since ? now - s->since : 0;
  s->found = 1;
  if (idle > s->longest) s->longest = idle;
}

static __always_inline u32 may_use(struct task_struct *task, u32 cpu) {
  unsigned long word = 0;
  const void *bits = (const void *)task->cpus_ptr + (cpu / 64) * sizeof(word);
  if (bpf_probe_read_kernel(&word, sizeof(word), bits)) return 0;
  return word >> (cpu & 63) & 1;
}

static __always_inline void examine(struct switch_ctx *c) {
  struct smtscope_scan *s = &c->cpu->scan;
  *s = (struct smtscope_scan){.core = c->cpu->core, .busy = 1};
  u32 first = c->cpu->scan_first, count = c->cpu->scan_count;
  for (u32 i = 0; i < SCAN_MAX; i++) {
    if (i >= count) break;
    u32 at = first + i;
    u32 *id = bpf_map_lookup_elem(&scan_cpus, &at);
    if (!id) break;
    u32 cpu_id = *id;
    struct smtscope_cpu *cpu = bpf_map_lookup_elem(&cpus, &cpu_id);
    if (!cpu) break;
    if (cpu->core != s->core) {
      finish_core(s, c->now);
      s->core = cpu->core;
      s->busy = s->core == c->cpu->core;
      s->allowed = 0;
      s->since = 0;
    }
    if (s->busy) continue;
    u64 since = *(volatile u64 *)&cpu->idle_since;
    if (!since) s->busy = 1;
    if (since > s->since) s->since = since;
    if (since && !s->allowed) s->allowed = may_use(c->next, cpu_id);
  }
  finish_core(s, c->now);
  c->cpu->sampled++;
  if (!s->found) return;
  c->cpu->avoidable++;
  u32 bucket = bucket_of(s->longest << SMTSCOPE_TICK_SHIFT);
  FORGET_RANGE(bucket);
  if (bucket < SMTSCOPE_BUCKETS) c->cpu->placement[bucket]++;
}

static __always_inline void step_placement(struct switch_ctx *c) {
  if (!c->filled) return;
  u64 seen = c->cpu->transitions++;
  if (placement_every && !(seen & (placement_every - 1))) examine(c);
}
