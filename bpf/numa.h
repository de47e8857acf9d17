/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What crosses the border between the programs on NUMA decisions of the scheduler and their reader. */
#pragma once

#include <linux/types.h>

/* Index in numa_cpu.count. */
enum numa_decision {
  NUMA_DECISION_MOVE,  /* a task went to the node of its memory */
  NUMA_DECISION_STICK, /* it should have and could not */
  NUMA_DECISION_SWAP,  /* it went there in exchange for another */
  NUMA_DECISION_SKIP,  /* a task or part of its memory was not looked at */
  NUMA_DECISIONS
};

/* One CPU's counts since load; written by that CPU. A cache line of its own. */
struct numa_cpu {
  __u64 count[NUMA_DECISIONS];
  __u64 pad[8 - NUMA_DECISIONS];
};
