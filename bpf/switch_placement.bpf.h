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

static __always_inline u32 may_use(const struct cpumask *allowed, u32 cpu) {
  unsigned long word = 0;
  const void *bits = (const void *)allowed + (cpu / 64) * sizeof(word);
  if (bpf_probe_read_kernel(&word, sizeof(word), bits)) return 0;
  return word >> (cpu & 63) & 1;
}

/* The task that this CPU switches to at `now`. A global function of scalars: the verifier walks its loop once, and not
 * once for each way that leads here. */
__noinline int examine(u32 cpu_id, u64 now) {
  struct smtscope_cpu *own = bpf_map_lookup_elem(&cpus, &cpu_id);
  if (!own) return 0;
  u64 task = own->task;
  FORGET_RANGE(task); /* or its load counts as part of the kernel's field */
  const struct cpumask *allowed = FIELD(0, (struct task_struct *)task, cpus_ptr);
  struct smtscope_scan *s = &own->scan;
  *s = (struct smtscope_scan){.core = own->core, .busy = 1};
  u32 first = own->scan_first, count = own->scan_count;
  for (u32 i = 0; i < SCAN_MAX; i++) {
    if (i >= count) break;
    u32 at = first + i;
    u32 *id = bpf_map_lookup_elem(&scan_cpus, &at);
    if (!id) break;
    u32 beside = *id;
    struct smtscope_cpu *cpu = bpf_map_lookup_elem(&cpus, &beside);
    if (!cpu) break;
    if (cpu->core != s->core) {
      finish_core(s, now);
      s->core = cpu->core;
      s->busy = s->core == own->core;
      s->allowed = 0;
      s->since = 0;
    }
    if (s->busy) continue;
    u64 since = *(volatile u64 *)&cpu->idle_since;
    if (!since) s->busy = 1;
    if (since > s->since) s->since = since;
    if (since && !s->allowed) s->allowed = may_use(allowed, beside);
  }
  finish_core(s, now);
  own->sampled++;
  if (!s->found) return 0;
  own->avoidable++;
  u32 bucket = bucket_of(s->longest << SMTSCOPE_TICK_SHIFT);
  FORGET_RANGE(bucket);
  if (bucket < SMTSCOPE_BUCKETS) own->placement[bucket]++;
  return 0;
}

static __always_inline void step_placement(struct switch_ctx *c) {
  if (!c->filled) return;
  u64 seen = c->cpu->transitions++;
  if (placement_every && !(seen & (placement_every - 1))) examine(c->cpu_id, c->now);
}
