/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Shared by the kernel programs and user space. Fixed width, explicit padding; every field names its
 * writer, its unit and, where it is not plain, the reason for its width.
 */
#pragma once

#include <linux/types.h>

/* ---- ids -------------------------------------------------------------------------------------
 * What runs on a CPU, as 14 bits: two of them, an epoch and a time fit one 64-bit word. Ids from
 * SMTSCOPE_ID_FIRST on are lent to entities by user space (map free_ids) and described in id_table.
 */
enum smtscope_id {
  SMTSCOPE_ID_IDLE = 0,    /* the idle task (pid 0) */
  SMTSCOPE_ID_UNKNOWN = 1, /* not seen yet, a lost switch, or an update given up */
  SMTSCOPE_ID_KERNEL = 2,  /* kernel threads, where they are one entity */
  SMTSCOPE_ID_OTHER = 3,   /* no id was free for this entity, or no cell for its credit */
  SMTSCOPE_ID_FIRST = 4,
};
#define SMTSCOPE_ID_BITS 14
#define SMTSCOPE_ID_COUNT (1u << SMTSCOPE_ID_BITS)
#define SMTSCOPE_ID_MASK (SMTSCOPE_ID_COUNT - 1)

/* ---- the state word ---------------------------------------------------------------------------
 * id1:14 | id0:14 | epoch:1 | last:35. `last` is CLOCK_MONOTONIC in ticks of 16 ns modulo 2^35
 * (9.2 minutes; the reader closes every core far more often). Differences are taken modulo 2^35.
 */
#define SMTSCOPE_TICK_SHIFT 4
#define SMTSCOPE_LAST_BITS 35
#define SMTSCOPE_LAST_MASK ((1ull << SMTSCOPE_LAST_BITS) - 1)
#define SMTSCOPE_EPOCH_BIT (1ull << SMTSCOPE_LAST_BITS)
/* A difference this close below 2^35 (1.07 s) is a clock that has gone back, not 9 minutes that went by. */
#define SMTSCOPE_BACK_TICKS (1ull << 26)
#define SMTSCOPE_ID0_SHIFT (SMTSCOPE_LAST_BITS + 1)
#define SMTSCOPE_ID1_SHIFT (SMTSCOPE_ID0_SHIFT + SMTSCOPE_ID_BITS)

#define SMTSCOPE_MAX_SIBLINGS 8

/* One core. Word variant: all siblings and the reader write `word` by compare-and-swap.
 * Queue variant: the state lives in the queue element; the reader keeps the epoch here (bit 0 of
 * `word`) for credits that do not take the lock. A cache line of its own: siblings share it, nobody else. */
struct smtscope_core {
  __u64 word;
  /* Queue variant, by sibling index: count << 16 | id. How often this sibling had to give an update up, and what
   * runs there since the last time. Written by that sibling alone; whoever takes the record next puts it in. */
  __u32 given_up[SMTSCOPE_MAX_SIBLINGS];
  __u64 pad[3];
};

/* The element of a core's queue (queue variant): lock and record in one. */
struct smtscope_core_record {
  __u64 last;  /* ticks, not reduced */
  __u32 epoch; /* 0 or 1: the ledger buffer that credits go to; flipped by the reader */
  __u32 pad;
  __u16 id[SMTSCOPE_MAX_SIBLINGS];   /* by sibling index; written by that sibling */
  __u16 seen[SMTSCOPE_MAX_SIBLINGS]; /* the count of smtscope_core.given_up that `id` knows of */
};

/* What the reader's close found, one per core slot. Written by the close program, read by user space
 * right after. The open interval old.last .. now belongs to the ids in `old`. */
struct smtscope_close {
  struct smtscope_core_record old; /* in the word variant unpacked from the word, `last` not reduced */
  __u64 now;                       /* ticks, not reduced */
  __u32 done;                      /* 1: closed; 0: gave up, the core stays open */
  __u32 clamped;                   /* 1: the clock had gone back; the core was closed at old.last */
};

/* ---- the ledger -------------------------------------------------------------------------------
 * Time is credited by the CPU that ends a state, into an open-addressing table that only this CPU
 * writes. Two buffers: the epoch of the replaced state names the one in use, so that a close cuts
 * exactly. User space drains and clears the closed buffer.
 */
