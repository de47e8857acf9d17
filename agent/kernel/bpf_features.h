// SPDX-License-Identifier: Apache-2.0
// What BPF on this kernel can do for us: asked of the kernel and its BTF, never guessed from a version.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/result.h"

namespace smtscope {

struct BpfFeatures {
  bool btf = false;                         // /sys/kernel/btf/vmlinux can be read
  bool sched_switch_btf = false;            // btf_trace_sched_switch is there: a tp_btf program can attach
  bool compare_and_swap = false;            // BPF atomics with a result (5.12)
  bool task_storage = false;                // in tracing programs
  bool sched_info = false;                  // task_struct.sched_info and the run queue's clock: run-queue latency
  bool ring_buffer = false;                 // 5.8
  std::vector<std::string> v1_controllers;  // names by css_set.subsys index
  std::string btf_error;                    // why btf is false
};

// Never fails: what cannot be asked (no permission) reads as absent. Loads one tiny program.
[[nodiscard]] BpfFeatures probe_bpf_features();

// The same from BTF alone, with no bpf call that loads or creates anything, so `doctor --plan` needs no permission.
// Atomics are older (5.12) than task storage in tracing (5.13, where task_struct got its field): both are read from
// that field, and 5.12 itself reads as without. ring_buffer stays false.
[[nodiscard]] BpfFeatures read_bpf_features();

// What stops this process from loading BPF programs at all, if anything: capability, lockdown, sysctl.
[[nodiscard]] Result<> may_load_bpf();

// Routes libbpf's messages into a buffer; the text of the last failing load, for error messages.
void capture_libbpf_messages();
[[nodiscard]] std::string take_libbpf_messages();

// The same, cut to what fits a screen: the verifier's verdict is at the end.
struct LoadMessages {
  std::string text;
  bool verdict = false;  // the verifier left a log: its EACCES is no question of permission
};
[[nodiscard]] LoadMessages take_load_messages();

}  // namespace smtscope
