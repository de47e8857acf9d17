// SPDX-License-Identifier: Apache-2.0
// load: work whose true CPU use is known, for the live and guest levels. One static program, so that it runs
// in a guest without libraries. The truth holds from start_ns to end_ns (CLOCK_MONOTONIC) of the JSON line
// that is printed at the end: at start_ns every task has run, and none stops by itself before end_ns.
// SIGTERM ends it early, with the same line.
#include "numa_memory.h"
#include "options.h"

#include <linux/futex.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

constexpr int kExitUsage = 2;
constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

// One busy or sleeping task; written by that task, read by the parent after it ended.
struct alignas(64) Task {
  int cpu = -1;  // -1: not pinned
  std::atomic<int> pid{0}, tid{0};
  std::atomic<int64_t> rounds{0};   // loops, hand-overs or phases
  std::atomic<int64_t> busy_ns{0};  // wall time of its busy phases (duty, mixed)
  std::atomic<uint32_t> turn{0};    // ping-pong, in the first task of a pair: whose turn it is
};

// Shared by the parent and its children.
struct Shared {
  std::atomic<uint32_t> running{0};          // tasks that have run
  std::atomic<int64_t> start_ns{0};          // set once all have
  std::atomic<int64_t> deadline_ns{kNever};  // set before start_ns
  size_t count = 0;
  Task task[kMaxTasks];
};

int64_t now_ns() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

void sleep_until(int64_t ns) {
  const timespec t{ns / 1'000'000'000, ns % 1'000'000'000};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, nullptr) == EINTR) {
  }
}

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "load: %s: %s\n", what, std::strerror(errno));
  _exit(1);
}

// What every task does first: pin, say who it is.
void enter(Task& task) {
  if (task.cpu >= 0) {
    const int cpus = task.cpu + 1;
    cpu_set_t* set = CPU_ALLOC(cpus);
    CPU_ZERO_S(CPU_ALLOC_SIZE(cpus), set);
    CPU_SET_S(task.cpu, CPU_ALLOC_SIZE(cpus), set);
    if (sched_setaffinity(0, CPU_ALLOC_SIZE(cpus), set) != 0)
      fail(("cannot run on CPU " + std::to_string(task.cpu)).c_str());
    CPU_FREE(set);
  }
  prctl(PR_SET_TIMERSLACK, 1);
  task.pid = getpid();
  task.tid = static_cast<int>(syscall(SYS_gettid));
}

// Spins until `until_ns` or the deadline, whichever is first; returns the last clock reading.
int64_t spin_until(const Shared& shared, int64_t until_ns) {
  int64_t now = now_ns();
  while (now < until_ns && now < shared.deadline_ns.load(std::memory_order_relaxed)) now = now_ns();
  return now;
}

void hog(Shared& shared, Task& task) {
  enter(task);
  ++shared.running;
  while (now_ns() < shared.deadline_ns.load(std::memory_order_relaxed))
    task.rounds.fetch_add(1, std::memory_order_relaxed);
}

// `side` 0 or 1 of a pair: waits for its turn, hands over. The one that first sees the deadline hands over a
// last time, so that the other sees it too.
void pingpong(Shared& shared, Task& task, std::atomic<uint32_t>& turn, uint32_t side) {
  enter(task);
  bool counted = false;
  for (bool last = false; !last;) {
    while (turn.load() != side) syscall(SYS_futex, &turn, FUTEX_WAIT, 1 - side, nullptr, nullptr, 0);
    if (!counted) ++shared.running;
    counted = true;
    last = now_ns() >= shared.deadline_ns.load(std::memory_order_relaxed);
    task.rounds.fetch_add(1, std::memory_order_relaxed);
    turn.store(1 - side);
    syscall(SYS_futex, &turn, FUTEX_WAKE, 1, nullptr, nullptr, 0);
  }
}

