// SPDX-License-Identifier: Apache-2.0
// A task with all that the programs read of it.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "compat.bpf.h"

namespace smtscope::native {

// Refers to its own parts: stays where it was made.
class Task {
 public:
  // `pid` 0 is the idle task of a CPU. In cgroup `cgroup_id` of the v2 hierarchy.
  Task(int pid, std::uint64_t cgroup_id, unsigned flags = 0) {
    raw.pid = raw.tgid = pid;
    raw.flags = flags;
    raw.group_leader = &raw;
    raw.cgroups = &set_;
    raw.start_boottime = std::uint64_t(pid) << SMTSCOPE_START_SHIFT;
    raw.se.cfs_rq = &cfs_;
    raw.cpus_ptr = reinterpret_cast<const cpumask*>(allowed.data());
    set_.dfl_cgrp = &group_;
    set_.subsys[1] = &css_;
    css_.cgroup = &v1_group_;
    group_.kn = &node_;
    v1_group_.kn = &v1_node_;
    node_.id = cgroup_id;
    v1_node_.id = cgroup_id + 1000000;  // as in hybrid set-ups: another number in subsys[1]
    cfs_.rq = &rq_;
    allowed.fill(~0ul);
    std::strncpy(raw.comm, "task", sizeof(raw.comm));
  }
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  // Queued for `wait_ns` on a run queue whose clock reads `clock_ns` when it gets the CPU.
  void queue_for(std::uint64_t wait_ns, std::uint64_t clock_ns = 1'000'000'000'000) {
    rq_.clock = clock_ns;
    raw.sched_info.last_queued = clock_ns - wait_ns;
  }
  void move_to_cgroup(std::uint64_t cgroup_id) { node_.id = cgroup_id; }
  [[nodiscard]] std::uint64_t cgroup_id() const { return node_.id; }
  [[nodiscard]] bool kthread() const { return raw.flags & PF_KTHREAD; }

  task_struct raw{};
  std::array<unsigned long, 16> allowed{};  // CPUs, one bit each

 private:
  css_set set_{};
  cgroup_subsys_state css_{};
  cgroup group_{}, v1_group_{};
  kernfs_node node_{}, v1_node_{};
  cfs_rq cfs_{};
  rq rq_{};
};

}  // namespace smtscope::native
