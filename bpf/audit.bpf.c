// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * An independent witness: every switch of every CPU with a clock reading of its own, into arrays that user
 * space maps. Shares no code with the programs it checks; keeps everything, decides nothing, wakes nobody.
 */
#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "audit.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define CORE __attribute__((preserve_access_index))
struct kernfs_node {
  __u64 id;
} CORE;
struct cgroup {
  struct kernfs_node *kn;
} CORE;
struct cgroup_subsys_state {
  struct cgroup *cgroup;
} CORE;
struct css_set {
  struct cgroup_subsys_state *subsys[1];
  struct cgroup *dfl_cgrp;
} CORE;
struct rq {
  __u64 nr_switches; /* counted in __schedule() just before the tracepoint */
} CORE;
struct cfs_rq {
  struct rq *rq;
} CORE;
struct sched_entity {
  struct cfs_rq *cfs_rq; /* CONFIG_FAIR_GROUP_SCHED */
} CORE;
struct task_struct {
  unsigned int flags;
  int pid;
  int tgid;
  struct css_set *cgroups;
  struct sched_entity se;
} CORE;

const volatile __u32 watched = 1;         /* CPUs below this number are logged */
const volatile __u32 records_per_cpu = 1; /* slots of each CPU in `records` */
const volatile int v1_subsys = -1;        /* index in css_set.subsys; < 0: the v2 hierarchy */

__u32 recording = 0; /* written by user space: 1 from when the log is wanted */

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1); /* watched * records_per_cpu */
  __type(key, __u32);
  __type(value, struct audit_record);
} records SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(map_flags, BPF_F_MMAPABLE);
  __uint(max_entries, 1); /* watched */
  __type(key, __u32);
  __type(value, struct audit_cpu);
} cursors SEC(".maps");

static __always_inline struct audit_record *take(__u32 cpu, __u64 now) {
  struct audit_cpu *cursor = bpf_map_lookup_elem(&cursors, &cpu);
  if (!cursor) return 0;
  if (cpu >= watched || cursor->used >= records_per_cpu) {
    if (!cursor->dropped++) cursor->full_ns = now;
    return 0;
  }
  __u32 at = cpu * records_per_cpu + (__u32)cursor->used;
  cursor->used++;
  return bpf_map_lookup_elem(&records, &at);
}

/* `typed`: the task came from a BTF tracepoint, where plain loads are allowed (and cheaper). */
#define READ(typed, task, field) ((typed) ? (task)->field : BPF_CORE_READ(task, field))

static __always_inline __u64 cgroup_of(struct task_struct *task, const int typed) {
  if (v1_subsys < 0) return typed ? task->cgroups->dfl_cgrp->kn->id : BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
  struct css_set *set = READ(typed, task, cgroups);
  struct cgroup_subsys_state *css = 0;
  bpf_probe_read_kernel(&css, sizeof(css), (void *)&set->subsys + sizeof(void *) * (v1_subsys & 31));
  return css ? BPF_CORE_READ(css, cgroup, kn, id) : 0;
}

static __always_inline void number(struct audit_record *r, struct task_struct *next, const int typed) {
  if (!bpf_core_field_exists(struct rq, nr_switches) || !bpf_core_field_exists(struct sched_entity, cfs_rq)) return;
  __u64 n = typed ? next->se.cfs_rq->rq->nr_switches : BPF_CORE_READ(next, se.cfs_rq, rq, nr_switches);
  r->pid |= (__u32)n << AUDIT_NUMBER_SHIFT;
  r->tgid |= AUDIT_NUMBERED;
}

static __always_inline void keep(struct task_struct *prev, struct task_struct *next, const int typed) {
  if (!*(volatile __u32 *)&recording) return;
  __u64 now = bpf_ktime_get_ns();
  struct audit_record *r = take(bpf_get_smp_processor_id(), now);
  if (!r) return;
  __u32 flags = READ(typed, next, flags);
  r->ns = now;
  r->took = 0;
  r->cgroup = cgroup_of(next, typed);
  r->prev = (__u64)prev;
  r->next = (__u64)next;
  r->pid = READ(typed, next, pid) & AUDIT_PID;
  r->tgid = (READ(typed, next, tgid) & AUDIT_TGID) | (typed ? 0 : AUDIT_SEED) |
            (flags & 0x00200000 /* PF_KTHREAD */ ? AUDIT_KTHREAD : 0);
  number(r, next, typed);
}

SEC("tp_btf/sched_switch")
int BPF_PROG(switch_audit, int preempt, struct task_struct *prev, struct task_struct *next) {
  keep(prev, next, 1);
  return 0;
}

/* Attached behind the program that is checked: its clock reading lies between those of the two. */
SEC("tp_btf/sched_switch")
int BPF_PROG(switch_audit_2, int preempt, struct task_struct *prev, struct task_struct *next) {
  __u32 cpu = bpf_get_smp_processor_id();
  struct audit_cpu *cursor = bpf_map_lookup_elem(&cursors, &cpu);
  if (!cursor || !cursor->used) return 0;
  __u32 at = cpu * records_per_cpu + (__u32)cursor->used - 1;
  struct audit_record *r = bpf_map_lookup_elem(&records, &at);
  if (!r || r->took || r->tgid & AUDIT_SEED || r->next != (__u64)next) return 0;
  __u64 took = bpf_ktime_get_ns() - r->ns;
  r->took = took > 0xffffffff ? 0xffffffff : took ? took : 1;
  return 0;
}

/* Run once on each CPU when recording begins: who runs there before the first switch. */
SEC("raw_tp")
int audit_seed(void *ctx) {
  struct task_struct *current = (void *)bpf_get_current_task();
  keep(current, current, 0);
  return 0;
}
