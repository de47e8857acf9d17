/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel types the programs touch, as CO-RE flavours: only the fields used, offsets from the BTF of
 * the running kernel. Natively (unit tests, fuzzers) the same structs are plain memory.
 */
#pragma once

#ifndef SMTSCOPE_NATIVE
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#define SMTSCOPE_CORE_TYPE __attribute__((preserve_access_index))
#define SMTSCOPE_KNOB const volatile /* read-only data: the verifier knows the value */
#else
#include "native_bpf.h"
#define SMTSCOPE_CORE_TYPE
#define SMTSCOPE_KNOB volatile
#endif

#include "abi.h"

/* Hides where a value came from: clang would drop a bound that it can prove and the verifier cannot. */
#ifndef SMTSCOPE_NATIVE
#define FORGET_RANGE(value) asm volatile("" : "+r"(value))
#else
#define FORGET_RANGE(value) (void)(value)
#endif

typedef __u64 u64;
typedef __s64 s64;
typedef __u32 u32;

#define PF_KTHREAD 0x00200000 /* include/linux/sched.h, same value in 5.10 .. 6.18 */

struct kernfs_node {
  u64 id;
} SMTSCOPE_CORE_TYPE;

struct cgroup {
  struct kernfs_node *kn;
} SMTSCOPE_CORE_TYPE;

struct cgroup_subsys_state {
  struct cgroup *cgroup;
} SMTSCOPE_CORE_TYPE;

struct css_set {
  struct cgroup_subsys_state *subsys[4]; /* longer in the kernel; the index is checked against BTF by the loader */
  struct cgroup *dfl_cgrp;
} SMTSCOPE_CORE_TYPE;

struct sched_info {
  unsigned long long run_delay;   /* ns, sum of finished waits */
  unsigned long long last_queued; /* ns, clock of the run queue; 0: not queued */
} SMTSCOPE_CORE_TYPE;

struct rq {
  u64 clock; /* ns */
} SMTSCOPE_CORE_TYPE;

struct cfs_rq {
  struct rq *rq;
} SMTSCOPE_CORE_TYPE;

struct sched_entity {
  struct cfs_rq *cfs_rq; /* CONFIG_FAIR_GROUP_SCHED; set for tasks of every class */
} SMTSCOPE_CORE_TYPE;

struct cpumask {
  unsigned long bits[1];
} SMTSCOPE_CORE_TYPE;

struct task_struct {
  unsigned int flags;
  int pid;
  int tgid;
  u64 start_boottime;
  struct task_struct *group_leader;
  struct css_set *cgroups;
  struct sched_info sched_info;
  struct sched_entity se;
  const struct cpumask *cpus_ptr;
  char comm[16];
} SMTSCOPE_CORE_TYPE;

struct bpf_iter__task {
  struct task_struct *task;
} SMTSCOPE_CORE_TYPE;

/*
 * One field of a kernel object. `trusted` (a compile-time constant) says that the pointer came from a
 * BTF tracepoint argument, where the verifier allows a plain load; a raw_tp program on 5.10 has no typed
 * `current` (bpf_get_current_task_btf: 5.11) and must read through the helper.
 */
#ifndef SMTSCOPE_NATIVE
#define FIELD(trusted, object, field) ((trusted) ? (object)->field : BPF_CORE_READ(object, field))
#else
#define FIELD(trusted, object, field) ((object)->field)
#endif
