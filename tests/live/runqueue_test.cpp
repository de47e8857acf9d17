// SPDX-License-Identifier: Apache-2.0
// Run-queue waits of a process against what the kernel itself keeps of them in /proc/PID/schedstat.
#include <bpf/bpf.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <functional>
#include <iostream>
#include <optional>
#include <thread>

#include "harness.h"
#include "stat_json.h"
#include "workers.h"

namespace smtscope::live {
namespace {

constexpr uint64_t kRunNs = 1'500'000'000;

// Programs that are loaded and named like those on the switch hook.
int switch_programs() {
  int found = 0;
  for (uint32_t id = 0; bpf_prog_get_next_id(id, &id) == 0;) {
    const int fd = bpf_prog_get_fd_by_id(id);
    if (fd < 0) continue;
    bpf_prog_info info{};
    uint32_t size = sizeof(info);
    if (bpf_obj_get_info_by_fd(fd, &info, &size) == 0) found += std::strstr(info.name, "switch") != nullptr;
    close(fd);
  }
  return found;
}

struct Growth {
  pid_t pid = 0;
  Schedstat before, after;
};

struct Measured {
  StatObject stat;
  std::vector<Growth> growth;
};

// Lets the crowd run inside one window of smtscope. The test cannot see the window begin, so it waits until the
// program is loaded and checks afterwards; a machine too slow for that gets another try with more time.
std::optional<Measured> measure(const Crowd& crowd, bool born_inside) {
  for (uint64_t settle_ms : {300, 1000, 3000}) {
    std::optional<Workers> workers;
    if (!born_inside) workers.emplace(crowd);
    const int programs = switch_programs();
    const std::string out = scratch_file("rq.out"), err = scratch_file("rq.err");
    const std::string seconds = std::to_string(3 + 2 * settle_ms / 1000) + "s";
    Process smtscope(
        {SMTSCOPE_BINARY, "stat", "--format", "json", "--by", "pid", "--siblings", "0,1", "--duration", seconds}, out,
        err);
    for (uint64_t limit = now_ns() + 5'000'000'000; switch_programs() <= programs && now_ns() < limit;)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::this_thread::sleep_for(std::chrono::milliseconds(settle_ms));
    const uint64_t begin = now_ns();
    if (born_inside) workers.emplace(crowd);
    Measured m;
    for (const pid_t pid : workers->pids()) m.growth.push_back({pid, schedstat_of(pid), {}});
    workers->run(kRunNs);
    for (Growth& g : m.growth) {
      g.after = schedstat_of(g.pid);
      if (born_inside) g.before = {};
    }
    const uint64_t end = now_ns();
    const int status = smtscope.wait();
    auto stat = read_stat(read_text(out), By::process);
    if (status != 0 || !stat) {
      ADD_FAILURE() << "smtscope ended with " << status << ": " << read_text(err) << read_text(out);
      return std::nullopt;
    }
    const StatCore* core = stat->core_of({0, 1});
    if (core && core->window.start_ns < begin && end < core->window.end_ns) {
      m.stat = std::move(*stat);
      return m;
    }
  }
  ADD_FAILURE() << "the load never fell into a window";
  return std::nullopt;
}

struct Case {
  std::string name;
  Crowd crowd;
  bool born_inside = false;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class RunqueueTest : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    if (auto reason = cannot_run(); !reason.empty()) GTEST_SKIP() << reason;
  }
};

TEST_P(RunqueueTest, WaitsSumToTheGrowthOfSchedstat) {
  const Case& c = GetParam();
  const auto m = measure(c.crowd, c.born_inside);
  ASSERT_TRUE(m);
  for (const Growth& g : m->growth) {
    const double expected = static_cast<double>(g.after.wait_ns - g.before.wait_ns) * 1e-9;
    const auto arrivals = static_cast<double>(g.after.arrivals - g.before.arrivals);
    const auto at = m->stat.runqueue.find(static_cast<audit::Who>(g.pid));
    ASSERT_NE(at, m->stat.runqueue.end()) << "process " << g.pid << " is not listed";
    const StatRunqueue& q = at->second;
    std::cout << fmt::format(
        "{:<22} pid {:>6}: {:.6f} s waited in {} waits, schedstat {:.6f} s in {:.0f}, {:+.3f} %, "
        "longest {:.6f} s\n",
        c.name, g.pid, q.sum_seconds, q.count, expected, arrivals,
        expected > 0 ? 100 * (q.sum_seconds / expected - 1) : 0.0, q.max_seconds);
    EXPECT_GT(expected, 0.1) << "the load did not make them wait";
    // A thread's first wait after the attach is not counted; the bucket's bound is at most 1/8 above the wait.
    const double one_wait = c.born_inside ? q.max_seconds : q.max_seconds * c.crowd.threads;
    EXPECT_NEAR(q.sum_seconds, expected, 0.01 * expected + one_wait);
    EXPECT_NEAR(static_cast<double>(q.count), arrivals,
                0.01 * arrivals + c.crowd.threads + static_cast<double>(m->stat.lost));
  }
}

std::vector<Case> cases() {
  return {{"three_on_one_cpu", {.processes = 3}, false},
          {"born_in_the_window", {.processes = 3}, true},
          {"two_threads_each", {.processes = 2, .threads = 2}, false},
          {"migrating", {.processes = 4, .migrate = true}, false},
          {"migrating_threads", {.processes = 2, .threads = 3, .migrate = true}, false},
          {"short_waits", {.processes = 4, .sleep = true}, false}};
}

INSTANTIATE_TEST_SUITE_P(Crowds, RunqueueTest, testing::ValuesIn(cases()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace smtscope::live
