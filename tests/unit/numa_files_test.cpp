// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "kernel/numa_files.h"
#include "tree.h"

namespace smtscope {
namespace {

using test::Tree;
using Bytes = std::vector<std::pair<uint32_t, uint64_t>>;

// As a 6.1 kernel prints it, with lines that are parts of others.
constexpr const char* kV2 =
    "anon N0=4096 N1=8192\n"
    "file N0=100 N1=200\n"
    "kernel_stack N0=16384 N1=0\n"
    "pagetables N0=1 N1=2\n"
    "sec_pagetables N0=0 N1=0\n"
    "shmem N0=50 N1=60\n"
    "file_mapped N0=7 N1=8\n"
    "swapcached N0=3 N1=3\n"
    "anon_thp N0=4096 N1=0\n"
    "active_anon N0=4096 N1=8192\n"
    "slab_reclaimable N0=10 N1=20\n"
    "slab_unreclaimable N0=1000 N1=2000\n"
    "workingset_refault_anon N0=9 N1=9\n";
constexpr const char* kV1 =
    "total=3 N0=1 N1=2\n"
    "file=1 N0=1 N1=0\n"
    "anon=2 N0=0 N1=2\n"
    "unevictable=0 N0=0 N1=0\n"
    "hierarchical_total=900 N0=450 N1=450\n";

TEST(NumaFiles, NodesOnline) {
  Tree tree;
  EXPECT_EQ(read_numa_nodes(tree.root()).value(), std::vector<uint32_t>{0}) << "no file: no NUMA in this kernel";
  tree.write("devices/system/node/online", "0,2-3");
  EXPECT_EQ(read_numa_nodes(tree.root()).value(), (std::vector<uint32_t>{0, 2, 3}));
  tree.write("devices/system/node/online", "0-x");
  EXPECT_EQ(read_numa_nodes(tree.root()).error().kind, ErrorKind::input);
}

TEST(NumaFiles, NumastatInTheOrderOfTheColumns) {
  Tree tree;
  tree.write_raw("devices/system/node/node3/numastat",
                 "numa_hit 11\nnuma_miss 12\nnuma_foreign 13\ninterleave_hit 14\nlocal_node 15\nother_node 16\n");
  EXPECT_EQ(read_numastat(tree.root(), 3).value(), (NumaStat{11, 12, 13, 14, 15, 16}));
  EXPECT_EQ(read_numastat(tree.root(), 4).error().kind, ErrorKind::no_input);
}

TEST(NumaFiles, NumastatThatIsNotOne) {
  EXPECT_EQ(parse_numastat("").error().kind, ErrorKind::unsupported);
  EXPECT_EQ(parse_numastat("numa_hit 1\n").error().what, "numastat has no line numa_miss");
  EXPECT_EQ(parse_numastat("numa_hit one\n").error().kind, ErrorKind::input);
  EXPECT_EQ(parse_numastat("numa_hit\n").error().kind, ErrorKind::input);
  EXPECT_EQ(parse_numastat("numa_hit 18446744073709551616\n").error().kind, ErrorKind::input);
}

TEST(NumaFiles, CountingOfAllocationsMayBeSwitchedOff) {
  Tree tree;
  EXPECT_TRUE(numastat_counts(tree.root())) << "before 4.15 there is no such file";
  tree.write("sys/vm/numa_stat", "1");
  EXPECT_TRUE(numastat_counts(tree.root()));
  tree.write("sys/vm/numa_stat", "0");
  EXPECT_NE(numastat_counts(tree.root()).error().what.find("vm.numa_stat is 0"), std::string::npos);
}

TEST(NumaFiles, HintFaults) {
  EXPECT_EQ(parse_numa_hints("nr_free_pages 9\nnuma_pte_updates 3\nnuma_huge_pte_updates 9\nnuma_hint_faults 5\n"
                             "numa_hint_faults_local 4\nnuma_pages_migrated 2\n")
                .value(),
            (NumaHints{5, 4, 3, 2}));
  EXPECT_EQ(parse_numa_hints("nr_free_pages 9\n").error().kind, ErrorKind::unsupported);
  EXPECT_EQ(parse_numa_hints("numa_hint_faults -1\n").error().kind, ErrorKind::input);
}

TEST(NumaFiles, BalancingSaysWhichFaultsThereAre) {
  Tree tree;
  EXPECT_EQ(read_numa_balancing(tree.root()).error().kind, ErrorKind::unsupported);
  const auto mode = [&](const std::string& text) {
    tree.write("sys/kernel/numa_balancing", text);
    return read_numa_balancing(tree.root());
  };
  EXPECT_EQ(mode("0").value(), NumaBalancing::off);
  EXPECT_EQ(mode("1").value(), NumaBalancing::nodes);
  EXPECT_EQ(mode("2").value(), NumaBalancing::tiers_only);
  EXPECT_EQ(mode("3").value(), NumaBalancing::nodes);
  EXPECT_EQ(mode("on").error().kind, ErrorKind::input);
  EXPECT_EQ(mode("").error().kind, ErrorKind::input);
}

TEST(NumaFiles, ResidentBytesCountNothingTwice) {
  const auto v2 = parse_memory_numa_stat(kV2, 4096);
  ASSERT_TRUE(v2) << v2.error().what;
  EXPECT_EQ(v2->bytes, (Bytes{{0, 4096 + 100 + 16384 + 1 + 10 + 1000}, {1, 8192 + 200 + 2 + 20 + 2000}}));
  EXPECT_TRUE(v2->with_descendants);
  const auto v1 = parse_memory_numa_stat(kV1, 4096);
  ASSERT_TRUE(v1) << v1.error().what;
  EXPECT_EQ(v1->bytes, (Bytes{{0, 4096}, {1, 8192}})) << "pages; file and anon are in total";
  EXPECT_FALSE(v1->with_descendants);
}

TEST(NumaFiles, MemoryThatCannotBeRead) {
  for (const char* text :
       {"", "\n", "shmem N0=1\n", "anon\n", "anon N0\n", "anon N0=\n", "anon N=1\n", "anon N9999=1\n", "anon 0=1\n",
        "anon N0=-1\n", "anon N0=1 x\n", "total=1 N0=1\nanon N0=1\n", "anon N0=18446744073709551615\n"})
    EXPECT_EQ(parse_memory_numa_stat(text, 4096).error().kind, ErrorKind::input) << text;
  EXPECT_EQ(parse_memory_numa_stat("total=1 N0=9223372036854775807\n", 65536).error().kind, ErrorKind::input);
}

}  // namespace
}  // namespace smtscope
