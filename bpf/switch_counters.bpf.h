/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Counters by entity and by what ran beside it. They are read where the running entity changes and at a tick while
 * one goes on: one reading ends a slice and begins the next, so that the slices of a CPU sum to what it counted.
 * docs/accounting.md says what a slice is worth.
 */
#pragma once

#include "switch_joint.bpf.h"
#include "switch_ledger.bpf.h"

#define SLICE_EPOCH 1  /* the buffer */
#define SLICE_FOUND 2  /* cpu->found is the state at the end of the slice */
#define SLICE_STARTS 4 /* cpu->wrote is the state that the next one begins with */
#define SLICE_LOST 8   /* nobody knows who ran */
#define SLICE_COUNTED 16

#define COUNTERS_TICK 187500 /* 3 ms in ticks: a timer cuts no slice shorter than that */
#define PEEK_TRIES 16

/* What the siblings of this CPU do in the state cpu->found. Global functions of scalars are checked once each. */
__noinline int slice_beside(u32 cpu_id) {
  struct smtscope_cpu *cpu = bpf_map_lookup_elem(&cpus, &cpu_id);
  if (!cpu) return SMTSCOPE_SLICE_UNKNOWN;
  u32 own = cpu->sibling & (SMTSCOPE_MAX_SIBLINGS - 1), n = cpu->siblings, id = cpu->slice_id;
  u32 same = 0, other = 0, unknown = 0;
  for (u32 i = 0; i < SMTSCOPE_MAX_SIBLINGS; i++) {
    if (i >= n) break;
    if (i == own) continue;
    u32 beside = cpu->found.id[i];
    if (beside == SMTSCOPE_ID_UNKNOWN) unknown = 1;
    if (!is_busy(beside)) continue;
    if (beside == id) same = 1;
    else other = 1;
  }
  if (unknown) return SMTSCOPE_SLICE_UNKNOWN;
  return other ? SMTSCOPE_SLICE_OTHER : same ? SMTSCOPE_SLICE_SAME : SMTSCOPE_SLICE_IDLE;
}

/* Reads all events of this CPU. 1: smtscope_counting.delta is what they counted since the reading before, all the time
 * and nothing else. */
__noinline int read_counters(u32 cpu_id) {
  if (!counters) return 0; /* the maps are not there; global functions are checked even if nobody calls them */
  struct smtscope_counting *k = bpf_map_lookup_elem(&counting, &cpu_id);
  if (!k) return 0;
  u32 generation = *(volatile u32 *)&k->generation;
  u32 failed = 0;
  for (u32 i = 0; i < SMTSCOPE_COUNTERS; i++) {
    if (i >= counters) break;
    u64 at = cpu_id * SMTSCOPE_COUNTERS + i;
    long error = bpf_perf_event_read_value(&counter_events, at, (void *)&k->value[i], sizeof(k->value[i]));
    if (!error) continue;
    k->error = error;
    failed = 1;
  }
  k->reads++;
  k->failed_reads += failed;
  u32 good = !failed && !(generation & 1) && *(volatile u32 *)&k->generation == generation;
  u32 counted = good && k->based && k->base_generation == generation;
  k->based = good;
  k->base_generation = generation;
  for (u32 i = 0; i < SMTSCOPE_COUNTERS; i++) {
    if (i >= counters) break;
    const struct smtscope_counter_value now = k->value[i], then = k->base[i];
    u64 enabled = now.enabled - then.enabled, running = now.running - then.running;
    k->base[i] = now;
    k->delta[i] = now.counter - then.counter;
    /* A stopped event stands still: that is not a count of 0. */
    if (running != enabled || now.counter < then.counter || (!enabled && !k->delta[i])) counted = 0;
  }
  return counted;
}

static __always_inline struct smtscope_counted *counter_cell(struct smtscope_counter_buffer *buffer, u64 key) {
  u32 first = (u32)((key * 0x9E3779B97F4A7C15ull) >> 32) & (SMTSCOPE_COUNTER_SLOTS - 1);
  for (u32 i = 0; i < SMTSCOPE_PROBES; i++) {
    u32 at = (first + i) & (SMTSCOPE_COUNTER_SLOTS - 1);
    struct smtscope_counter_cell *cell = &buffer->cell[at];
    if (cell->key == key) return &cell->sum;
    if (cell->key == 0) {
      cell->key = key;
      buffer->used[(at >> 6) & (SMTSCOPE_COUNTER_SLOTS / 64 - 1)] |= 1ull << (at & 63);
      return &cell->sum;
    }
  }
  return 0;
}

/* Adds a slice to the cell `key` of the buffer in `flags`. */
__noinline int book_slice(u32 cpu_id, u64 key, u64 ticks, u32 flags) {
  if (!counters) return 0;
  struct smtscope_counting *k = bpf_map_lookup_elem(&counting, &cpu_id);
  if (!k) return 0;
  struct smtscope_counter_buffer *buffer = &k->buffer[flags & SLICE_EPOCH];
  struct smtscope_counted *sum = counter_cell(buffer, key);
  if (!sum) {
    u32 at = folded(SMTSCOPE_COUNTER_KEY_ID(key)) * 8 + SMTSCOPE_COUNTER_KEY_CLASS(key);
    FORGET_RANGE(at);
    sum = &buffer->spill[at & 31];
    buffer->spilled++;
    buffer->spilled_ticks += ticks;
  }
  sum->slices++;
  if (!(flags & SLICE_COUNTED)) {
    sum->uncounted += ticks;
    return 0;
  }
  sum->ticks += ticks;
  for (u32 i = 0; i < SMTSCOPE_COUNTERS; i++) {
    if (i >= counters) break;
    sum->count[i] += k->delta[i];
  }
  return 0;
}

