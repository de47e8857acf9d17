/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What crosses the border between the witness program and its reader. */
#pragma once

#include <linux/types.h>

#define WITNESS_KTHREAD (1u << 31) /* in tgid: next is a kernel thread */
#define WITNESS_SEED (1u << 30)    /* in tgid: not a switch, the task found running */
#define WITNESS_TGID ((1u << 24) - 1)
#define WITNESS_PID ((1u << 24) - 1)
#define WITNESS_NUMBER_SHIFT 24 /* in pid: the CPU's own count of its switches, modulo 256 */

/* One switch; written by the CPU it happened on. pid 0: the idle task. */
struct witness_record {
  __u64 ns;     /* CLOCK_MONOTONIC */
  __u64 cgroup; /* cgroup id of next in the chosen hierarchy */
  __u64 prev;   /* the task's address */
  __u64 next;
  __u32 pid;  /* of next; and the number of the switch */
  __u32 tgid; /* of next; and flags */
};

struct witness_cpu {
  __u64 used;
  __u64 dropped; /* switches that found no room */
  __u64 pad[6];
};
