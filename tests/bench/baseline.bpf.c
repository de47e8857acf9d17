// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a program on sched_switch costs before it does anything, and with one clock reading. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h> /* needs the types of linux/bpf.h: the order matters */

char LICENSE[] SEC("license") = "Dual BSD/GPL";

__u64 sink[64 * 1024]; /* a line per CPU, so that CPUs do not share one */

SEC("tp_btf/sched_switch")
int empty_switch(void* ctx) { return 0; }

SEC("tp_btf/sched_switch")
int clock_switch(void* ctx) {
  __u32 at = (bpf_get_smp_processor_id() * 8) & (64 * 1024 - 1);
  sink[at] = bpf_ktime_get_ns();
  return 0;
}
