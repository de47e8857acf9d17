// SPDX-License-Identifier: Apache-2.0
#include "switching.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <array>
#include <ctime>
#include <thread>

namespace smtscope::bench {
namespace {

void pin(unsigned cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  sched_setaffinity(0, sizeof(set), &set);
}

// Reads a byte here, writes it there, for ever.
[[noreturn]] void relay(int from, int to) {
  char byte = 0;
  while (read(from, &byte, 1) == 1 && write(to, &byte, 1) == 1) {
  }
  _exit(0);
}

[[noreturn]] void sleeper() {
  prctl(PR_SET_TIMERSLACK, 1);
  for (;;) {
    const timespec t{0, 20'000};
    nanosleep(&t, nullptr);
  }
}

template <class Body>
pid_t spawn(unsigned cpu, Body body) {
  const pid_t pid = fork();
  if (pid != 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  pin(cpu);
  body();
  _exit(0);
}

}  // namespace

const char* switching_name(Switching how) {
  switch (how) {
    case Switching::within: return "within one entity";
    case Switching::between: return "between entities";
    case Switching::idle: return "to and from idle";
  }
  return "";
}

SwitchingLoad::SwitchingLoad(Switching how, const std::vector<unsigned>& cpus) {
  for (const unsigned cpu : cpus) {
    if (how == Switching::idle) {
      children_.push_back(spawn(cpu, [] { sleeper(); }));
      continue;
    }
    std::array<int, 2> there{}, back{};
    if (pipe2(there.data(), O_CLOEXEC) || pipe2(back.data(), O_CLOEXEC)) return;
    if (write(there[1], "x", 1) != 1) return;
    if (how == Switching::within) {
      children_.push_back(spawn(cpu, [&] {
        std::thread other([&] { relay(back[0], there[1]); });
        relay(there[0], back[1]);
      }));
    } else {
      children_.push_back(spawn(cpu, [&] { relay(there[0], back[1]); }));
      children_.push_back(spawn(cpu, [&] { relay(back[0], there[1]); }));
    }
    for (const int fd : {there[0], there[1], back[0], back[1]}) close(fd);
  }
}

SwitchingLoad::~SwitchingLoad() {
  for (const pid_t pid : children_) {
    if (pid <= 0) continue;
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
  }
}

}  // namespace smtscope::bench
