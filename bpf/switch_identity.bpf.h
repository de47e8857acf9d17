/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Identity: task -> key -> id. The key is a cgroup id (never reused by the kernel) or a process key. */
#pragma once

#include "switch_step.bpf.h"

static __always_inline u64 cgroup_key(struct task_struct *task, const int trusted) {
  if (by == SMTSCOPE_BY_CGROUP_V1) {
    struct css_set *set = FIELD(trusted, task, cgroups);
    struct cgroup_subsys_state *css = 0;
    /* The index is a knob, not a compile-time constant, so the address is formed by hand. */
    const void *at = (const void *)&set->subsys + sizeof(void *) * (v1_subsys & 31);
    if (bpf_probe_read_kernel(&css, sizeof(css), at)) return 0;
#ifndef SMTSCOPE_NATIVE
    return BPF_CORE_READ(css, cgroup, kn, id);
#else
    return css->cgroup->kn->id;
#endif
  }
#ifndef SMTSCOPE_NATIVE
  if (!trusted) return BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
#endif
  return task->cgroups->dfl_cgrp->kn->id;
}

/* tgid and start of the leader: a reused pid is another process. */
static __always_inline u64 process_key(struct task_struct *task, const int trusted) {
  struct task_struct *leader = FIELD(trusted, task, group_leader);
  u64 start = FIELD(trusted, leader, start_boottime);
  u64 tgid = (u32)FIELD(trusted, task, tgid);
  return (start >> SMTSCOPE_START_SHIFT) << SMTSCOPE_PID_BITS | (tgid & ((1u << SMTSCOPE_PID_BITS) - 1));
}

static __always_inline void describe(u32 id, u64 key, struct task_struct *task, u32 flags, const int trusted) {
  struct smtscope_id_info *info = bpf_map_lookup_elem(&id_table, &id);
  if (!info) return;
  struct task_struct *leader = FIELD(trusted, task, group_leader);
  info->key = key;
  info->tgid = FIELD(trusted, task, tgid);
  info->kthread = !!(flags & PF_KTHREAD);
#ifndef SMTSCOPE_NATIVE
  bpf_probe_read_kernel(info->comm, sizeof(info->comm),
                        (const void *)leader + bpf_core_field_offset(struct task_struct, comm));
#else
  __builtin_memcpy(info->comm, leader->comm, sizeof(info->comm));
#endif
}

/* A miss in this CPU's cache: the global table, or a new id. SMTSCOPE_ID_OTHER if none is free. */
static __always_inline u32 take_id(u64 key, struct task_struct *task, u32 flags, const int trusted) {
  u32 *known = bpf_map_lookup_elem(&ids, &key);
  if (known) return *known;
  u32 id = 0;
  if (bpf_map_pop_elem(&free_ids, &id)) return SMTSCOPE_ID_OTHER;
  id &= SMTSCOPE_ID_MASK;
  describe(id, key, task, flags, trusted);
  if (bpf_map_update_elem(&ids, &key, &id, BPF_NOEXIST) == 0) return id;
  /* Another CPU was first, or the table is full. */
  bpf_map_push_elem(&free_ids, &id, 0);
  known = bpf_map_lookup_elem(&ids, &key);
  return known ? *known : SMTSCOPE_ID_OTHER;
}

static __always_inline u32 identify(struct smtscope_cpu *cpu, struct task_struct *task, const int trusted) {
  if (FIELD(trusted, task, pid) == 0) return SMTSCOPE_ID_IDLE;
  u32 flags = FIELD(trusted, task, flags);
  if ((flags & PF_KTHREAD) && !kthreads_apart) return SMTSCOPE_ID_KERNEL;
  u64 key = by == SMTSCOPE_BY_PROCESS ? process_key(task, trusted) : cgroup_key(task, trusted);
  if (!key) return SMTSCOPE_ID_OTHER;
  struct smtscope_cached_id *cached = &cpu->cache[(key ^ key >> 6 ^ key >> 22) & (SMTSCOPE_ID_CACHE - 1)];
  u32 generation = *(volatile u32 *)&id_generation;
  if (cached->key != key || cached->generation != generation) {
    /* Also that none was free: asking again takes a lock that all CPUs share. User space raises the
     * generation when it has lent ids again. */
    cached->id = take_id(key, task, flags, trusted);
    cached->key = key;
    cached->generation = generation;
  }
  if (cached->id == SMTSCOPE_ID_OTHER) cpu->ids_dropped++;
  return cached->id;
}