enum smtscope_kind {
  SMTSCOPE_CELL_PAIR = 1,         /* a <= b: ids of the two siblings (b alone where a core has one); value: ticks */
  SMTSCOPE_CELL_CLASS = 2,        /* a: id, b: enum smtscope_class; cores with n > 2; value: ticks */
  SMTSCOPE_CELL_BUSY = 3,         /* a: number of busy siblings, or SMTSCOPE_BUSY_UNKNOWN; n > 2; value: ticks */
  SMTSCOPE_CELL_WAIT = 4,         /* a: id, b: wait bucket; value: count << 39 | sum in ticks */
  SMTSCOPE_CELL_RUNNING_PAIR = 5, /* a <= b: ids of two busy siblings of a core with n > 2; value: ticks */
};
#define SMTSCOPE_BUSY_UNKNOWN 15

/* What ran beside an entity (cores with n > 2; for n <= 2 the pair says it). */
enum smtscope_class {
  SMTSCOPE_BESIDE_IDLE = 0,
  SMTSCOPE_BESIDE_SAME = 1,
  SMTSCOPE_BESIDE_OTHER = 2,
  SMTSCOPE_BESIDE_UNKNOWN = 3,
};

#define SMTSCOPE_KEY(kind, a, b) ((__u64)(kind) << 56 | (__u64)(a) << 16 | (__u64)(b))
#define SMTSCOPE_KEY_KIND(key) ((__u32)((key) >> 56))
#define SMTSCOPE_KEY_A(key) ((__u32)((key) >> 16) & 0xffff)
#define SMTSCOPE_KEY_B(key) ((__u32)(key)&0xffff)

/* 25 bits of count and 39 bits of 16 ns: 33 M waits and 8,796 s of waiting per CPU, entity, bucket
 * and close. A sum that would not fit is counted in waits_dropped, never wrapped. */
#define SMTSCOPE_WAIT_SUM_BITS 39
#define SMTSCOPE_WAIT_SUM_MASK ((1ull << SMTSCOPE_WAIT_SUM_BITS) - 1)

/* Buckets: 0 is <= 1,024 ns; then 8 per octave up to 2^34 ns (17.2 s); the last has no bound. */
#define SMTSCOPE_BUCKET_FIRST_BITS 10
#define SMTSCOPE_BUCKET_OCTAVES 24
#define SMTSCOPE_BUCKETS (1 + 8 * SMTSCOPE_BUCKET_OCTAVES + 1)

#define SMTSCOPE_SLOTS 2048
#define SMTSCOPE_PROBES 8

struct smtscope_slot {
  __u64 key; /* 0: free */
  __u64 value;
};

/* Written by the owning CPU while its epoch is current, cleared by user space after the drain. */
struct smtscope_buffer {
  struct smtscope_slot slot[SMTSCOPE_SLOTS];
  __u64 used[SMTSCOPE_SLOTS / 64]; /* bit i: slot i holds a key; spares the reader the empty ones */
  /* Where no slot is free: preallocated cells with entities folded into SMTSCOPE_ID_OTHER. */
  __u64 spill_pair[4 * 4];                /* [a * 4 + b], a <= b; ticks (cores with n > 2: running pairs) */
  __u64 spill_class[4 * 4];               /* [id * 4 + class]; ticks */
  __u64 spill_busy[16];                   /* [number busy]; ticks */
  __u64 spill_wait[SMTSCOPE_BUCKETS + 6]; /* [bucket], of SMTSCOPE_ID_OTHER; count << 39 | ticks */
  __u64 spilled;                          /* credits that went to a spill cell */
  __u64 spilled_ticks;                    /* ... and their time (waits not included) */
};

/* ---- counters -----------------------------------------------------------------------------------
 * A slice is what one CPU counted from one reading of its counters to its next, while one entity ran there.
 */
#define SMTSCOPE_COUNTERS 4        /* events at most: by convention instructions, cycles, reference cycles, a spare */
#define SMTSCOPE_COUNTER_SLOTS 512 /* (entity, class) of one CPU between two closes */

/* What the siblings did in a slice; the numbers of SliceClass in user space. */
enum smtscope_slice_class {
  SMTSCOPE_SLICE_IDLE = 0,       /* all idle */
  SMTSCOPE_SLICE_SAME = 1,       /* the same entity and nobody else */
  SMTSCOPE_SLICE_OTHER = 2,      /* another entity */
  SMTSCOPE_SLICE_MIXED = 3,      /* the core's state was written in between */
  SMTSCOPE_SLICE_UNKNOWN = 4,    /* not known at the start or at the end */
  SMTSCOPE_SLICE_NO_SIBLING = 5, /* there is none */
};

