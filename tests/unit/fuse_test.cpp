// SPDX-License-Identifier: Apache-2.0
// The fuse's arithmetic and patience; the kernel's counting is tried live.
#include "pipeline/fuse.h"

#include <gtest/gtest.h>

namespace smtscope {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;

FuseReading reading(uint64_t cpu_ns, uint64_t memory, uint64_t run_ns, uint64_t runs) {
  FuseReading r;
  r.cpu_ns = cpu_ns;
  r.memory_bytes = memory;
  r.collectors.push_back({"scheduler", cpu_ns / 2, 1 << 20, {{"switch_word", run_ns, runs}, {"wait_base_fork", 9, 1}}});
  r.collectors.push_back({"tcp", cpu_ns / 4, 2 << 20, {{"tcp_thing", 1'000'000'000, 10}}});
  return r;
}

TEST(FuseJudge, WithinBudget) {
  const FuseResult result = judge({1, 100, 1500}, reading(0, 0, 0, 0), reading(kSecond / 200, 100, 150'000, 1000),
                                  kSecond, {reading(0, 0, 0, 0), reading(0, 0, 150'000, 1000)});
  EXPECT_DOUBLE_EQ(result.cpu_percent, 0.5);
  EXPECT_EQ(result.ns_per_switch, 150);
  EXPECT_EQ(result.over, "");
  EXPECT_EQ(result.costliest, "");
}

TEST(FuseJudge, ProgramsOnTheSwitchHookOnly) {
  const FuseResult result = judge({1, 100, 100}, reading(0, 0, 0, 0), reading(0, 0, 150'000, 1000), kSecond,
                                  {reading(0, 0, 0, 0), reading(0, 0, 150'000, 1000)});
  EXPECT_EQ(result.over, "150 ns a switch, 100 allowed");
  EXPECT_EQ(result.costliest, "scheduler");
}

TEST(FuseJudge, TooFewSwitchesSayNothing) {
  const FuseResult result = judge({1, 100, 100}, reading(0, 0, 0, 0), reading(0, 0, 99'000, 99), kSecond,
                                  {reading(0, 0, 0, 0), reading(0, 0, 99'000, 99)});
  EXPECT_EQ(result.ns_per_switch, std::nullopt);
  EXPECT_EQ(result.over, "");
}

// A virtual CPU was stopped for 9 ms in the second of three pieces: by the mean 3,200 ns a switch.
TEST(FuseJudge, OneStoppedPieceIsNotTheProgramsCost) {
  const std::vector<FuseReading> sample = {reading(0, 0, 0, 0), reading(0, 0, 200'000, 1000),
                                           reading(0, 0, 9'400'000, 2000), reading(0, 0, 9'600'000, 3000)};
  const FuseResult result = judge({1, 100, 1500}, sample.front(), sample.back(), kSecond, sample);
  EXPECT_EQ(result.ns_per_switch, 200);
  EXPECT_EQ(result.over, "");
}

TEST(FuseJudge, CpuAndMemoryNameTheirOwnCostliest) {
  const FuseResult cpu = judge({1, 1 << 30, 1500}, reading(0, 0, 0, 0), reading(kSecond / 50, 0, 0, 0), kSecond, {});
  EXPECT_EQ(cpu.over, "2.00 % of a CPU, 1 allowed");
  EXPECT_EQ(cpu.costliest, "scheduler");
  const FuseResult memory = judge({1, 1 << 20, 1500}, reading(0, 0, 0, 0), reading(0, 3 << 20, 0, 0), kSecond, {});
  EXPECT_EQ(memory.over, "3.0 MiB of memory, 1.0 MiB allowed");
  EXPECT_EQ(memory.costliest, "tcp");
}

// The seconds in which the fuse blew, looked at ten times a second.
std::vector<uint64_t> blown_at(BudgetConfig budget, uint64_t seconds,
                               const std::function<uint64_t(uint64_t)>& cpu_ns_at) {
  Fuse fuse(budget);
  std::vector<uint64_t> at;
  for (uint64_t tenth = 1; tenth <= seconds * 10; tenth++)
    if (fuse.tick(tenth * kSecond / 10, [&] { return reading(cpu_ns_at(tenth / 10), 0, 0, 0); }))
      at.push_back(tenth / 10);
  return at;
}

TEST(Fuse, ThreeMinutesOverBudget) {
  const auto busy = [](uint64_t second) { return second * kSecond / 20; };  // 5 %
  EXPECT_EQ(blown_at({1, 1 << 30, 1500}, 400, busy), (std::vector<uint64_t>{180, 360}));
}

TEST(Fuse, OneMinuteWithinBudgetStartsAnew) {
  const auto busy = [](uint64_t second) {
    return (second < 130 ? second : second < 200 ? 130 : second - 70) * kSecond / 20;
  };
  EXPECT_EQ(blown_at({1, 1 << 30, 1500}, 300, busy), std::vector<uint64_t>{});
}

TEST(Fuse, WithinBudgetForEver) {
  EXPECT_EQ(blown_at({1, 1 << 30, 1500}, 4000, [](uint64_t second) { return second * kSecond / 200; }),
            std::vector<uint64_t>{});
}

}  // namespace
}  // namespace smtscope