/* Ends the slice under way and begins one of `next_id`, both at `now`. */
__noinline int end_slice(u32 cpu_id, u32 next_id, u64 now, u32 flags) {
  if (!counters) return 0;
  struct smtscope_cpu *cpu = bpf_map_lookup_elem(&cpus, &cpu_id);
  struct smtscope_counting *k = bpf_map_lookup_elem(&counting, &cpu_id);
  if (!cpu || !k) return 0;
  u32 id = flags & SLICE_LOST ? SMTSCOPE_ID_UNKNOWN : cpu->slice_id;
  u32 class = SMTSCOPE_SLICE_UNKNOWN;
  if (id == SMTSCOPE_ID_UNKNOWN) {
    /* Who ran is not known: to nobody, whatever the siblings did. */
  } else if (cpu->siblings == 1) {
    class = SMTSCOPE_SLICE_NO_SIBLING;
  } else if (k->started && (flags & SLICE_FOUND)) {
    u64 start[2], found[2];
    __builtin_memcpy(start, k->start.id, sizeof(start));
    __builtin_memcpy(found, cpu->found.id, sizeof(found));
    u64 differs = (k->start.mark ^ cpu->found.mark) | (start[0] ^ found[0]) | (start[1] ^ found[1]);
    class = differs ? SMTSCOPE_SLICE_MIXED : slice_beside(cpu_id) & 7;
  }
  if (read_counters(cpu_id)) flags |= SLICE_COUNTED;
  if (k->began)
    book_slice(cpu_id, SMTSCOPE_COUNTER_KEY(id & SMTSCOPE_ID_MASK, class), now > k->began ? now - k->began : 0, flags);
  k->began = now;
  k->start = cpu->wrote;
  k->started = !!(flags & SLICE_STARTS);
  cpu->slice_id = next_id;
  return 0;
}

/* On every switch: nothing but a compare while the entity stays. */
static __always_inline void step_counters(struct switch_ctx *c) {
  if (!counters) return;
  if (c->next) c->cpu->switches++;
  if (c->cpu->slice_id == c->id && !c->missed) return;
  u32 flags = c->epoch & SLICE_EPOCH;
  if (c->missed) flags |= SLICE_LOST;
  if (c->closed) flags |= c->given_up ? SLICE_STARTS : SLICE_STARTS | SLICE_FOUND;
  end_slice(c->cpu_id, c->id, c->closed ? c->now : now_ticks(), flags);
}

/* The core's state without a write to it: 0 if it cannot be had or is known to be wrong. */
static __always_inline int look(struct switch_ctx *c, const int variant) {
  u32 slot = c->cpu->core;
  struct smtscope_core *core = bpf_map_lookup_elem(&cores, &slot);
  if (!core) return 0;
  u64 word = *(volatile u64 *)&core->word;
  if (variant == WORD) {
    c->epoch = !!(word & SMTSCOPE_EPOCH_BIT);
    note_word(&c->cpu->found, word);
  } else {
    struct smtscope_core_record *record = &c->cpu->record;
    void *queue = bpf_map_lookup_elem(&core_queues, &slot);
    c->epoch = word & 1;
    if (!queue) return 0;
    int seen = 0;
    for (int i = 0; i < PEEK_TRIES && !seen; i++) seen = bpf_map_peek_elem(queue, record) == 0;
    if (!seen) return 0;
    if (any_given_up(core, record)) return 0;
    note_record(&c->cpu->found, record);
  }
  c->cpu->wrote = c->cpu->found;
  return !c->cpu->stale;
}

/* Cuts the slice under way if it is longer than `longest` ticks. May come in the middle of a run of this CPU that has
 * interrupts on (of one by user space): that one is left alone. */
static __always_inline int flush(const int variant, const u64 longest) {
  if (!counters) return 0;
  u32 cpu_id = bpf_get_smp_processor_id();
  struct smtscope_cpu *cpu = bpf_map_lookup_elem(&cpus, &cpu_id);
  struct smtscope_counting *k = bpf_map_lookup_elem(&counting, &cpu_id);
  if (!cpu || !k || !cpu->siblings || !cpu->task || cpu->slice_id == SMTSCOPE_ID_IDLE) return 0;
  u64 run = *(volatile u64 *)&cpu->enter + 1;
  if (*(volatile u64 *)&cpu->exit + 1 != run) return 0;
  if (longest && now_ticks() < k->began + longest) return 0;
  *(volatile u64 *)&cpu->enter = run;
  struct switch_ctx c = {.cpu = cpu, .cpu_id = cpu_id};
  u32 flags = look(&c, variant) ? SLICE_FOUND | SLICE_STARTS : 0;
  c.missed = cpu->task != bpf_get_current_task();
  if (c.missed) flags |= SLICE_LOST;
  end_slice(cpu_id, c.missed ? SMTSCOPE_ID_UNKNOWN : cpu->slice_id, now_ticks(), flags | c.epoch);
  *(volatile u64 *)&cpu->exit = run;
  return 0;
}
