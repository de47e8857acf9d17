// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The scheduler program as plain C, unchanged.
#include "native_bpf.h"

#include "switch.bpf.c"

void native_set_knobs(const struct native_knobs* knobs) {
  by = knobs->by;
  v1_subsys = knobs->v1_subsys;
  kthreads_apart = knobs->kthreads_apart;
  runqueue = knobs->runqueue;
  placement_every = knobs->placement_every;
  log_changes = knobs->log_changes;
  id_generation = knobs->id_generation;
  counters = knobs->counters;
}

__u32 native_bucket_of(__u64 ns) { return bucket_of(ns); }