/* A state of a core, to see whether it is still the same: `mark` changes at every write but one of the same moment. */
struct smtscope_state {
  __u64 mark; /* word variant: the word; queue variant: record.last */
  __u16 id[SMTSCOPE_MAX_SIBLINGS];
};

/* As bpf_perf_event_read_value says it. */
struct smtscope_counter_value {
  __u64 counter;
  __u64 enabled; /* ns */
  __u64 running; /* ns; less than enabled: the event shared its counter with others */
};

struct smtscope_counted {
  __u64 ticks; /* of slices whose counts are good, and those counts */
  __u64 count[SMTSCOPE_COUNTERS];
  __u64 uncounted; /* ticks of slices without: a reading failed, a first one, or shared counters */
  __u64 slices;
};

struct smtscope_counter_cell {
  __u64 key; /* SMTSCOPE_COUNTER_KEY; 0: free */
  struct smtscope_counted sum;
};
#define SMTSCOPE_COUNTER_KEY(id, slice_class) (1ull << 32 | (__u64)(id) << 8 | (slice_class))
#define SMTSCOPE_COUNTER_KEY_ID(key) ((__u32)((key) >> 8) & SMTSCOPE_ID_MASK)
#define SMTSCOPE_COUNTER_KEY_CLASS(key) ((__u32)(key)&7)

/* As smtscope_buffer: written by the owning CPU while its epoch is current, cleared by user space. */
struct smtscope_counter_buffer {
  struct smtscope_counter_cell cell[SMTSCOPE_COUNTER_SLOTS];
  __u64 used[SMTSCOPE_COUNTER_SLOTS / 64];
  struct smtscope_counted spill[4 * 8]; /* [id * 8 + class], entities folded into SMTSCOPE_ID_OTHER */
  __u64 spilled;                        /* slices that went to a spill cell */
  __u64 spilled_ticks;
};

/* One CPU; an array of its own, that exists only where counters are read. */
struct smtscope_counting {
  /* Line 0: written by user space: goes up before and after an event of this CPU is put in or taken out. Odd, or not
   * the one of the last reading: the two readings are not of the same events. */
  __u32 generation;
  __u32 pad0[15];
  /* The rest by the owning CPU. Cumulative: */
  __u64 reads;        /* of all events once */
  __u64 failed_reads; /* ... of which at least one event could not be read */
  __s64 error;        /* the last: -ENOENT none put in, -EINVAL of another CPU, -EBUSY no counter free */
  /* The slice under way. */
  __u64 began; /* ticks; 0: none yet */
  struct smtscope_state start;
  __u32 started;         /* 1: `start` is the core's state as this CPU left it or found it */
  __u32 based;           /* 1: `base` holds a reading */
  __u32 base_generation; /* ... of these events */
  __u32 pad1;
  struct smtscope_counter_value base[SMTSCOPE_COUNTERS];
  struct smtscope_counter_value value[SMTSCOPE_COUNTERS]; /* while reading */
  __u64 delta[SMTSCOPE_COUNTERS];                         /* while booking */
  struct smtscope_counter_buffer buffer[2];
};

/* ---- one CPU ----------------------------------------------------------------------------------*/

/* Placement: what a scan has found so far. In a map, not on the stack: to the verifier these are then
 * unknown numbers, and it walks the loop once an iteration instead of once a combination. */
struct smtscope_scan {
  __u64 since;   /* ticks: the latest of the core's siblings' turns to idle */
  __u64 longest; /* ticks: longest idle time of a wholly idle, allowed core so far */
  __u32 core;    /* slot of the core being looked at */
  __u32 busy;    /* 1: a CPU of it is not idle */
  __u32 allowed; /* 1: `next` may run on a CPU of it */
  __u32 found;   /* 1: a wholly idle, allowed core was seen */
};

struct smtscope_cached_id {
  __u64 key;
  __u32 id;
  __u32 generation; /* entry counts only if equal to id_generation */
};
#define SMTSCOPE_ID_CACHE 64

