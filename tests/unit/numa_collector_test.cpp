// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "collectors/numa.h"
#include "collectors/scheduler_totals.h"
#include "pipeline/collector_set.h"
#include "readings.h"
#include "tree.h"

namespace smtscope {
namespace {

using test::Tree;

constexpr uint64_t kSecondNs = 1'000'000'000;

std::string numastat(uint64_t local, uint64_t other) {
  return "numa_hit 1\nnuma_miss 2\nnuma_foreign 3\ninterleave_hit 4\nlocal_node " + std::to_string(local) +
         "\nother_node " + std::to_string(other) + "\n";
}

// A machine of two nodes with balancing, and a cgroup `a`.
struct TwoNodes {
  Tree tree;
  CollectorContext context;

  TwoNodes() {
    tree.write("devices/system/node/online", "0-1");
    tree.write_raw("devices/system/node/node0/numastat", numastat(100, 10));
    tree.write_raw("devices/system/node/node1/numastat", numastat(200, 20));
    tree.write("sys/kernel/numa_balancing", "1");
    tree.write_raw("vmstat",
                   "numa_pte_updates 3\nnuma_hint_faults 5\nnuma_hint_faults_local 4\nnuma_pages_migrated 2\n");
    tree.write_raw("cgroup/a/memory.numa_stat", "anon N0=4096 N1=8192\n");
    context.sys_root = context.proc_root = tree.root();
    auto topology = test::topology_of({{0, 1}});
    topology->possible_cpus = 2;
    context.topology = topology;
    context.cgroups = [this] {
      return std::vector<EntityCgroup>{{5, tree.root() + "/cgroup/a"}, {6, tree.root() + "/cgroup/gone"}};
    };
  }

