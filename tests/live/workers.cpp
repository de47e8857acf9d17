// SPDX-License-Identifier: Apache-2.0
#include "workers.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "harness.h"

namespace smtscope::live {
namespace {

void stay_on(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  sched_setaffinity(0, sizeof(set), &set);
}

void spin(uint64_t ns) {
  for (uint64_t end = now_ns() + ns; now_ns() < end;) {
  }
}

// One burst between two sleeps on the pipe.
void work(const Crowd& crowd, uint64_t deadline_ns, unsigned number) {
  constexpr uint64_t kMove = 3'000'000, kRun = 200'000;
  while (now_ns() < deadline_ns) {
    if (crowd.migrate) stay_on(static_cast<int>(++number % 2));
    spin(crowd.sleep ? kRun : kMove);
    if (crowd.sleep) {
      const timespec t{0, 100'000};
      nanosleep(&t, nullptr);
    }
  }
}

void task(const Crowd& crowd, int go, int done, unsigned number) {
  stay_on(0);
  uint64_t deadline_ns = 0;
  while (read(go, &deadline_ns, sizeof(deadline_ns)) == sizeof(deadline_ns)) {
    work(crowd, deadline_ns, number);
    // A task that came back early must not take the deadline meant for another: it waits for the end first.
    while (now_ns() < deadline_ns + 50'000'000) {
      const timespec t{0, 10'000'000};
      nanosleep(&t, nullptr);
    }
    if (write(done, "d", 1) != 1) return;
  }
}

// Asleep and off the CPU for good: until a task's state says so, its last wait may not be in the books.
void wait_asleep(pid_t pid) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task", ignored)) {
    for (;;) {
      const std::string stat = read_text(entry.path().string() + "/stat");
      const size_t state = stat.rfind(')');
      if (state == std::string::npos || stat.size() < state + 3 || stat[state + 2] == 'S') break;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
}

}  // namespace

Schedstat schedstat_of(pid_t pid) {
  Schedstat sum;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task", ignored)) {
    std::ifstream file(entry.path() / "schedstat");
    uint64_t ran = 0, waited = 0, arrivals = 0;
    if (!(file >> ran >> waited >> arrivals)) continue;
    sum.wait_ns += waited;
    sum.arrivals += arrivals;
  }
  return sum;
}

Workers::Workers(const Crowd& crowd) : tasks_(crowd.processes * crowd.threads) {
  if (pipe2(go_, O_CLOEXEC) != 0 || pipe2(done_, O_CLOEXEC) != 0) return;
  for (int i = 0; i < crowd.processes; i++) {
    const pid_t pid = fork();
    if (pid != 0) {
      pids_.push_back(pid);
      continue;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(go_[1]);
    close(done_[0]);
    std::vector<std::thread> others;
    for (int k = 1; k < crowd.threads; k++)
      others.emplace_back([&, k] { task(crowd, go_[0], done_[1], static_cast<unsigned>(i + k)); });
    task(crowd, go_[0], done_[1], static_cast<unsigned>(i));
    _exit(0);
  }
  // Until every thread exists and sleeps.
  for (const pid_t pid : pids_) {
    const std::string tasks = "/proc/" + std::to_string(pid) + "/task";
    auto threads = [&] {
      std::error_code ignored;
      return std::distance(std::filesystem::directory_iterator(tasks, ignored), std::filesystem::directory_iterator{});
    };
    for (uint64_t limit = now_ns() + 10'000'000'000; threads() < crowd.threads && now_ns() < limit;)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    wait_asleep(pid);
  }
}

Workers::~Workers() {
  for (const pid_t pid : pids_) {
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
  }
  for (const int fd : {go_[0], go_[1], done_[0], done_[1]}) close(fd);
}

void Workers::run(uint64_t ns) {
  const uint64_t deadline_ns = now_ns() + ns;
  for (int i = 0; i < tasks_; i++) {
    if (write(go_[1], &deadline_ns, sizeof(deadline_ns)) != sizeof(deadline_ns)) return;
  }
  char byte = 0;
  for (int i = 0; i < tasks_; i++) {
    if (read(done_[0], &byte, 1) != 1) return;
  }
  for (const pid_t pid : pids_) wait_asleep(pid);
}

}  // namespace smtscope::live
