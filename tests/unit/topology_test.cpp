// SPDX-License-Identifier: Apache-2.0
// Machines of many shapes, read from made-up trees.
#include "model/topology.h"

#include <gtest/gtest.h>

#include <string>

#include "kernel/topology_reader.h"
#include "unit/topology_rules.h"
#include "unit/tree.h"

namespace smtscope {
namespace {

using test::cpu_path;
using test::CpuFiles;
using test::Tree;
using test::write_cpus;
using test::write_nodes;
using Ids = std::vector<uint32_t>;

Topology read_well(const Tree& tree) {
  auto topology = read_topology(tree.root());
  EXPECT_TRUE(topology) << topology.error().what;
  if (!topology) return {};
  EXPECT_EQ(test::broken_rule(*topology), "");
  return *topology;
}

TEST(Topology, TwoCpusWithoutSmt) {
  Tree tree;
  write_cpus(tree, "0-1", {{0, "0", 0, 0, "0-1"}, {1, "1", 0, 1, "0-1"}});
  write_nodes(tree, "0", {"0-1"});
  const Topology topology = read_well(tree);
  EXPECT_EQ(topology.online_cpus(), 2u);
  EXPECT_EQ(topology.threads_per_core(), 1u);
  EXPECT_EQ(topology.packages(), 1u);
  EXPECT_EQ(topology.nodes(), 1u);
  EXPECT_EQ(topology.possible_cpus, 2u);
  EXPECT_EQ(topology.source, TopologySource::sysfs);
  EXPECT_EQ(topology.cores, (std::vector<Core>{{0, 0, 0, 0, 0, {0}}, {1, 0, 1, 0, 0, {1}}}));
}

TEST(Topology, TwoSocketsRepeatTheirCoreIds) {
  Tree tree;
  write_cpus(tree, "0-7",
             {{0, "0,4", 0, 0, "0-1,4-5"},
              {1, "1,5", 0, 1, "0-1,4-5"},
              {2, "2,6", 1, 0, "2-3,6-7"},
              {3, "3,7", 1, 1, "2-3,6-7"},
              {4, "0,4", 0, 0, "0-1,4-5"},
              {5, "1,5", 0, 1, "0-1,4-5"},
              {6, "2,6", 1, 0, "2-3,6-7"},
              {7, "3,7", 1, 1, "2-3,6-7"}});
  write_nodes(tree, "0-1", {"0-1,4-5", "2-3,6-7"});
  const Topology topology = read_well(tree);
  EXPECT_EQ(topology.cores,
            (std::vector<Core>{
                {0, 0, 0, 0, 0, {0, 4}}, {1, 0, 1, 0, 0, {1, 5}}, {2, 1, 0, 1, 2, {2, 6}}, {3, 1, 1, 1, 2, {3, 7}}}));
  EXPECT_EQ(topology.packages(), 2u);
  EXPECT_EQ(topology.nodes(), 2u);
  EXPECT_EQ(topology.core_of(6)->id, 2u);
}

TEST(Topology, ArmIdsAreOffsetsAndCachesAreHidden) {
  Tree tree;
  write_cpus(tree, "0-3", {{0, "0-1", 36, 76}, {1, "0-1", 36, 76}, {2, "2-3", 36, 136}, {3, "2-3", 36, 136}});
  const Topology topology = read_well(tree);
  EXPECT_EQ(topology.cores, (std::vector<Core>{{0, 36, 76, std::nullopt, std::nullopt, {0, 1}},
                                               {2, 36, 136, std::nullopt, std::nullopt, {2, 3}}}));
  EXPECT_EQ(topology.packages(), 1u);
  EXPECT_EQ(topology.nodes(), 1u);
}

TEST(Topology, MinusOneIsNoLabel) {
  Tree tree;
  write_cpus(tree, "0", {{0, "0", -1, -1}});
  const Topology topology = read_well(tree);
  EXPECT_EQ(topology.cores.front().package, std::nullopt);
  EXPECT_EQ(topology.cores.front().core_label, std::nullopt);
}

TEST(Topology, FourSiblings) {
  Tree tree;
  write_cpus(tree, "0-3", {{0, "0-3", 0, 0}, {1, "0-3", 0, 0}, {2, "0-3", 0, 0}, {3, "0-3", 0, 0}});
  EXPECT_EQ(read_well(tree).threads_per_core(), 4u);
}

TEST(Topology, EightSiblingsWithPowerLikeIds) {
  Tree tree;
  std::vector<CpuFiles> cpus;
  for (uint32_t id = 0; id < 16; ++id) cpus.push_back({id, id < 8 ? "0-7" : "8-15", 0, id < 8 ? 2048 : 2056});
  write_cpus(tree, "0-15", cpus);
  tree.write("devices/system/cpu/possible", "0-175");
  const Topology topology = read_well(tree);
  EXPECT_EQ(topology.threads_per_core(), 8u);
  EXPECT_EQ(topology.cores.size(), 2u);
  EXPECT_EQ(topology.possible_cpus, 176u);
}

TEST(Topology, HybridCoresDifferInThreads) {
  Tree tree;
  write_cpus(tree, "0-5",
             {{0, "0-1", 0, 0, "0-5"},
              {1, "0-1", 0, 0, "0-5"},
              {2, "2-3", 0, 4, "0-5"},
              {3, "2-3", 0, 4, "0-5"},
              {4, "4", 0, 8, "0-5"},
              {5, "5", 0, 9, "0-5"}});
  const Topology topology = read_well(tree);
  EXPECT_EQ(topology.threads_per_core(), 2u);
  ASSERT_EQ(topology.cores.size(), 4u);
  EXPECT_EQ(topology.cores[2].cpus, Ids({4}));
}

TEST(Topology, SparseAndOfflineCpus) {
  Tree tree;
  write_cpus(tree, "0,2,5,9", {{0, "0,5", 0, 0}, {5, "0,5", 0, 0}, {9, "9", 0, 7}});
  tree.write("devices/system/cpu/online", "0,5,9");
  tree.write("devices/system/cpu/possible", "0-63");
  tree.write("devices/system/cpu/isolated", "5,40");
  tree.write(cpu_path(2, "online"), "0");  // and no topology folder
  const Topology topology = read_well(tree);
  EXPECT_EQ(topology.online_cpus(), 3u);
  EXPECT_EQ(topology.possible_cpus, 64u);
  ASSERT_NE(topology.find_cpu(2), nullptr);
  EXPECT_FALSE(topology.find_cpu(2)->online);
  EXPECT_EQ(topology.core_of(2), nullptr);
  EXPECT_EQ(topology.find_cpu(1), nullptr);
  EXPECT_TRUE(topology.find_cpu(5)->isolated);
  EXPECT_FALSE(topology.find_cpu(0)->isolated);
}

TEST(Topology, AnOfflineSiblingIsNotPartOfTheCore) {
  Tree tree;
  write_cpus(tree, "0-1", {{0, "0-1", 0, 0}});
  tree.write("devices/system/cpu/online", "0");
  tree.write(cpu_path(1, "online"), "0");
  EXPECT_EQ(read_well(tree).cores.front().cpus, Ids({0}));
}

TEST(Topology, HotplugMakesAnotherTree) {
  Tree tree;
  write_cpus(tree, "0-1", {{0, "0-1", 0, 0}, {1, "0-1", 0, 0}});
  const Topology before = read_well(tree);
  Topology again = read_well(tree);
  again.generation = 7;
  again.attested = true;
  EXPECT_TRUE(before.same_tree(again));
  tree.write("devices/system/cpu/online", "0");
  tree.write(cpu_path(1, "online"), "0");
  tree.write(cpu_path(0, "topology/thread_siblings_list"), "0");
  EXPECT_FALSE(before.same_tree(read_well(tree)));
}

TEST(Topology, FiveHundredAndTwelveCpus) {
  Tree tree;
  std::vector<CpuFiles> cpus;
  for (uint32_t id = 0; id < 512; ++id) {
    const uint32_t low = id % 256, cache = low / 8 * 8;  // 8 cores a cache, 128 cores a package
    cpus.push_back({id, std::to_string(low) + "," + std::to_string(low + 256), static_cast<int>(low / 128),
                    static_cast<int>(low % 128),
                    std::to_string(cache) + "-" + std::to_string(cache + 7) + "," + std::to_string(cache + 256) + "-" +
                        std::to_string(cache + 263)});
  }
  write_cpus(tree, "0-511", cpus);
  write_nodes(tree, "0-1", {"0-127,256-383", "128-255,384-511"});
  const Topology topology = read_well(tree);
  EXPECT_EQ(topology.cores.size(), 256u);
  EXPECT_EQ(topology.nodes(), 2u);
  const ScanOrder order = scan_order(topology);
  EXPECT_EQ(order.range_of_cpu.at(300), std::pair(80u, 16u));  // cache of CPU 40: the sixth
  EXPECT_EQ(Ids(order.cpus.begin() + 80, order.cpus.begin() + 84), Ids({40, 296, 41, 297}));
}

TEST(Topology, NodesOfMemoryAloneAndCpusInSeveralNodes) {
  Tree tree;
  write_cpus(tree, "0-2", {{0, "0", 0, 0}, {1, "1", 0, 1}, {2, "2", 0, 2}});
  write_nodes(tree, "0-2", {"0-1", "", "1-2"});  // the last one overlaps, as with numa=fake
  const Topology topology = read_well(tree);
  EXPECT_EQ(topology.find_core(0)->node, 0u);
  EXPECT_EQ(topology.find_core(1)->node, std::nullopt);
  EXPECT_EQ(topology.find_core(2)->node, 2u);
}

TEST(Topology, TheNewerNameOfTheSiblingList) {
  Tree tree;
  write_cpus(tree, "0-1", {{0, "0-1", 0, 0}, {1, "0-1", 0, 0}});
  for (const uint32_t cpu : {0u, 1u}) {
    tree.remove(cpu_path(cpu, "topology/thread_siblings_list"));
    tree.write(cpu_path(cpu, "topology/core_cpus_list"), "0-1");
  }
  EXPECT_EQ(read_well(tree).threads_per_core(), 2u);
}

TEST(Topology, LastLevelIsTheHighestDataCache) {
  Tree tree;
  write_cpus(tree, "0-3", {{0, "0", 0, 0, "0-1"}, {1, "1", 0, 1, "0-1"}, {2, "2", 0, 2}, {3, "3", 0, 3}});
  for (const uint32_t cpu : {0u, 1u}) {  // a level 4 of instructions alone does not count
    tree.write(cpu_path(cpu, "cache/index4/type"), "Instruction");
    tree.write(cpu_path(cpu, "cache/index4/level"), "4");
    tree.write(cpu_path(cpu, "cache/index4/shared_cpu_list"), "0-3");
  }
  for (const uint32_t cpu : {2u, 3u}) {  // no level 3 here; index0 and index1 are missing
    tree.write(cpu_path(cpu, "cache/index2/type"), "Unified");
    tree.write(cpu_path(cpu, "cache/index2/level"), "2");
    tree.write(cpu_path(cpu, "cache/index2/shared_cpu_list"), "2-3");
  }
  const Topology topology = read_well(tree);
  EXPECT_EQ(topology.find_core(1)->llc, 0u);
  EXPECT_EQ(topology.find_core(3)->llc, 2u);
}

TEST(Topology, ACacheThatItsMembersDenyIsUnknown) {
  Tree tree;
  write_cpus(tree, "0-2", {{0, "0", 0, 0, "0-1"}, {1, "1", 0, 1, "1"}, {2, "2", 0, 2, "2"}});
  const Topology topology = read_well(tree);
  EXPECT_EQ(topology.find_core(0)->llc, std::nullopt);
  EXPECT_EQ(topology.find_core(2)->llc, 2u);
}

TEST(Topology, AFirstLevelCacheIsNoLastLevel) {
  Tree tree;
  write_cpus(tree, "0", {{0, "0", 0, 0}});
  tree.write(cpu_path(0, "cache/index0/type"), "Data");
  tree.write(cpu_path(0, "cache/index0/level"), "1");
  tree.write(cpu_path(0, "cache/index0/shared_cpu_list"), "0");
  EXPECT_EQ(read_well(tree).cores.front().llc, std::nullopt);
}

TEST(Topology, ScanOrderFallsBackToPackageThenMachine) {
  Tree tree;
  write_cpus(tree, "0-3", {{0, "0,2", 0, 0}, {1, "1,3", 1, 0}, {2, "0,2", 0, 0}, {3, "1,3", 1, 0}});
  ScanOrder order = scan_order(read_well(tree));
  EXPECT_EQ(order.cpus, Ids({0, 2, 1, 3}));
  EXPECT_EQ(order.range_of_cpu.at(3), std::pair(2u, 2u));
  for (const uint32_t cpu : {0u, 1u, 2u, 3u}) tree.write(cpu_path(cpu, "topology/physical_package_id"), "-1");
  order = scan_order(read_well(tree));
  EXPECT_EQ(order.cpus, Ids({0, 2, 1, 3}));
  EXPECT_EQ(order.range_of_cpu.at(3), std::pair(0u, 4u));
}

// Whatever this machine is: it has a CPU that is online, and the rules hold.
TEST(Topology, ReadsTheRealMachine) {
  const auto topology = read_topology("/sys");
  ASSERT_TRUE(topology) << topology.error().what;
  EXPECT_EQ(test::broken_rule(*topology), "");
  EXPECT_GE(topology->online_cpus(), 1u);
  EXPECT_GE(topology->possible_cpus, topology->online_cpus());
  const auto again = load_topology("/sys", std::nullopt);
  ASSERT_TRUE(again) << again.error().what;
}

TEST(Attest, FollowsMachineAndConfiguration) {
  Topology topology;
  HostFacts facts;
  const auto decided = [&](Attestation mode) {
    attest(topology, facts, mode);
    EXPECT_FALSE(topology.attested_reason.empty());
    return topology.attested;
  };
  EXPECT_FALSE(decided(Attestation::automatic));  // unknown is not bare metal
  facts.hypervisor = "KVM";
  EXPECT_FALSE(decided(Attestation::automatic));
  EXPECT_NE(topology.attested_reason.find("KVM"), std::string::npos);
  EXPECT_TRUE(decided(Attestation::yes));
  facts.hypervisor = "none";
  EXPECT_TRUE(decided(Attestation::automatic));
  EXPECT_FALSE(decided(Attestation::no));
  topology.source = TopologySource::override_;
  EXPECT_FALSE(decided(Attestation::automatic));
  EXPECT_TRUE(decided(Attestation::yes));
}

TEST(Attest, IsTakenBackOnce) {
  Topology topology;
  HostFacts facts;
  facts.hypervisor = "none";
  attest(topology, facts, Attestation::automatic);
  unattest(topology, "steal of 3 %");
  EXPECT_FALSE(topology.attested);
  EXPECT_EQ(topology.attested_reason, "steal of 3 %");
  unattest(topology, "something later");
  EXPECT_EQ(topology.attested_reason, "steal of 3 %");
}

}  // namespace
}  // namespace smtscope