  Snapshot sample() const {
    auto collector = NumaCollector::make(context);
    Snapshot snapshot;
    EXPECT_TRUE(collector) << collector.error().what;
    EXPECT_TRUE((*collector)->sample(snapshot));
    for (const Shortfall& less : (*collector)->shortfalls()) shortfalls[less.what] = less.reason;
    return snapshot;
  }
  mutable std::map<std::string, std::string> shortfalls;
};

TEST(NumaCollector, ReadsAllItsFiles) {
  const TwoNodes machine;
  const Snapshot s = machine.sample();
  const uint64_t* node = s.tables.at(Reading::numa_alloc).find({KeyKind::numa_node, 1, 0});
  ASSERT_TRUE(node);
  EXPECT_EQ(node[kNumaLocalNode], 200u);
  EXPECT_EQ(node[kNumaOtherNode], 20u);
  const uint64_t* hints = s.tables.at(Reading::numa_hint).find({});
  ASSERT_TRUE(hints);
  EXPECT_EQ(hints[kHintFaults], 5u);
  EXPECT_EQ(hints[kHintFaultsLocal], 4u);
  const Table& resident = s.tables.at(Reading::entity_resident);
  ASSERT_EQ(resident.keys.size(), 2u) << "nothing is said of a cgroup that cannot be read";
  EXPECT_EQ(*resident.find({KeyKind::entity, 5, 1}), 8192u);
}

TEST(NumaCollector, BalancingOffIsNotZero) {
  TwoNodes machine;
  machine.tree.write("sys/kernel/numa_balancing", "0");
  const Snapshot s = machine.sample();
  EXPECT_FALSE(s.tables.contains(Reading::numa_hint));
  EXPECT_EQ(s.missing.at(Reading::numa_hint), Reason::disabled);
  EXPECT_EQ(machine.shortfalls["NUMA hint faults"], "kernel.numa_balancing is 0");
  machine.tree.remove("sys/kernel/numa_balancing");
  EXPECT_EQ(machine.sample().missing.at(Reading::numa_hint), Reason::unsupported);
}

TEST(NumaCollector, ABrokenFileIsAReasonAndNothingElseStops) {
  TwoNodes machine;
  machine.tree.write_raw("vmstat", "numa_hint_faults many\n");
  machine.tree.write("sys/vm/numa_stat", "0");
  machine.tree.write_raw("cgroup/a/memory.numa_stat", "anon\n");
  const Snapshot s = machine.sample();
  EXPECT_EQ(s.missing.at(Reading::numa_hint), Reason::implausible);
  EXPECT_EQ(s.missing.at(Reading::numa_alloc), Reason::disabled);
  EXPECT_TRUE(s.missing.contains(Reading::entity_resident));
  EXPECT_FALSE(s.tables.contains(Reading::numa_alloc));
  EXPECT_FALSE(s.tables.contains(Reading::entity_resident));
}

TEST(NumaCollector, OneNodeHasNothingToMeasure) {
  TwoNodes machine;
  EXPECT_EQ(NumaCollector::nothing_to_measure(machine.context), "");
  machine.tree.write("devices/system/node/online", "0");
  EXPECT_EQ(NumaCollector::nothing_to_measure(machine.context), "one NUMA node: all memory is local");
  const auto only_numa = [](std::string_view signal) { return signal == "numa" ? Wanted::required : Wanted::no; };
  auto set = CollectorSet::make(machine.context, only_numa);
  ASSERT_TRUE(set) << "also where it is required: " << set.error().what;
  const auto states = set->status();
  const auto numa = std::find_if(states.begin(), states.end(), [](const auto& s) { return s.name == "numa"; });
  ASSERT_NE(numa, states.end());
  EXPECT_EQ(numa->state, CollectorState::unsupported);
  EXPECT_EQ(numa->reason, Reason::not_applicable);
  EXPECT_EQ(numa->why, "one NUMA node: all memory is local");
  Snapshot snapshot;
  ASSERT_TRUE(set->sample(snapshot));
  EXPECT_EQ(snapshot.missing.at(Reading::numa_alloc), Reason::not_applicable);
}

TEST(NumaResident, AnInnerCgroupOfV2HasNoFigureOfItsOwn) {
  Tree tree;
  tree.write_raw("a/memory.numa_stat", "anon N0=1\n");
  tree.write_raw("a/b/memory.numa_stat", "anon N0=1\n");
  tree.write_raw("v1/memory.numa_stat", "total=1 N0=1\n");
  tree.write_raw("v1/b/memory.numa_stat", "total=1 N0=1\n");
  NumaResident resident;
  resident.read({{4, tree.root() + "/a"}, {5, tree.root() + "/a/b"}, {6, tree.root() + "/v1"}}, kSecondNs);
  EXPECT_EQ(resident.entities(), (std::vector<uint32_t>{5, 6}));
}

TEST(NumaResident, ManyComeRoundAndOldOnesExpire) {
  Tree tree;
  std::vector<EntityCgroup> cgroups;
  for (uint32_t i = 0; i < kMostNumaFiles + 10; i++) {
    tree.write_raw(std::to_string(i) + "/memory.numa_stat", "anon N0=1\n");
    cgroups.push_back({i + 4, tree.root() + "/" + std::to_string(i)});
  }
  NumaResident resident;
  const auto rows = [&](uint64_t now_ns) {
    Snapshot snapshot;
    resident.write(snapshot, now_ns);
    return snapshot.tables.at(Reading::entity_resident).keys.size();
  };
  resident.read(cgroups, kSecondNs);
  EXPECT_EQ(rows(kSecondNs), kMostNumaFiles) << "the rest is missing, not 0";
  resident.read(cgroups, 2 * kSecondNs);
  EXPECT_EQ(rows(2 * kSecondNs), cgroups.size());
  EXPECT_EQ(rows(2 * kSecondNs + kOldestNs), cgroups.size() - 10) << "10 were not read since the first time";
  EXPECT_EQ(rows(3 * kSecondNs + kOldestNs), 0u);
  cgroups.resize(3);
  resident.read(cgroups, 4 * kSecondNs);
  EXPECT_EQ(rows(4 * kSecondNs), 3u);
  resident.forget({4});
  EXPECT_EQ(resident.entities(), (std::vector<uint32_t>{5, 6}));
}

// Core 0 is of node 0, core 2 of node 1; the kernel-side ids are the entities.
TEST(NodeTime, IsThatOfTheCoresNode) {
  auto topology = test::topology_of({{0, 1}, {2, 3}});
  SchedulerTotals totals;
  totals.set_nodes(*topology);
  Snapshot snapshot;
  totals.write(snapshot, true);
  EXPECT_EQ(snapshot.missing.at(Reading::entity_node_time), Reason::not_applicable);
  topology->cores[1].node = 1;
  totals.set_nodes(*topology);
  const auto pair = [](uint32_t a, uint32_t b, uint64_t ticks) {
    Cell cell;
    cell.kind = SMTSCOPE_CELL_PAIR;
    cell.a = a;
    cell.b = b;
    cell.value = ticks;
    return cell;
  };
  Drain drain;
  const auto core = [&](uint32_t id, std::vector<Cell> cells) {
    CoreDrain& one = drain.cores.emplace_back();
    one.core_id = id;
    one.siblings = 2;
    one.end_ns = 1'000'000;
    one.cells = std::move(cells);
  };
  core(0, {pair(5, 6, 100), pair(5, SMTSCOPE_ID_IDLE, 10)});
  core(2, {pair(5, 5, 1)});
  totals.take(drain, [](uint32_t id) { return id; });
  Snapshot after;
  totals.write(after, true);
  const Table& times = after.tables.at(Reading::entity_node_time);
  EXPECT_EQ(*times.find({KeyKind::entity, 5, 0}), 110ull << SMTSCOPE_TICK_SHIFT);
  EXPECT_EQ(*times.find({KeyKind::entity, 5, 1}), 2ull << SMTSCOPE_TICK_SHIFT) << "both siblings";
  EXPECT_EQ(*times.find({KeyKind::entity, 6, 0}), 100ull << SMTSCOPE_TICK_SHIFT);
  totals.forget({5});
  Snapshot without;
  totals.write(without, true);
  EXPECT_FALSE(without.tables.at(Reading::entity_node_time).find({KeyKind::entity, 5, 0}));
}

}  // namespace
}  // namespace smtscope