struct smtscope_cpu {
  /* Line 0: written by the owning CPU at every run. */
  __u64 enter;      /* runs begun; user space drains when every begun run has left */
  __u64 exit;       /* runs left */
  __u64 task;       /* address of the task this CPU switched to; 0: not seeded */
  __u64 idle_since; /* ticks; 0: not idle. Read by placement on other CPUs */
  __u64 wait_carry; /* ns below one tick left over from earlier waits */
  __u32 own_id;     /* queue variant: the id this CPU last wrote to its record */
  __u32 stale;      /* 1: an update was given up; the own id in the core's state is wrong */
  __u32 slice_id;   /* counters: whose slice is under way; SMTSCOPE_ID_UNKNOWN: nobody's. User space sets it at first */
  __u32 pad0;
  __u64 switches; /* counters: runs on sched_switch */
  /* Line 1: written by user space before attach and when the topology changes. */
  __u32 core;       /* slot of its core in the map cores */
  __u32 sibling;    /* index among its siblings */
  __u32 siblings;   /* n, 1..8; 0: this CPU is not measured */
  __u32 scan_first; /* placement: first CPU of its last-level cache in the map scan_cpus, siblings adjacent */
  __u32 scan_count; /* ... and how many */
  __u32 pad1[11];
  /* Line 2: anomalies, cumulative; written by the owning CPU. */
  __u64 lost;          /* switches that never arrived */
  __u64 lost_ticks;    /* time booked unknown for them and for given-up updates */
  __u64 contended;     /* updates given up */
  __u64 retries;       /* compare-and-swap or pop attempts that failed */
  __u64 clamped;       /* states ended where they began: the clock reading was older */
  __u64 ids_dropped;   /* entities for which no id was free: runs booked to SMTSCOPE_ID_OTHER */
  __u64 waits_dropped; /* waits not booked: a cell was at its limit */
  __u64 waits_unbased; /* waits of tasks without a base: booked from the last queueing only */
  /* Line 3: placement, cumulative; written by the owning CPU. */
  __u64 transitions; /* moments when the last idle sibling of its core became busy */
  __u64 sampled;     /* ... that were examined */
  __u64 avoidable;   /* ... with a whole other core idle and allowed */
  __u64 pad3[5];
  /* Examined transitions by the longest time another allowed core of the cache had been idle. */
  __u64 placement[SMTSCOPE_BUCKETS + 6];
  struct smtscope_scan scan;          /* placement: while this CPU scans */
  struct smtscope_core_record record; /* queue variant: the record while this CPU holds it */
  struct smtscope_state found, wrote; /* counters: the state that a run ended, and the one it left */
  struct smtscope_cached_id cache[SMTSCOPE_ID_CACHE];
  struct smtscope_buffer buffer[2];
};

/* Who an id stands for; written when the id is taken, by the CPU that takes it. */
struct smtscope_id_info {
  __u64 key;     /* cgroup id, or process key: tgid in the low 22 bits, start time in ~1 ms above */
  __u32 tgid;    /* of the task that took it */
  __u32 kthread; /* 1: a kernel thread */
  char comm[16]; /* of the thread group's leader */
};
#define SMTSCOPE_PID_BITS 22
#define SMTSCOPE_START_SHIFT 20 /* ns to ~1 ms */

/* What a task had waited when it last got a CPU (task storage). */
struct smtscope_wait_base {
  __u64 run_delay; /* ns, as sched_info.run_delay will read after that switch */
  __u64 valid;     /* 0: first wait after attach, not counted */
};

/* Test log: one record per sibling whose id in a core's state changes, with the program's own clock reading. */
struct smtscope_log_record {
  __u64 now;     /* ticks, not reduced */
  __u32 core;    /* slot of its core in the map cores */
  __u32 sibling; /* index among its siblings */
  __u32 id;      /* what runs from now on */
  __u32 unknown; /* 1: what ran until now was booked unknown */
};

/* How `next` becomes a key. */
enum smtscope_by {
  SMTSCOPE_BY_CGROUP_V2 = 0,
  SMTSCOPE_BY_CGROUP_V1 = 1, /* css_set.subsys[] index in the knob v1_subsys */
  SMTSCOPE_BY_PROCESS = 2,
};
enum smtscope_runqueue {
  SMTSCOPE_RUNQUEUE_OFF = 0,
  SMTSCOPE_RUNQUEUE_LAST_QUEUED = 1, /* no task storage: a wait that moved is split */
  SMTSCOPE_RUNQUEUE_FULL = 2,
};
