// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Counts what NUMA balancing decides about tasks, per CPU, into an array that user space maps. None of the
 * arguments is read: kernels differ in them. The loader leaves out the hooks that the kernel's BTF does not have.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "numa.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1); /* possible CPUs */
  __type(key, __u32);
  __type(value, struct numa_cpu);
} decisions SEC(".maps");

/* Rare (at most some a second), and preemptible on some kernels: an atomic add costs nothing here. */
static __always_inline int count(enum numa_decision which) {
  __u32 cpu = bpf_get_smp_processor_id();
  struct numa_cpu *own = bpf_map_lookup_elem(&decisions, &cpu);
  if (own) __sync_fetch_and_add(&own->count[which], 1);
  return 0;
}

SEC("tp_btf/sched_move_numa")
int numa_move(void *ctx) { return count(NUMA_DECISION_MOVE); }

SEC("tp_btf/sched_stick_numa")
int numa_stick(void *ctx) { return count(NUMA_DECISION_STICK); }

SEC("tp_btf/sched_swap_numa")
int numa_swap(void *ctx) { return count(NUMA_DECISION_SWAP); }

SEC("tp_btf/sched_skip_vma_numa")
int numa_skip_vma(void *ctx) { return count(NUMA_DECISION_SKIP); }

SEC("tp_btf/sched_skip_cpuset_numa")
int numa_skip_cpuset(void *ctx) { return count(NUMA_DECISION_SKIP); }
