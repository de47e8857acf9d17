// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The one owner of sched_switch: who runs beside whom on the siblings of each core, and how long tasks
 * waited for it. Two programs with one list of steps; user space loads the one this kernel and topology
 * allow. Names on the hook carry `switch` in their first 15 characters.
 */
#include "switch_counters.bpf.h"
#include "switch_fault.bpf.h"
#include "switch_identity.bpf.h"
#include "switch_joint.bpf.h"
#include "switch_log.bpf.h"
#include "switch_pairs.bpf.h"
#include "switch_placement.bpf.h"
#include "switch_reader.bpf.h"
#include "switch_runqueue.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

static __always_inline void joint(struct switch_ctx *c, const int variant) {
  if (fault_ignores(c)) return;
  if (variant == WORD) joint_word(c);
  else joint_queue(c);
  if (!c->closed || fault_drops(c)) return;
  if (variant == WORD) credit_word(c);
  else credit_queue(c);
  c->cpu->stale = 0;
  c->cpu->idle_since = c->id == SMTSCOPE_ID_IDLE ? c->now : 0;
}

static __always_inline int on_switch(struct task_struct *prev, struct task_struct *next, const int variant) {
  u32 cpu_id = bpf_get_smp_processor_id();
  struct smtscope_cpu *cpu = bpf_map_lookup_elem(&cpus, &cpu_id);
  if (!cpu || !cpu->siblings) return 0;
  u64 run = cpu->enter + 1;
  *(volatile u64 *)&cpu->enter = run;
  struct switch_ctx c = {.cpu = cpu, .cpu_id = cpu_id, .prev = prev, .next = next};
  c.missed = cpu->task && cpu->task != (u64)prev;
  cpu->lost += c.missed;
  c.lost = c.missed | cpu->stale;
  cpu->task = (u64)next;
  fault_slows();
  c.id = identify(cpu, next, 1);
  joint(&c, variant);
  step_log(&c);
  step_runqueue(&c);
  step_placement(&c);
  step_counters(&c);
  *(volatile u64 *)&cpu->exit = run;
  return 0;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(switch_word, int preempt, struct task_struct *prev, struct task_struct *next) {
  return on_switch(prev, next, WORD);
}

SEC("tp_btf/sched_switch")
int BPF_PROG(switch_queue, int preempt, struct task_struct *prev, struct task_struct *next) {
  return on_switch(prev, next, QUEUE);
}

/* Run once per CPU after attach, on that CPU: a CPU that has not switched yet enters with its current task. */
static __always_inline int seed(const int variant) {
  u32 cpu_id = bpf_get_smp_processor_id();
  struct smtscope_cpu *cpu = bpf_map_lookup_elem(&cpus, &cpu_id);
  if (!cpu || !cpu->siblings || cpu->task) return 0;
  struct task_struct *current = (void *)bpf_get_current_task();
  u64 run = cpu->enter + 1;
  *(volatile u64 *)&cpu->enter = run;
  struct switch_ctx c = {.cpu = cpu, .cpu_id = cpu_id};
  cpu->task = (u64)current;
  c.id = identify(cpu, current, 0);
  joint(&c, variant);
  step_log(&c);
  step_counters(&c);
  *(volatile u64 *)&cpu->exit = run;
  return 0;
}

SEC("raw_tp")
int reader_seed_w(void *ctx) { return seed(WORD); }

SEC("raw_tp")
int reader_seed_q(void *ctx) { return seed(QUEUE); }

/* Counters of an entity that goes on running: at the first timer that expires some time into a slice, which on a busy
 * CPU is the scheduler's tick at the latest; and run by user space before it closes. No idle CPU is woken for it. */
SEC("tp_btf/hrtimer_expire_entry")
int BPF_PROG(counters_tick_w) { return flush(WORD, COUNTERS_TICK); }

SEC("tp_btf/hrtimer_expire_entry")
int BPF_PROG(counters_tick_q) { return flush(QUEUE, COUNTERS_TICK); }

SEC("raw_tp")
int reader_flush_w(void *ctx) { return flush(WORD, 0); }

SEC("raw_tp")
int reader_flush_q(void *ctx) { return flush(QUEUE, 0); }

/* Close the cores args[0] .. args[1] - 1, at most CLOSE_BATCH of them, into the map closes. */
static __always_inline int close_cores(u64 *args, const int variant) {
  u32 first = args[0], end = args[1];
  for (u32 i = 0; i < CLOSE_BATCH; i++) {
    u32 slot = first + i;
    if (slot >= end) break;
    struct smtscope_core *core = bpf_map_lookup_elem(&cores, &slot);
    struct smtscope_close *out = bpf_map_lookup_elem(&closes, &slot);
    if (!core || !out) break;
    out->done = variant == WORD ? close_word(core, out) : close_queue(slot);
  }
  return 0;
}

SEC("raw_tp")
int reader_close_w(u64 *ctx) { return close_cores(ctx, WORD); }

SEC("raw_tp")
int reader_close_q(u64 *ctx) { return close_cores(ctx, QUEUE); }

/* Bases of waits are made where memory may be asked for: at fork and, for tasks that live already, by an
 * iterator before the attach. The switch program only looks them up: it runs under the run queue's lock. */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(wait_base_fork, struct task_struct *parent, struct task_struct *child) {
  struct smtscope_wait_base *base = bpf_task_storage_get(&wait_bases, child, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
  if (base) {
    base->run_delay = child->sched_info.run_delay;
    base->valid = 1;
  }
  return 0;
}

SEC("iter/task")
int wait_base_all(struct bpf_iter__task *ctx) {
  struct task_struct *task = ctx->task;
  if (task) bpf_task_storage_get(&wait_bases, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
  return 0;
}
