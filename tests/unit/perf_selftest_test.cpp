// SPDX-License-Identifier: Apache-2.0
// What the self-test says to counters that count, to those of bad virtual machines, and to none.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "kernel/pmu_selftest.h"
#include "kernel/selftest_work.h"

namespace smtscope {
namespace {

constexpr uint64_t kRanNs = 1'000'000;

// A plan and what a good PMU counts; tests change some of it.
class PmuSelftest : public testing::Test {
 protected:
  CounterPlan plan_;
  std::vector<SelftestCounts> counts_;

  uint32_t add(const std::string& name, uint64_t small, uint64_t large, uint64_t stress) {
    CounterEvent event;
    event.name = name;
    plan_.events.push_back(event);
    counts_.push_back({{small, kRanNs, kRanNs}, {large, kRanNs, kRanNs}, {stress, kRanNs, kRanNs}});
    return static_cast<uint32_t>(plan_.events.size() - 1);
  }
  // 2 instructions a cycle in the loops, 0.1 in the other work, 6 slots a cycle.
  void SetUp() override {
    plan_.instructions = add("inst_retired.any", kSelftestSmall + 350, kSelftestLarge + 352, 80'000);
    plan_.cycles = add("cpu_clk_unhalted.thread", 50'400, 250'420, 800'000);
    plan_.ref_cycles = add("cpu_clk_unhalted.ref_tsc", 40'000, 200'000, 640'000);
    plan_.slots_per_cycle = 6;
    slots_ = add("slots", 302'400, 1'502'520, 4'800'000);
    retiring_ = add("topdown-retiring", 100'800, 500'000, 480'000);
    bad_ = add("topdown-bad-spec", 1'000, 2'000, 720'000);
    frontend_ = add("topdown-fe-bound", 600, 1'520, 240'000);
    backend_ = add("topdown-be-bound", 200'000, 999'000, 3'360'000);
    remote_ = add("mem_load_l3_miss_retired.remote_dram", 0, 0, 0);
  }
  uint32_t slots_ = 0, retiring_ = 0, bad_ = 0, frontend_ = 0, backend_ = 0, remote_ = 0;

  void set(uint32_t event, uint64_t small, uint64_t large, uint64_t stress) {
    counts_[event].small.value = small;
    counts_[event].large.value = large;
    counts_[event].stress.value = stress;
  }
  SelftestVerdict verdict(uint32_t event) { return judge_selftest(plan_, counts_)[event]; }
  // The events that do not pass.
  std::map<std::string, Reason> failing() {
    std::map<std::string, Reason> bad;
    const auto verdicts = judge_selftest(plan_, counts_);
    EXPECT_EQ(verdicts.size(), plan_.events.size());
    for (size_t i = 0; i < verdicts.size(); i++) {
      if (verdicts[i].reason == Reason::ok) continue;
      bad[plan_.events[i].name] = verdicts[i].reason;
      EXPECT_FALSE(verdicts[i].why.empty()) << plan_.events[i].name;
    }
    return bad;
  }
  using Bad = std::map<std::string, Reason>;
};

TEST_F(PmuSelftest, AGoodPmuPasses) {
  EXPECT_EQ(failing(), Bad{});
  // Nothing says that memory of another node was touched.
  EXPECT_NE(verdict(remote_).why, "");
}

TEST_F(PmuSelftest, InstructionsWithinOnePercent) {
  const uint64_t wanted = kSelftestLarge - kSelftestSmall;
  const uint64_t one_percent = wanted / 100;
  set(0, 100, 100 + wanted + one_percent, 5);
  EXPECT_EQ(verdict(0).reason, Reason::ok);
  set(0, 100, 100 + wanted + one_percent + 1, 5);
  EXPECT_EQ(verdict(0).reason, Reason::implausible);
  set(0, 100, 100 + wanted - one_percent, 5);
  EXPECT_EQ(verdict(0).reason, Reason::ok);
  set(0, 100, 100 + wanted - one_percent - 1, 5);
  EXPECT_EQ(verdict(0).reason, Reason::implausible);
  EXPECT_EQ(verdict(0).why, "it counted 395999 of 400000 instructions");
}

TEST_F(PmuSelftest, AGuestThatReadsThousandsPerSecond) {
  set(0, 2, 3, 2);  // 2.6 k/s over a millisecond each
  EXPECT_EQ(failing(), (Bad{{"inst_retired.any", Reason::implausible}}));
  EXPECT_FALSE(passes(verdict(0)));
}

TEST_F(PmuSelftest, Zeros) {
  for (uint32_t i = 0; i < plan_.events.size(); i++) set(i, 0, 0, 0);
  auto bad = failing();
  for (const char* name : {"inst_retired.any", "cpu_clk_unhalted.thread", "cpu_clk_unhalted.ref_tsc", "slots",
                           "topdown-retiring", "topdown-be-bound"})
    EXPECT_EQ(bad[name], Reason::unsupported) << name;
}

TEST_F(PmuSelftest, EventsThatAnEmulatorLacks) {
  for (const char* name : {"stall_frontend", "stall_backend", "stall_slot", "stall_slot_backend", "op_retired",
                           "op_spec", "br_mis_pred"}) {
    const uint32_t event = add(name, 0, 0, 0);
    EXPECT_EQ(verdict(event).reason, Reason::unsupported) << name;
    EXPECT_NE(verdict(event).why.find("reads 0"), std::string::npos) << verdict(event).why;
    set(event, 0, 0, 1);
    EXPECT_EQ(verdict(event).reason, Reason::ok) << name;
  }
}

TEST_F(PmuSelftest, Frozen) {
  set(0, 777, 777, 777);
  set(1, 777, 777, 777);
  EXPECT_EQ(verdict(0).reason, Reason::implausible);
  EXPECT_EQ(verdict(1).reason, Reason::implausible);
}

TEST_F(PmuSelftest, GoesBack) {
  set(0, 5'000'000, 10, 0);
  EXPECT_EQ(verdict(0).reason, Reason::implausible);
}

TEST_F(PmuSelftest, CyclesThatCannotBe) {
  set(1, 1'000, 11'000, 20'000);  // 40 instructions a cycle
  EXPECT_EQ(verdict(1).reason, Reason::implausible);
  EXPECT_NE(verdict(1).why.find("10000 cycles for 400000"), std::string::npos) << verdict(1).why;
}

TEST_F(PmuSelftest, ReferenceCyclesThatCannotBe) {
  set(2, 1, 3, 8);
  EXPECT_EQ(verdict(2).reason, Reason::implausible);
  set(2, 0, 0, 0);
  EXPECT_EQ(verdict(2).reason, Reason::unsupported);
}

TEST_F(PmuSelftest, EverySlotIsBadSpeculation) {
  const SelftestCounts slots = counts_[slots_];
  counts_[bad_] = slots;
  auto bad = failing();
  EXPECT_EQ(bad["slots"], Reason::implausible);
  EXPECT_EQ(bad["topdown-bad-spec"], Reason::implausible);
  EXPECT_EQ(bad["topdown-retiring"], Reason::implausible);
  EXPECT_FALSE(bad.contains("inst_retired.any"));
}

TEST_F(PmuSelftest, SlotsPerCycle) {
  const uint64_t cycles = 50'400 + 250'420 + 800'000;
  set(slots_, 0, 0, cycles * 63 / 10);
  EXPECT_EQ(verdict(slots_).reason, Reason::ok);
  set(slots_, 0, 0, cycles * 64 / 10);
  EXPECT_EQ(verdict(slots_).reason, Reason::implausible);
  set(slots_, 0, 0, cycles / 2 + 1);
  EXPECT_EQ(verdict(slots_).reason, Reason::ok);
  set(slots_, 0, 0, cycles / 2 - 1);
  EXPECT_EQ(verdict(slots_).reason, Reason::implausible);
}

TEST_F(PmuSelftest, BucketsThatDoNotAddUp) {
  set(backend_, 200'000, 999'000, 3'000'000);
  auto bad = failing();
  for (const char* name : {"topdown-retiring", "topdown-bad-spec", "topdown-fe-bound", "topdown-be-bound"})
    EXPECT_EQ(bad[name], Reason::implausible) << name;
  EXPECT_EQ(bad.size(), 4u);
}

TEST_F(PmuSelftest, NeverACounter) {
  counts_[0].large = {0, kRanNs, 0};
  EXPECT_EQ(verdict(0).reason, Reason::not_counted);
  EXPECT_NE(verdict(0).why.find("watchdog"), std::string::npos);
  EXPECT_TRUE(passes(verdict(0))) << "nothing was proven against it";
  counts_[0].large = {0, 0, 0};
  EXPECT_EQ(verdict(0).reason, Reason::not_counted);
}

TEST_F(PmuSelftest, SharedWithOthersProvesNothing) {
  counts_[0].large = {kSelftestLarge / 2, kRanNs, kRanNs / 2};
  EXPECT_EQ(verdict(0).reason, Reason::multiplexed);
  EXPECT_TRUE(passes(verdict(0)));
  EXPECT_NE(verdict(0).why.find("50 %"), std::string::npos) << verdict(0).why;
}

TEST_F(PmuSelftest, MoreThanACpuCounts) {
  counts_[remote_].stress.value = 1ull << 47;
  EXPECT_EQ(verdict(remote_).reason, Reason::implausible);
}

TEST_F(PmuSelftest, WhatThePlanRefusesStaysRefused) {
  plan_.events[remote_].reason = Reason::not_applicable;
  plan_.events[remote_].why = "one node";
  EXPECT_EQ(verdict(remote_), (SelftestVerdict{Reason::not_applicable, "one node"}));
}

// Whether the loop has its instructions only a counter can say: the guest with counters does.
TEST(SelftestWork, EndsAndRepeats) {
  calibrated_loop(1);
  calibrated_loop(kSelftestLarge / kInstructionsPerTurn);
  StressWork a, b;
  EXPECT_EQ(a.run(), b.run());
}

}  // namespace
}  // namespace smtscope
