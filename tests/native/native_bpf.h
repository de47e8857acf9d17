// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The BPF helpers that the programs call, over plain memory: the programs compile as C and run in a test.
// At the points below the test may run other CPUs and the reader, so that every interleaving of a run is
// reached on purpose and without threads.
#pragma once

#include <linux/bpf.h>
#include <linux/types.h>

#include "abi.h"

#ifdef __cplusplus
extern "C" {
#endif

// Where a run can be held up. Between two of them it touches nothing that others write.
enum native_point {
  NATIVE_BEGUN,        // has entered, has not looked at the state of its core
  NATIVE_CLOCK,        // state loaded or taken, clock not read
  NATIVE_CLOCK_READ,   // clock read, state not written
  NATIVE_SWAPPED,      // state written, time not credited
  NATIVE_SWAP_FAILED,  // another one was first
  NATIVE_POPPED,       // queue variant: record taken
  NATIVE_POP_FAILED,
  NATIVE_PUSHED,  // queue variant: as NATIVE_SWAPPED
};

struct native_map;
extern struct native_map cores, cpus, closes, scan_cpus, ids, free_ids, id_table, core_queues, wait_bases, change_log,
    counter_events, counting;

__u64 bpf_ktime_get_ns(void);
__u32 bpf_get_smp_processor_id(void);
__u64 bpf_get_current_task(void);
long bpf_probe_read_kernel(void* to, __u32 size, const void* from);
void* bpf_map_lookup_elem(void* map, const void* key);
long bpf_map_update_elem(void* map, const void* key, const void* value, __u64 flags);
long bpf_map_push_elem(void* map, const void* value, __u64 flags);
long bpf_map_pop_elem(void* map, void* value);
long bpf_map_peek_elem(void* map, void* value);
long bpf_perf_event_read_value(void* map, __u64 index, void* value, __u32 size);
void* bpf_task_storage_get(void* map, void* task, void* value, __u64 flags);
void* bpf_ringbuf_reserve(void* map, __u64 size, __u64 flags);
void bpf_ringbuf_submit(void* record, __u64 flags);
__u64 native_compare_and_swap(__u64* at, __u64 old, __u64 wanted);

// Entry points and knobs of switch.bpf.c (switch_native.c).
struct task_struct;
int switch_word(int preempt, struct task_struct* prev, struct task_struct* next);
int switch_queue(int preempt, struct task_struct* prev, struct task_struct* next);
int reader_seed_w(void* ctx);
int reader_seed_q(void* ctx);
int reader_flush_w(void* ctx);
int reader_flush_q(void* ctx);
int counters_tick_w(void);
int counters_tick_q(void);
int reader_close_w(__u64* args);
int reader_close_q(__u64* args);
int wait_base_fork(struct task_struct* parent, struct task_struct* child);
extern __u64 log_dropped;
struct native_knobs {
  __u32 by, v1_subsys, kthreads_apart, runqueue, placement_every, log_changes, id_generation, counters;
};
void native_set_knobs(const struct native_knobs* knobs);
__u32 native_bucket_of(__u64 ns);

#ifdef __cplusplus
}
#endif

#define SEC(name)
#ifndef __noinline
#define __noinline __attribute__((noinline))
#endif
#define BPF_PROG(name, ...) name(__VA_ARGS__)
#define __sync_val_compare_and_swap(at, old, wanted) native_compare_and_swap(at, old, wanted)
