// SPDX-License-Identifier: Apache-2.0
// From two frames to what `top` shows; what it keeps to step back.
#include "views/top_view.h"

#include <gtest/gtest.h>

#include "unit/readings.h"
#include "unit/top_fixture.h"

namespace smtscope {
namespace {

using test::put;
using test::put_core;

constexpr uint64_t kSecond = 1'000'000'000;

Frame frame_at(uint64_t second, const std::vector<std::pair<uint32_t, std::array<uint64_t, kCpuColumns>>>& cpus) {
  Snapshot snapshot;
  snapshot.start_ns = snapshot.end_ns = second * kSecond;
  snapshot.topology = test::topology_of({{0, 1}});
  put_core(snapshot, 0, {second * kSecond, 0, 0}, 0, second * kSecond);
  for (const auto& [cpu, ns] : cpus)
    put(snapshot, Reading::cpu_time, {KeyKind::cpu, cpu, 0}, {ns[kCpuBusyNs], ns[kCpuIdleNs], ns[kCpuStealNs]});
  Frame frame;
  auto run = std::make_shared<RunFacts>();
  run->host.name = "made";
  frame.run = run;
  frame.snapshot = std::make_shared<const Snapshot>(std::move(snapshot));
  frame.tick = second;
  return frame;
}

TEST(TopView, CpuUseIsThatOfTheIntervalWithStolenTime) {
  const Frame before = frame_at(1, {{0, {100, 100, 0}}, {1, {50, 50, 0}}});
  const Frame after = frame_at(2, {{0, {160, 120, 20}}, {1, {50, 50, 0}}});
  const TopView view = top_view(before, after);
  ASSERT_TRUE(view.busy_of(0));
  EXPECT_DOUBLE_EQ(*view.busy_of(0), 0.8);
  EXPECT_FALSE(view.busy_of(1)) << "it counted nothing: not known, not idle";
  EXPECT_FALSE(view.busy_of(2));
  EXPECT_EQ(view.stat.host.name, "made");
}

TEST(TopView, CostOnlyWhereItIsKnown) {
  Frame before = frame_at(1, {}), after = frame_at(3, {});
  EXPECT_FALSE(top_view(before, after).own_cpu);
  EXPECT_FALSE(top_view(before, after).bpf_ns);
  before.agent.user_ns = 1'000'000;
  after.agent.user_ns = 11'000'000;
  after.agent.system_ns = 10'000'000;
  EXPECT_DOUBLE_EQ(*top_view(before, after).own_cpu, 0.01);
  before.agent.programs = {{"switch", 1000, 10, std::nullopt}};
  after.agent.programs = before.agent.programs;
  EXPECT_FALSE(top_view(before, after).bpf_ns) << "nobody counted";
  after.agent.programs = {{"switch", 4000, 20, std::nullopt}};
  EXPECT_DOUBLE_EQ(*top_view(before, after).bpf_ns, 300);
  after.agent.user_ns = 0;
  after.agent.system_ns = 0;
  EXPECT_FALSE(top_view(before, after).own_cpu) << "another process";
}

TEST(TopView, NamesThatAPersonMeans) {
  Entity who;
  who.name = "system.slice/redis.service";
  who.cgroup = "/system.slice/redis.service";
  who.pid = 4711;
  who.comm = "redis-server";
  for (const char* name :
       {"redis.service", "system.slice/redis.service", "/system.slice/redis.service", "4711", "redis-server"})
    EXPECT_TRUE(is_named(who, name)) << name;
  for (const char* name : {"", "redis", "service", "471", "slice/redis.service"})
    EXPECT_FALSE(is_named(who, name)) << name;
}

TEST(TopTape, KeepsABoundedPast) {
  TopTape tape;
  EXPECT_TRUE(tape.empty());
  for (uint64_t i = 0; i < 1000; i++) {
    TopView view;
    view.tick = i;
    view.stat.figures.capacity.cpu_used = static_cast<double>(i);
    tape.push(std::move(view));
  }
  EXPECT_EQ(tape.newest(), 999u);
  EXPECT_EQ(tape.oldest(), 1000 - TopTape::kMostViews);
  EXPECT_EQ(tape.at(tape.oldest())->tick, tape.oldest());
  EXPECT_EQ(tape.points(999).size(), TopTape::kMostPoints);
  EXPECT_EQ(tape.points(990).back().cpu_used, 990.0);
  EXPECT_TRUE(tape.points(10).empty()) << "older than all that is kept";
  tape.clear();
  EXPECT_TRUE(tape.empty());
  EXPECT_TRUE(tape.points(5).empty());
}

TEST(TopTape, BytesAreBoundedToo) {
  TopView large;
  large.stat.figures.pairs.resize((TopTape::kMostBytes / 4) / sizeof(PairFigures));
  TopTape tape;
  for (int i = 0; i < 20; i++) tape.push(large);
  EXPECT_LE((tape.newest() - tape.oldest() + 1) * size_of(large), TopTape::kMostBytes);
  EXPECT_GE(tape.newest() - tape.oldest(), 1u);
}

}  // namespace
}  // namespace smtscope
