// SPDX-License-Identifier: Apache-2.0
// Groups of counters on this machine: software events, which every kernel has, and what its PMU says or why it has
// none.
#include "kernel/perf_group.h"

#include <gtest/gtest.h>
#include <linux/perf_event.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <filesystem>
#include <functional>
#include <thread>

#include "harness.h"
#include "kernel/cpu_counters.h"
#include "kernel/pmu_selftest.h"
#include "kernel/topology_reader.h"

namespace smtscope::live {
namespace {

CounterEvent software(const char* name, uint64_t config, uint32_t group = 0) {
  CounterEvent event;
  event.name = name;
  event.pmu_type = PERF_TYPE_SOFTWARE;
  event.config = config;
  event.group = group;
  return event;
}

CounterEvent foreign(uint32_t group) {
  CounterEvent event = software("no_such_pmu", 0, group);
  event.pmu_type = 987654;
  return event;
}

CounterEvent hardware(const char* name, uint64_t config) {
  CounterEvent event = software(name, config);
  event.pmu_type = PERF_TYPE_HARDWARE;
  return event;
}

PerfRules perf_rules() { return read_perf_rules("/proc", "/sys"); }

// Long enough that the clock of a context is seen to go on.
void wait_a_little() { std::this_thread::sleep_for(std::chrono::milliseconds(30)); }

uint64_t thread_ns() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(t.tv_nsec);
}

// Takes so many page faults.
void touch_pages(size_t pages) {
  const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  void* at = mmap(nullptr, pages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(at, MAP_FAILED);
  madvise(at, pages * page, MADV_NOHUGEPAGE);
  for (size_t i = 0; i < pages; i++) static_cast<volatile char*>(at)[i * page] = 1;
  munmap(at, pages * page);
}

size_t open_descriptors() {
  size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) count++;
  return count;
}

// Runs in a child: what it changes of itself does no harm. Its answer; "" if it died.
std::string in_child(const std::function<std::string()>& body) {
  int ends[2];
  if (pipe(ends)) return {};
  const pid_t child = fork();
  if (child == 0) {
    const std::string answer = body();
    const bool written = write(ends[1], answer.data(), answer.size()) == static_cast<ssize_t>(answer.size());
    _exit(written ? 0 : 1);
  }
  close(ends[1]);
  std::string answer;
  char buffer[4096];
  for (ssize_t got = 0; (got = read(ends[0], buffer, sizeof buffer)) > 0;)
    answer.append(buffer, static_cast<size_t>(got));
  close(ends[0]);
  waitpid(child, nullptr, 0);
  return answer;
}

class PerfGroupTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = cannot_run(); !why.empty()) GTEST_SKIP() << why;
  }
  PerfRules rules_ = perf_rules();
};

TEST_F(PerfGroupTest, CountsWhatAThreadDoes) {
  const std::vector<CounterEvent> events = {software("task-clock", PERF_COUNT_SW_TASK_CLOCK),
                                            software("page-faults", PERF_COUNT_SW_PAGE_FAULTS),
                                            software("context-switches", PERF_COUNT_SW_CONTEXT_SWITCHES)};
  auto group = PerfGroup::open(events, {0, -1}, {}, rules_);
  ASSERT_TRUE(group) << group.error().what;
  std::vector<PerfCount> before(3), after(3), later(3);
  ASSERT_TRUE(group->read(before));
  EXPECT_EQ(before, std::vector<PerfCount>(3)) << "nothing counts before it is enabled";

  ASSERT_TRUE(group->enable());
  touch_pages(200);
  const uint64_t begun = thread_ns();
  while (thread_ns() < begun + 20'000'000) {
  }
  wait_a_little();
  ASSERT_TRUE(group->disable());
  ASSERT_TRUE(group->read(after));
  EXPECT_GE(after[0].value, 20'000'000u);
  EXPECT_LT(after[0].value, 60'000'000u) << "sleeping is no time of the task";
  EXPECT_GE(after[1].value, 200u);
  EXPECT_LT(after[1].value, 250u);
  EXPECT_GE(after[2].value, 1u);
  for (const PerfCount& count : after) EXPECT_EQ(judge_read({}, count, 0).reason, Reason::ok);

  touch_pages(200);
  ASSERT_TRUE(group->read(later));
  EXPECT_EQ(later, after) << "nothing counts when it is disabled";
}

