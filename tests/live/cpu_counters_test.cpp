// SPDX-License-Identifier: Apache-2.0
// All groups of a plan on all CPUs, with software events: who is read, and what happens when CPUs go and come.
#include "kernel/cpu_counters.h"

#include <gtest/gtest.h>
#include <linux/perf_event.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "harness.h"
#include "kernel/topology_reader.h"

namespace smtscope::live {
namespace {

constexpr const char* kCpu1Online = "/sys/devices/system/cpu/cpu1/online";

bool set_cpu1(bool online) {
  std::ofstream file(kCpu1Online);
  file << (online ? 1 : 0) << std::flush;
  return static_cast<bool>(file);
}

class CpuCountersTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = cannot_run(); !why.empty()) GTEST_SKIP() << why;
    add("cpu-clock", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK, 0);
    add("context-switches", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES, 0);
    add("no_such_pmu", 987654, 0, 1);
    add("page-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS, 2);
    add("not wanted", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK, 0);
    plan_.events.back().reason = Reason::not_applicable;
    plan_.cpus = {0, 1};
    before_ = descriptors();
  }
  void TearDown() override {
    if (went_ && !set_cpu1(true)) ADD_FAILURE() << "CPU 1 is still offline";
  }

  void add(const char* name, uint32_t type, uint64_t config, uint32_t group) {
    CounterEvent event;
    event.name = name;
    event.pmu_type = type;
    event.config = config;
    event.group = group;
    plan_.events.push_back(event);
  }
  static Topology topology() {
    auto read = read_topology("/sys");
    EXPECT_TRUE(read);
    return read.value_or(Topology{});
  }
  static size_t descriptors() {
    size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) count++;
    return count;
  }
  Result<CpuCounters> open() { return CpuCounters::open(plan_, topology(), {}, read_perf_rules("/proc", "/sys")); }
  // What a read gives after a time in which a clock goes on.
  static std::vector<CpuReading> read(CpuCounters& counters) {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    std::vector<CpuReading> out;
    counters.read([](uint32_t) { return true; }, out);
    return out;
  }
  bool hotplug() {
    went_ = true;
    return access(kCpu1Online, W_OK) == 0 && set_cpu1(false);
  }

  CounterPlan plan_;
  size_t before_ = 0;
  bool went_ = false;
};

TEST_F(CpuCountersTest, OpensWhatThereIsAndSaysWhatIsNot) {
  {
    auto counters = open();
    ASSERT_TRUE(counters) << counters.error().what;
    EXPECT_EQ(descriptors(), before_ + 6);
    const CounterPlan& plan = counters->plan();
    EXPECT_EQ(plan.events[0].reason, Reason::ok);
    EXPECT_EQ(plan.events[2].reason, Reason::unsupported);
    EXPECT_NE(plan.events[2].why.find("no_such_pmu on CPU 0"), std::string::npos) << plan.events[2].why;
    EXPECT_EQ(plan.events[4].reason, Reason::not_applicable);
    for (const uint32_t cpu : {0u, 1u}) {
      EXPECT_GE(counters->fd(cpu, 0), 0);
      EXPECT_GE(counters->fd(cpu, 3), 0);
      EXPECT_NE(counters->fd(cpu, 0), counters->fd(cpu, 1));
      EXPECT_EQ(counters->fd(cpu, 2), -1);
      EXPECT_EQ(counters->fd(cpu, 4), -1);
    }
    EXPECT_EQ(counters->fd(7, 0), -1);
  }
  EXPECT_EQ(descriptors(), before_);
}

TEST_F(CpuCountersTest, ReadsWhoIsWanted) {
  auto counters = open();
  ASSERT_TRUE(counters) << counters.error().what;
  const auto all = read(*counters);
  ASSERT_EQ(all.size(), 2u);
  for (const CpuReading& reading : all) {
    EXPECT_EQ(reading.events[0].quality.reason, Reason::ok);
    EXPECT_GE(reading.events[0].count.enabled_ns, 29'000'000u);
    EXPECT_EQ(reading.events[2].quality.reason, Reason::unsupported);
    EXPECT_EQ(reading.events[2].count, PerfCount{});
    EXPECT_EQ(reading.events[4].quality.reason, Reason::not_applicable);
  }
  std::vector<CpuReading> one;
  counters->read([](uint32_t cpu) { return cpu == 1; }, one);
  ASSERT_EQ(one.size(), 1u);
  EXPECT_EQ(one[0].cpu, 1u);
  EXPECT_GT(one[0].at_ns, all[1].at_ns);
  EXPECT_GE(one[0].events[0].count.enabled_ns, all[1].events[0].count.enabled_ns);
}

TEST_F(CpuCountersTest, ARefusedEventKeepsItsReason) {
  auto counters = open();
  ASSERT_TRUE(counters) << counters.error().what;
  counters->refuse(1, 3, Reason::implausible, "it counted 3 of 4");
  auto all = read(*counters);
  EXPECT_EQ(all[0].events[3].quality.reason, Reason::ok);
  EXPECT_EQ(all[1].events[3].quality.reason, Reason::implausible);
  EXPECT_EQ(counters->why(1, 3), "it counted 3 of 4");
  EXPECT_EQ(counters->why(0, 3), "");
  EXPECT_EQ(all[1].events[0].quality.reason, Reason::ok) << "another group";
  counters->refuse(1, 3, Reason::ok, {});
  all = read(*counters);
  EXPECT_EQ(all[1].events[3].quality.reason, Reason::ok);
}