void mixed(Shared& shared, Task& task, unsigned seed) {
  enter(task);
  ++shared.running;
  std::minstd_rand random(seed + 1);
  std::uniform_int_distribution<int64_t> run_ns(20'000, 3'000'000), sleep_ns(50'000, 5'000'000);
  for (int64_t now = now_ns(); now < shared.deadline_ns;) {
    const int64_t done = spin_until(shared, now + run_ns(random));
    task.busy_ns += done - now;
    ++task.rounds;
    sleep_until(std::min(done + sleep_ns(random), shared.deadline_ns.load()));
    now = now_ns();
  }
}

void duty(Shared& shared, Task& task, const Options& options) {
  enter(task);
  ++shared.running;
  while (shared.start_ns == 0) sleep_until(now_ns() + 100'000);
  for (int64_t at = shared.start_ns; at < shared.deadline_ns; at += options.period_ns) {
    sleep_until(at);
    const int64_t begin = now_ns();
    // Absolute deadlines: a late start shortens the phase, it never moves the next one.
    task.busy_ns += std::max<int64_t>(spin_until(shared, at + options.run_ns) - begin, 0);
    ++task.rounds;
  }
}

// `rounds`: pages taken since it began.
void numa(Shared& shared, Task& task, const Options& options) {
  enter(task);
  const size_t bytes = options.memory_bytes, renewed = bytes / 8;
  char* memory = memory_on_node(bytes, options.node);
  if (!memory) fail("cannot get memory of that node");
  if (options.migratable && !let_migrate(memory, bytes)) fail("mbind");
  ++shared.running;
  while (now_ns() < shared.deadline_ns.load(std::memory_order_relaxed)) {
    touch(memory, bytes);
    task.rounds.fetch_add(static_cast<int64_t>(renew(memory, renewed)), std::memory_order_relaxed);
  }
}

// A child that cannot outlive its parent.
template <typename Body>
pid_t start_child(Body body) {
  const pid_t parent = getpid(), child = fork();
  if (child < 0) fail("fork");
  if (child > 0) return child;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::signal(SIGTERM, SIG_DFL);
  if (getppid() != parent) _exit(1);
  body();
  _exit(0);
}

std::vector<pid_t> start(Shared& shared, const Options& options) {
  std::vector<pid_t> children;
  auto add = [&](int cpu) -> Task& {
    Task& task = shared.task[shared.count++];
    task.cpu = cpu;
    return task;
  };
  if (options.kind == "hogs") {
    for (int cpu : options.cpus) children.push_back(start_child([&, &task = add(cpu)] { hog(shared, task); }));
  } else if (options.kind == "numa") {
    for (int cpu : options.cpus)
      children.push_back(start_child([&, &task = add(cpu)] { numa(shared, task, options); }));
  } else if (options.kind == "duty") {
    children.push_back(start_child([&, &task = add(options.cpus[0])] { duty(shared, task, options); }));
  } else if (options.kind == "mixed") {
    for (unsigned i = 0; i < options.tasks; ++i)
      children.push_back(start_child([&, &task = add(-1)] { mixed(shared, task, i); }));
  } else if (options.kind == "pingpong") {
    for (int cpu : options.cpus)
      for (uint32_t side : {0u, 1u}) {
        Task &task = add(cpu), &first = shared.task[shared.count - 1 - side];
        if (!options.threads) children.push_back(start_child([&] { pingpong(shared, task, first.turn, side); }));
      }
    if (options.threads)
      children.push_back(start_child([&] {
        std::vector<std::thread> threads;
        for (uint32_t i = 0; i < shared.count; ++i)
          threads.emplace_back([&, i] { pingpong(shared, shared.task[i], shared.task[i & ~1u].turn, i & 1); });
        for (auto& thread : threads) thread.join();
      }));
  }
  return children;
}

volatile sig_atomic_t g_stop = 0;

// Sleeps until the deadline or SIGTERM, which moves the deadline to now.
void wait_deadline(Shared& shared) {
  // Blocked but for the sleep itself, so that a signal just before it is not missed.
  sigset_t block, old;
  sigemptyset(&block);
  sigaddset(&block, SIGTERM);
  sigprocmask(SIG_BLOCK, &block, &old);
  for (int64_t left; g_stop == 0 && (left = shared.deadline_ns - now_ns()) > 0;) {
    const timespec t{left / 1'000'000'000, left % 1'000'000'000};
    pselect(0, nullptr, nullptr, nullptr, &t, &old);
  }
  shared.deadline_ns = std::min(shared.deadline_ns.load(), now_ns());
}

// Waits for all children until `until_ns`; kills what is left. True if all ended with status 0.
bool reap(std::vector<pid_t>& children, int64_t until_ns) {
  bool ok = true;
  while (!children.empty()) {
    int status = 0;
    const bool late = now_ns() >= until_ns;
    for (auto it = children.begin(); it != children.end();) {
      if (late) kill(*it, SIGKILL);
      const pid_t ended = waitpid(*it, &status, late ? 0 : WNOHANG);
      if (ended != 0) ok = ok && ended > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
      it = ended != 0 ? children.erase(it) : it + 1;
    }
    if (!children.empty()) sleep_until(now_ns() + 1'000'000);
  }
  return ok;
}

// Waits until every task has run. False if a child ended or 60 s passed.
bool wait_running(const Shared& shared, const std::vector<pid_t>& children) {
  for (const int64_t limit = now_ns() + 60'000'000'000; shared.running < shared.count;) {
    sleep_until(now_ns() + 1'000'000);
    siginfo_t info{};
    for (pid_t child : children)
      if (waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0)
        return false;
    if (now_ns() > limit) return false;
  }
  return true;
}

void print(const Shared& shared, const Options& options) {
  int64_t rounds = 0;
  std::string pids, tasks;
  int last_pid = 0;
  for (size_t i = 0; i < shared.count; ++i) {
    const Task& task = shared.task[i];
    rounds += task.rounds;
    if (task.pid != last_pid) pids += (pids.empty() ? "" : ",") + std::to_string(task.pid);
    last_pid = task.pid;
    char line[160];
    std::snprintf(line, sizeof line, R"(%s{"pid":%d,"tid":%d,"cpu":%d,"rounds":%lld,"busy_ns":%lld})", i ? "," : "",
                  task.pid.load(), task.tid.load(), task.cpu, static_cast<long long>(task.rounds),
                  static_cast<long long>(task.busy_ns));
    tasks += line;
  }
  std::printf(R"({"load":"%s","start_ns":%lld,"end_ns":%lld,"pids":[%s],"rounds":%lld,"tasks":[%s]})"
              "\n",
              options.kind.c_str(), static_cast<long long>(shared.start_ns), static_cast<long long>(shared.deadline_ns),
              pids.c_str(), static_cast<long long>(rounds), tasks.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!parse_options({argv + 1, argv + argc}, options)) {
    std::fputs(kUsage, stderr);
    return kExitUsage;
  }
  void* memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) fail("mmap");
  Shared& shared = *new (memory) Shared;

  struct sigaction on_term = {};
  on_term.sa_handler = [](int) { g_stop = 1; };
  sigaction(SIGTERM, &on_term, nullptr);
  std::vector<pid_t> children = start(shared, options);
  bool ok = wait_running(shared, children);
  const int64_t start_ns = now_ns();
  shared.deadline_ns = ok ? start_ns + static_cast<int64_t>(options.seconds * 1e9) : start_ns;
  shared.start_ns = start_ns;
  if (ok && !options.ready.empty()) {
    std::FILE* file = std::fopen(options.ready.c_str(), "w");
    if (file == nullptr || std::fclose(file) != 0) fail(options.ready.c_str());
  }
  if (ok) wait_deadline(shared);
  ok = reap(children, now_ns() + 10'000'000'000) && ok;
  if (!ok) {
    std::fputs("load: a task failed or did not end\n", stderr);
    return 1;
  }
  print(shared, options);
  return 0;
}