TEST_F(PerfGroupTest, CountsACpu) {
  auto group = PerfGroup::open(std::vector{software("cpu-clock", PERF_COUNT_SW_CPU_CLOCK)}, {-1, 1}, {}, rules_);
  ASSERT_TRUE(group) << group.error().what;
  ASSERT_TRUE(group->enable());
  const uint64_t from = now_ns();
  std::vector<PerfCount> first(1), second(1);
  ASSERT_TRUE(group->read(first));
  wait_a_little();
  ASSERT_TRUE(group->read(second));
  const uint64_t elapsed = now_ns() - from;
  const PerfCount grown = second[0] - first[0];
  EXPECT_GE(grown.enabled_ns, 29'000'000u);
  EXPECT_LE(grown.enabled_ns, elapsed);
  EXPECT_EQ(judge_read(first[0], second[0], elapsed).reason, Reason::ok);
}

TEST_F(PerfGroupTest, RefusalsNameTheMember) {
  const CounterEvent clock = software("task-clock", PERF_COUNT_SW_TASK_CLOCK);
  const auto none = PerfGroup::open(std::vector{clock, foreign(0)}, {0, -1}, {}, rules_);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().sys_errno, ENOENT);
  EXPECT_EQ(perf_reason(none.error()), Reason::unsupported);
  EXPECT_NE(none.error().what.find("no_such_pmu"), std::string::npos) << none.error().what;

  CounterEvent breakpoint = software("breakpoint", 0);  // on nothing
  breakpoint.pmu_type = PERF_TYPE_BREAKPOINT;
  const auto wrong = PerfGroup::open(std::vector{clock, breakpoint}, {0, -1}, {}, rules_);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().sys_errno, EINVAL);
  EXPECT_NE(wrong.error().what.find("breakpoint of a thread: the PMU refuses"), std::string::npos)
      << wrong.error().what << ": it is refused alone too, so the group is not too large";

  EXPECT_EQ(group_fits(std::vector{clock, clock, breakpoint, clock}, {0, -1}, {}, rules_), 2u);
  const auto nobody = PerfGroup::open(std::vector{clock}, {-1, 8000}, {}, rules_);
  ASSERT_FALSE(nobody);
  EXPECT_NE(perf_reason(nobody.error()), Reason::ok);
}

// With a PMU its counters pass their test; without one the reason is exact.
TEST_F(PerfGroupTest, TheMachinesOwnCounters) {
  CounterPlan plan;
  plan.cpus = {0, 1};
  plan.events = {hardware("instructions", PERF_COUNT_HW_INSTRUCTIONS), hardware("cycles", PERF_COUNT_HW_CPU_CYCLES)};
  plan.instructions = 0;
  plan.cycles = 1;
  const auto verdicts = run_selftest(plan, 1, rules_);
  if (rules_.cpu_pmu) {
    ASSERT_TRUE(verdicts) << verdicts.error().what;
    for (const SelftestVerdict& verdict : *verdicts) EXPECT_TRUE(passes(verdict)) << verdict.why;
    return;
  }
  ASSERT_FALSE(verdicts);
  EXPECT_EQ(verdicts.error().kind, ErrorKind::unsupported);
  EXPECT_EQ(verdicts.error().sys_errno, ENOENT);
  EXPECT_NE(verdicts.error().what.find("this machine shows no PMU"), std::string::npos) << verdicts.error().what;
  const auto topology = read_topology("/sys");
  ASSERT_TRUE(topology);
  const auto counters = CpuCounters::open(plan, *topology, {}, rules_);
  ASSERT_FALSE(counters);
  EXPECT_EQ(perf_reason(counters.error()), Reason::unsupported);
  EXPECT_NE(counters.error().what.find("instructions on CPU 0: this machine shows no PMU"), std::string::npos)
      << counters.error().what;
}