// Software events say nothing against the work of the test; they rest for it, and go on.
TEST_F(CpuCountersTest, TestsWhatIsOpen) {
  auto counters = open();
  ASSERT_TRUE(counters) << counters.error().what;
  counters->refuse(1, 3, Reason::implausible, "an older verdict");
  const auto before = read(*counters);
  const auto tested = counters->test(1);
  ASSERT_TRUE(tested) << tested.error().what;
  EXPECT_EQ(tested->size(), 5u);
  EXPECT_EQ(counters->why(1, 3), "");
  const auto after = read(*counters);
  EXPECT_EQ(after[1].events[3].quality.reason, Reason::ok);
  EXPECT_EQ(after[1].events[0].quality.reason, Reason::ok);
  EXPECT_GT(after[1].events[0].count.value, before[1].events[0].count.value);
  const auto nothing = counters->test(7);
  EXPECT_TRUE(nothing && nothing->empty()) << "not of the plan: nothing to do";
  EXPECT_EQ(descriptors(), before_ + 6);
}

TEST_F(CpuCountersTest, NothingToOpenIsAnError) {
  plan_.events = {plan_.events[2]};
  const auto counters = open();
  ASSERT_FALSE(counters);
  EXPECT_EQ(counters.error().kind, ErrorKind::unsupported);
  plan_.events.clear();
  EXPECT_FALSE(open());
  EXPECT_EQ(descriptors(), before_);
}

// The topology was read in time: closed, and opened when the CPU is back.
TEST_F(CpuCountersTest, FollowsCpus) {
  auto counters = open();
  ASSERT_TRUE(counters) << counters.error().what;
  const auto first = read(*counters);
  const uint32_t generation = counters->generation(1);
  ASSERT_TRUE(hotplug()) << "CPU 1 cannot go offline";
  EXPECT_TRUE(counters->follow(topology()).empty());
  EXPECT_EQ(counters->fd(1, 0), -1);
  EXPECT_EQ(descriptors(), before_ + 3);
  EXPECT_EQ(read(*counters).size(), 1u);
  ASSERT_TRUE(set_cpu1(true));
  EXPECT_EQ(counters->follow(topology()), std::vector<uint32_t>{1});
  EXPECT_GT(counters->generation(1), generation + 1);
  EXPECT_EQ(descriptors(), before_ + 6);
  const auto back = read(*counters);
  ASSERT_EQ(back.size(), 2u);
  EXPECT_EQ(back[0].events[0].quality.reason, Reason::ok);
  EXPECT_EQ(back[1].events[0].quality.reason, Reason::changed) << "what passed before it was opened is missing";
  EXPECT_GT(back[1].events[0].count.enabled_ns, first[1].events[0].count.enabled_ns) << "counts go on";
  EXPECT_EQ(read(*counters)[1].events[0].quality.reason, Reason::ok);
}

// A CPU that went and came between two looks: its descriptors are frozen and say nothing about it.
TEST_F(CpuCountersTest, FindsStaleDescriptors) {
  auto counters = open();
  ASSERT_TRUE(counters) << counters.error().what;
  const auto first = read(*counters);
  ASSERT_TRUE(hotplug()) << "CPU 1 cannot go offline";
  ASSERT_TRUE(set_cpu1(true));
  const uint32_t generation = counters->generation(1);
  const auto frozen = read(*counters);
  EXPECT_EQ(frozen[0].events[0].quality.reason, Reason::ok);
  EXPECT_EQ(frozen[1].events[0].quality.reason, Reason::stale) << reason_word(frozen[1].events[0].quality.reason);
  EXPECT_EQ(frozen[1].events[3].quality.reason, Reason::stale);
  EXPECT_GE(frozen[1].events[0].count.value, first[1].events[0].count.value);
  EXPECT_EQ(counters->generation(1), generation + 1) << "opened anew";
  const auto again = read(*counters);
  EXPECT_EQ(again[1].events[0].quality.reason, Reason::ok);
  EXPECT_GE(again[1].events[0].count.enabled_ns, frozen[1].events[0].count.enabled_ns + 29'000'000);
  EXPECT_EQ(descriptors(), before_ + 6);
}

// Gone while nobody looked at the topology: closed by the read that finds it, opened by the next look.
TEST_F(CpuCountersTest, ACpuThatIsGoneIsNotRead) {
  auto counters = open();
  ASSERT_TRUE(counters) << counters.error().what;
  const Topology both = topology();
  ASSERT_TRUE(hotplug()) << "CPU 1 cannot go offline";
  (void)read(*counters);
  (void)read(*counters);
  EXPECT_EQ(read(*counters).size(), 1u);
  EXPECT_TRUE(counters->follow(both).empty()) << "an old topology does not bring it back";
  EXPECT_EQ(read(*counters).size(), 1u);
  ASSERT_TRUE(set_cpu1(true));
  EXPECT_EQ(counters->follow(both), std::vector<uint32_t>{1});
  EXPECT_EQ(read(*counters)[1].events[0].quality.reason, Reason::changed);
}

}  // namespace
}  // namespace smtscope::live
