// SPDX-License-Identifier: Apache-2.0
// Trees that are truncated, huge or contradictory, and siblings stated by hand.
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "kernel/topology_reader.h"
#include "unit/topology_rules.h"
#include "unit/tree.h"

namespace smtscope {
namespace {

using test::cpu_path;
using test::Tree;
using test::write_cpus;
using test::write_nodes;

// Two cores with two threads, whole; each test breaks one thing.
void write_good(Tree& tree) {
  write_cpus(tree, "0-3",
             {{0, "0-1", 0, 0, "0-3"}, {1, "0-1", 0, 0, "0-3"}, {2, "2-3", 0, 1, "0-3"}, {3, "2-3", 0, 1, "0-3"}});
  write_nodes(tree, "0", {"0-3"});
}

struct Broken {
  const char* name;
  std::function<void(Tree&)> breaks;
  ErrorKind kind;
  std::vector<const char*> says;  // parts of the message: the file and what it holds
  bool mended_by_hand = true;     // `--siblings` gets round it
};

std::function<void(Tree&)> cpu_dir(const std::string& name, const std::string& raw) {
  return [=](Tree& tree) { tree.write_raw("devices/system/cpu/" + name, raw); };
}

const Broken kBroken[] = {
    {"no folder", [](Tree& tree) { tree.remove("devices/system/cpu"); }, ErrorKind::no_input, {"cpu/possible"}, false},
    {"empty possible", cpu_dir("possible", ""), ErrorKind::input, {"cpu/possible is empty"}, false},
    {"huge range", cpu_dir("possible", "0-4294967295\n"), ErrorKind::input, {"cpu/possible", "4294967295"}, false},
    {"truncated list", cpu_dir("online", "0-"), ErrorKind::input, {"cpu/online", "\"0-\""}, false},
    {"binary list", cpu_dir("present", "\xff\xfe"), ErrorKind::input, {"cpu/present", "\\xff\\xfe"}, false},
    {"long list", cpu_dir("present", std::string(100'000, '0')), ErrorKind::input, {"cpu/present is longer"}, false},
    {"online, not present", cpu_dir("online", "0-4\n"), ErrorKind::input, {"cpu/online lists 0-4", "0-3"}, false},
    {"present, not possible", cpu_dir("possible", "0-2\n"), ErrorKind::input, {"cpu/present lists 0-3", "0-2"}, false},
    {"broken isolated", cpu_dir("isolated", "x\n"), ErrorKind::input, {"cpu/isolated", "x\\n"}},
    {"forged online", cpu_dir("online", "0-1\n"), ErrorKind::input, {"cpu2/online holds 1", "0-1"}},
    {"broken state", cpu_dir("cpu1/online", "yes\n"), ErrorKind::input, {"cpu1/online", "yes"}},
    {"empty siblings", cpu_dir("cpu1/topology/thread_siblings_list", ""), ErrorKind::input, {"cpu1", "is empty"}},
    {"garbage siblings", cpu_dir("cpu1/topology/thread_siblings_list", "0-1junk\n"), ErrorKind::input, {"0-1junk"}},
    {"huge siblings", cpu_dir("cpu1/topology/thread_siblings_list", "0-4294967295\n"), ErrorKind::input, {"cpu1"}},
    {"one-sided siblings",
     cpu_dir("cpu1/topology/thread_siblings_list", "1\n"),
     ErrorKind::input,
     {"CPU 0 and CPU 1 disagree", "lists 0-1", "lists 1"}},
    {"in two sets",
     cpu_dir("cpu1/topology/thread_siblings_list", "0-2\n"),
     ErrorKind::input,
     {"CPU 0 is in two sets", "lists 0-1", "lists 0-2"}},
    {"not its own sibling",
     cpu_dir("cpu1/topology/thread_siblings_list", "0\n"),
     ErrorKind::input,
     {"cpu1", "without CPU 1 itself"}},
    {"absent sibling", cpu_dir("cpu1/topology/thread_siblings_list", "1,77\n"), ErrorKind::input, {"no CPU 77", "0-3"}},
    {"no topology folder",
     [](Tree& tree) { tree.remove(cpu_path(2, "topology")); },
     ErrorKind::unsupported,
     {"cpu2/topology"}},
    {"siblings in two packages",
     cpu_dir("cpu1/topology/physical_package_id", "1\n"),
     ErrorKind::input,
     {"cpu1", "package 0", "package 1"}},
    {"truncated package", cpu_dir("cpu0/topology/physical_package_id", ""), ErrorKind::input, {"physical_package_id"}},
    {"garbage core id", cpu_dir("cpu3/topology/core_id", "1x\n"), ErrorKind::input, {"cpu3/topology/core_id", "1x"}},
    {"huge core id", cpu_dir("cpu3/topology/core_id", "99999999999\n"), ErrorKind::input, {"core_id", "99999999999"}},
    {"negative core id", cpu_dir("cpu3/topology/core_id", "-2\n"), ErrorKind::input, {"core_id", "-2"}},
    {"garbage cache level", cpu_dir("cpu0/cache/index3/level", "three\n"), ErrorKind::input, {"level", "three"}},
    {"garbage cache list", cpu_dir("cpu0/cache/index3/shared_cpu_list", "0--3\n"), ErrorKind::input, {"0--3"}},
    {"garbage node list",
     [](Tree& tree) { tree.write("devices/system/node/node0/cpulist", "3-0"); },
     ErrorKind::input,
     {"node0/cpulist", "3-0"}},
    {"empty nodes",
     [](Tree& tree) { tree.write_raw("devices/system/node/online", ""); },
     ErrorKind::input,
     {"node/online is empty"}},
};

TEST(BrokenTopology, NamesFileContentAndMend) {
  for (const Broken& broken : kBroken) {
    SCOPED_TRACE(broken.name);
    Tree tree;
    write_good(tree);
    ASSERT_TRUE(read_topology(tree.root()));
    broken.breaks(tree);
    const auto topology = read_topology(tree.root());
    ASSERT_FALSE(topology);
    EXPECT_EQ(topology.error().kind, broken.kind) << topology.error().what;
    for (const char* part : broken.says)
      EXPECT_NE(topology.error().what.find(part), std::string::npos) << topology.error().what;
    if (broken.mended_by_hand) {
      EXPECT_NE(topology.error().mend.find("--siblings"), std::string::npos) << topology.error().what;
    }
  }
}

TEST(BrokenTopology, SiblingsByHandGetRoundIt) {
  for (const Broken& broken : kBroken) {
    SCOPED_TRACE(broken.name);
    Tree tree;
    write_good(tree);
    broken.breaks(tree);
    const auto topology = load_topology(tree.root(), "0,1");
    ASSERT_EQ(topology.has_value(), broken.mended_by_hand);
    if (!topology) continue;
    EXPECT_EQ(test::broken_rule(*topology), "");
    EXPECT_EQ(topology->source, TopologySource::override_);
    EXPECT_EQ(topology->cores.front().cpus, std::vector<uint32_t>({0, 1}));
  }
}

TEST(BrokenTopology, NineSiblingsCannotBeMeasured) {
  Tree tree;
  std::vector<test::CpuFiles> cpus;
  for (uint32_t id = 0; id < 9; ++id) cpus.push_back({id, "0-8", 0, 0});
  write_cpus(tree, "0-8", cpus);
  const auto topology = read_topology(tree.root());
  ASSERT_FALSE(topology);
  EXPECT_EQ(topology.error().kind, ErrorKind::unsupported);
  EXPECT_NE(topology.error().what.find("9 siblings"), std::string::npos);
}

// A tree in memory whose CPU 1 comes and goes at every read of the list, `moves` times.
class Moving {
 public:
  explicit Moving(int moves) : moves_(moves) {}
  Result<std::string> operator()(const std::string& path) {
    if (path.ends_with("cpu/possible") || path.ends_with("cpu/present")) return "0-1\n";
    if (path.ends_with("cpu/online")) return ++reads_ <= moves_ && reads_ % 2 == 1 ? "0-1\n" : "0\n";
    if (path.ends_with("cpu0/topology/core_cpus_list")) return "0\n";
    return fail(ErrorKind::no_input, "no " + path);
  }
  [[nodiscard]] int reads() const { return reads_; }

 private:
  int moves_, reads_ = 0;
};

TEST(BrokenTopology, HotplugMeanwhileIsReadAgain) {
  Moving tree(3);
  const auto topology = read_topology(std::ref(tree), "");
  ASSERT_TRUE(topology) << topology.error().what;
  EXPECT_EQ(topology->online_cpus(), 1u);
  EXPECT_EQ(tree.reads(), 6);
}

TEST(BrokenTopology, EndlessHotplugEnds) {
  Moving tree(1'000'000);
  const auto topology = read_topology(std::ref(tree), "");
  ASSERT_FALSE(topology);
  EXPECT_EQ(topology.error().kind, ErrorKind::io);
  EXPECT_LT(tree.reads(), 20);
}

class SiblingsByHand : public testing::Test {
 protected:
  void SetUp() override {
    write_cpus(tree_, "0-5",
               {{0, "0-1", 0, 0, "0-1"},
                {1, "0-1", 0, 0, "0-1"},
                {2, "2-3", 1, 1, "2-3"},
                {3, "2-3", 1, 1, "2-3"},
                {4, "4", 1, 7}});
    tree_.write("devices/system/cpu/online", "0-4");
    tree_.write(cpu_path(5, "online"), "0");
    auto base = read_topology(tree_.root());
    ASSERT_TRUE(base) << base.error().what;
    base_ = *base;
  }
  Tree tree_;
  Topology base_;
};

TEST_F(SiblingsByHand, GroupsAndTheRestAlone) {
  const auto topology = override_siblings(base_, "1,0;3-4");
  ASSERT_TRUE(topology) << topology.error().what;
  EXPECT_EQ(test::broken_rule(*topology), "");
  EXPECT_EQ(topology->source, TopologySource::override_);
  EXPECT_FALSE(topology->attested);
  EXPECT_EQ(topology->cores, (std::vector<Core>{{0, 0, 0, std::nullopt, 0, {0, 1}},
                                                {2, 1, 1, std::nullopt, 2, {2}},
                                                {3, 1, std::nullopt, std::nullopt, std::nullopt, {3, 4}}}));
  EXPECT_FALSE(topology->find_cpu(5)->core);
}

TEST_F(SiblingsByHand, LabelsThatDifferAreDropped) {
  const auto topology = override_siblings(base_, "0,2");
  ASSERT_TRUE(topology) << topology.error().what;
  EXPECT_EQ(topology->core_of(0)->package, std::nullopt);
  EXPECT_EQ(topology->core_of(1)->package, 0u);
}

TEST_F(SiblingsByHand, WrongUsageIsExplained) {
  const std::pair<const char*, const char*> wrong[] = {
      {"", "group 1 is empty"},     {"0,1;", "group 2 is empty"},
      {";0,1", "group 1 is empty"}, {"0,9", "no CPU 9"},
      {"0,5", "CPU 5 is offline"},  {"0,1;1,2", "CPU 1 is in group 1"},
      {"0,0", "named twice"},       {"0 1", "\"0 1\" is not"},
      {"0,1;x", "\"x\" is not"},    {"0-4294967295", "4294967295"},
      {"1-0", "runs backwards"},
  };
  for (const auto& [spec, says] : wrong) {
    SCOPED_TRACE(spec);
    const auto topology = override_siblings(base_, spec);
    ASSERT_FALSE(topology);
    EXPECT_EQ(topology.error().kind, ErrorKind::usage);
    EXPECT_NE(topology.error().what.find(says), std::string::npos) << topology.error().what;
    EXPECT_NE(topology.error().mend.find("--siblings"), std::string::npos);
  }
}

TEST(SiblingsByHandLimit, EightAtMost) {
  Tree tree;
  std::vector<test::CpuFiles> cpus;
  for (uint32_t id = 0; id < 9; ++id) cpus.push_back({id, std::to_string(id), 0, 0});
  write_cpus(tree, "0-8", cpus);
  EXPECT_EQ(load_topology(tree.root(), "0-7")->threads_per_core(), 8u);
  EXPECT_NE(load_topology(tree.root(), "0-8").error().what.find("9 siblings"), std::string::npos);
}

}  // namespace
}  // namespace smtscope
