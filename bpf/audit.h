/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What crosses the border between the log of every switch and its reader. */
#pragma once

#include <linux/types.h>

#define AUDIT_KTHREAD (1u << 31)  /* in tgid: next is a kernel thread */
#define AUDIT_SEED (1u << 30)     /* in tgid: not a switch, the task found running */
#define AUDIT_NUMBERED (1u << 29) /* in tgid: the number in pid was read; this kernel has it */
#define AUDIT_TGID ((1u << 24) - 1)
#define AUDIT_PID ((1u << 24) - 1)
#define AUDIT_NUMBER_SHIFT 24 /* in pid: the CPU's own count of its switches, modulo 256 */

/* One switch; written by the CPU it happened on. pid 0: the idle task. */
struct audit_record {
  __u64 ns;     /* CLOCK_MONOTONIC */
  __u64 cgroup; /* cgroup id of next in the chosen hierarchy */
  __u64 prev;   /* the task's address */
  __u64 next;
  __u32 pid;  /* of next; and the number of the switch */
  __u32 tgid; /* of next; and flags */
  __u32 took; /* ns until the programs behind this one on the hook were done; 0: not known */
  __u32 pad;
};

/* One CPU's place in the log; written by that CPU. */
struct audit_cpu {
  __u64 used;    /* records written */
  __u64 dropped; /* switches that found no room */
  __u64 full_ns; /* CLOCK_MONOTONIC of the first of them */
  __u64 pad[5];  /* a cache line of its own */
};