// Back on the CPUs where it was, and no instruction of software events is known: all pass but say nothing.
TEST_F(PerfGroupTest, TheSelftestGivesTheThreadBack) {
  cpu_set_t before, after;
  ASSERT_EQ(sched_getaffinity(0, sizeof(before), &before), 0);
  CounterPlan plan;
  plan.events = {software("task-clock", PERF_COUNT_SW_TASK_CLOCK), foreign(1)};
  const uint64_t begun = now_ns();
  const auto verdicts = run_selftest(plan, 1, rules_);
  const uint64_t took = now_ns() - begun;
  ASSERT_TRUE(verdicts) << verdicts.error().what;
  EXPECT_EQ((*verdicts)[0].reason, Reason::ok) << (*verdicts)[0].why;
  EXPECT_EQ((*verdicts)[1].reason, Reason::unsupported);
  EXPECT_LT(took, 500'000'000u);
  ASSERT_EQ(sched_getaffinity(0, sizeof(after), &after), 0);
  EXPECT_TRUE(CPU_EQUAL(&before, &after));
  EXPECT_FALSE(run_selftest(plan, 8000, rules_)) << "there is no such CPU";
}

TEST_F(PerfGroupTest, TheUnprivilegedAreToldWhatTheyNeed) {
  const std::string answer = in_child([] {
    if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534)) return std::string("cannot leave root");
    const auto opened =
        PerfGroup::open(std::vector{software("cpu-clock", PERF_COUNT_SW_CPU_CLOCK)}, {-1, 0}, {}, perf_rules());
    if (opened) return std::string("opened");
    return std::string(reason_word(perf_reason(opened.error()))) + "; " + opened.error().what + "; " +
           opened.error().mend;
  });
  ASSERT_TRUE(rules_.paranoid);
  if (*rules_.paranoid <= 0) {
    EXPECT_EQ(answer, "opened");
    return;
  }
  EXPECT_TRUE(answer.starts_with("permission; ")) << answer;
  EXPECT_NE(answer.find("perf_event_paranoid is " + std::to_string(*rules_.paranoid)), std::string::npos) << answer;
  EXPECT_NE(answer.find("CAP_PERFMON"), std::string::npos) << answer;
}

TEST_F(PerfGroupTest, TheSoftLimitOfDescriptorsIsRaised) {
  const std::string answer = in_child([] {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    const rlim_t low = open_descriptors() + 8;
    if (limit.rlim_max < low + 400) return std::string("the hard limit is too low for this test");
    limit.rlim_cur = low;
    setrlimit(RLIMIT_NOFILE, &limit);
    const auto raised = raise_descriptor_limit(300);
    getrlimit(RLIMIT_NOFILE, &limit);
    return std::string(raised ? "raised" : "not raised") + (limit.rlim_cur >= low + 290 ? " enough" : " too little");
  });
  EXPECT_EQ(answer, "raised enough");
}

TEST_F(PerfGroupTest, TheHardLimitOfDescriptorsIsAnError) {
  const std::string answer = in_child([] {
    const rlim_t low = open_descriptors() + 1;  // the folder that was open while they were counted
    const rlimit limit{low, low};
    setrlimit(RLIMIT_NOFILE, &limit);
    std::vector<CounterEvent> many(64, software("cpu-clock", PERF_COUNT_SW_CPU_CLOCK));
    const auto rules = perf_rules();
    const auto raised = raise_descriptor_limit(many.size());
    const auto opened = PerfGroup::open(many, {-1, 0}, {}, rules);
    if (raised || opened) return std::string("no error");
    return std::string(reason_word(perf_reason(opened.error()))) + "; " + opened.error().mend + "; " +
           raised.error().mend;
  });
  EXPECT_TRUE(
      answer.starts_with("not_counted; raise RLIMIT_NOFILE (LimitNOFILE= of the service); raise RLIMIT_NOFILE to"))
      << answer;
}

TEST_F(PerfGroupTest, NoDescriptorIsLeftOpen) {
  const CounterEvent clock = software("task-clock", PERF_COUNT_SW_TASK_CLOCK);
  const size_t before = open_descriptors();
  {
    auto one = PerfGroup::open(std::vector{clock, clock, clock}, {0, -1}, {}, rules_);
    ASSERT_TRUE(one);
    EXPECT_EQ(open_descriptors(), before + 3);
    auto other = PerfGroup::open(std::vector{clock}, {0, -1}, {}, rules_);
    ASSERT_TRUE(other);
    *one = std::move(*other);
    EXPECT_EQ(open_descriptors(), before + 1);
    EXPECT_FALSE(PerfGroup::open(std::vector{clock, clock, foreign(0)}, {0, -1}, {}, rules_));
    EXPECT_EQ(group_fits(std::vector{clock, clock}, {0, -1}, {}, rules_), 2u);
    EXPECT_EQ(open_descriptors(), before + 1);
  }
  EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace smtscope::live
