// SPDX-License-Identifier: Apache-2.0
// Processes that compete for CPUs between a start and an end that the test decides, and sleep otherwise, so
// that what the kernel says of their waiting can be read while it stands still.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace smtscope::live {

// What /proc/PID/task/*/schedstat says, summed over the threads of a process.
struct Schedstat {
  uint64_t wait_ns = 0;  // finished waits on a run queue
  uint64_t arrivals = 0;
};
[[nodiscard]] Schedstat schedstat_of(pid_t pid);

struct Crowd {
  int processes = 3;
  int threads = 1;       // of each process
  bool migrate = false;  // every thread moves itself between CPU 0 and 1 all the time; else all stay on CPU 0
  bool sleep = false;    // short sleeps between short runs: many short waits
};

class Workers {
 public:
  // Forks them; they sleep.
  explicit Workers(const Crowd& crowd);
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  ~Workers();

  // Lets them run for this long and returns when all sleep again.
  void run(uint64_t ns);
  [[nodiscard]] const std::vector<pid_t>& pids() const { return pids_; }

 private:
  std::vector<pid_t> pids_;
  int tasks_ = 0;
  int go_[2] = {-1, -1};    // one deadline for each task
  int done_[2] = {-1, -1};  // one byte from each task
};

}  // namespace smtscope::live
