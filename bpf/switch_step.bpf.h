/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the steps of one run share: the maps, the knobs and the context handed from step to step. */
#pragma once

#include "compat.bpf.h"

/* ---- knobs, set before load; what is off is removed by the verifier ---- */
SMTSCOPE_KNOB __u32 by = SMTSCOPE_BY_CGROUP_V2;
SMTSCOPE_KNOB __u32 v1_subsys = 0;      /* index in css_set.subsys[] */
SMTSCOPE_KNOB __u32 kthreads_apart = 0; /* 1: every kernel thread is an entity of its own */
SMTSCOPE_KNOB __u32 runqueue = SMTSCOPE_RUNQUEUE_FULL;
SMTSCOPE_KNOB __u32 placement_every = 16; /* examine every n-th transition (a power of two); 0: off */
SMTSCOPE_KNOB __u32 queue_tries = 1024;   /* queue variant: pops before an update is given up */
SMTSCOPE_KNOB __u32 counters = 0;         /* events read where the running entity changes, 0 .. SMTSCOPE_COUNTERS */
SMTSCOPE_KNOB __u32 log_changes = 0;      /* tests: log every change of state with its clock reading */

/* Raised by user space when ids are taken back: cached ids of older generations do not count. */
__u32 id_generation = 1;

#ifndef SMTSCOPE_NATIVE
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1); /* core slots */
  __type(key, u32);
  __type(value, struct smtscope_core);
} cores SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1); /* possible CPUs */
  __type(key, u32);
  __type(value, struct smtscope_cpu);
} cpus SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1); /* core slots */
  __type(key, u32);
  __type(value, struct smtscope_close);
} closes SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1); /* possible CPUs, grouped by last-level cache, siblings adjacent */
  __type(key, u32);
  __type(value, u32);
} scan_cpus SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, SMTSCOPE_ID_COUNT);
  __type(key, u64);
  __type(value, u32);
} ids SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_QUEUE);
  __uint(max_entries, SMTSCOPE_ID_COUNT);
  __type(value, u32);
} free_ids SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, SMTSCOPE_ID_COUNT);
  __type(key, u32);
  __type(value, struct smtscope_id_info);
} id_table SEC(".maps");

/* Queue variant: one queue of one element per core. */
struct core_queue {
  __uint(type, BPF_MAP_TYPE_QUEUE);
  __uint(max_entries, 1);
  __type(value, struct smtscope_core_record);
};
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
  __uint(max_entries, 1); /* core slots */
  __type(key, u32);
  __array(values, struct core_queue);
} core_queues SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, int);
  __type(value, struct smtscope_wait_base);
} wait_bases SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
  __uint(max_entries, SMTSCOPE_COUNTERS); /* for each possible CPU: [cpu * SMTSCOPE_COUNTERS + event] */
  __type(key, u32);
  __type(value, u32);
} counter_events SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1); /* possible CPUs */
  __type(key, u32);
  __type(value, struct smtscope_counting);
} counting SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 4096); /* raised by the tests that turn the log on */
} change_log SEC(".maps");
#endif

enum { WORD, QUEUE }; /* variants */

/* One run. Filled from top to bottom. */
struct switch_ctx {
  struct smtscope_cpu *cpu; /* never null */
  u32 cpu_id;
  struct task_struct *prev;
  struct task_struct *next;
  u32 id;     /* of next */
  u32 missed; /* 1: a switch of this CPU did not arrive */
  u32 lost;   /* 1: the own id in the core's state is not what ran until now */
  /* From the joint step: */
  u32 closed;     /* 1: a state ended here and `old`, `ticks` describe it */
  u32 epoch;      /* ledger buffer for credits of this run */
  u64 now;        /* ticks, not reduced; 0 if no state ended */
  u64 ticks;      /* how long the ended state lasted */
  u32 old_own;    /* own id in the ended state, as it was written */
  u32 old_beside; /* word variant: the sibling's id in the ended state (idle where there is none) */
  u32 given_up;   /* queue variant: bit set of siblings whose id in the ended state is not known for that reason */
  u32 filled;     /* 1: the last idle sibling of the core became busy */
};

static __always_inline u64 now_ticks(void) { return bpf_ktime_get_ns() >> SMTSCOPE_TICK_SHIFT; }
static __always_inline int is_busy(u32 id) { return id >= SMTSCOPE_ID_KERNEL; }

/* A state as the step that reads counters compares it. */
static __always_inline void note_word(struct smtscope_state *state, u64 word) {
  state->mark = word;
  state->id[0] = (word >> SMTSCOPE_ID0_SHIFT) & SMTSCOPE_ID_MASK;
  state->id[1] = (word >> SMTSCOPE_ID1_SHIFT) & SMTSCOPE_ID_MASK;
}
static __always_inline void note_record(struct smtscope_state *state, const struct smtscope_core_record *record) {
  state->mark = record->last;
  __builtin_memcpy(state->id, record->id, sizeof(state->id));
}
