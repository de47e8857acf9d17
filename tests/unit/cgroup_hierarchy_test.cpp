// SPDX-License-Identifier: Apache-2.0
// Which cgroup hierarchy names the entities, from made-up /proc trees.
#include "identity/cgroup_hierarchy.h"

#include <gtest/gtest.h>

#include "tree.h"

namespace smtscope {
namespace {

class Hierarchies : public testing::Test {
 protected:
  // Mount points lie in the tree, so that their files can be made up too.
  void mount_v2(const std::string& controllers) {
    mounts_ += "30 20 0:30 / " + tree_.root() + "/v2 rw - cgroup2 cgroup2 rw\n";
    tree_.write("v2/cgroup.controllers", controllers);
  }
  void mount_v1(const std::string& controller) {
    mounts_ += "31 20 0:31 / " + tree_.root() + "/" + controller + " rw - cgroup cgroup rw," + controller + "\n";
  }
  void process(int pid, const std::string& cgroups) {
    tree_.write_raw("proc/" + std::to_string(pid) + "/cgroup", cgroups);
  }
  Result<CgroupHierarchy> choose(const std::optional<std::string>& wanted = {}) {
    tree_.write_raw("proc/self/mountinfo", mounts_);
    return choose_hierarchy(tree_.root() + "/proc", wanted);
  }

  test::Tree tree_;
  std::string mounts_ = "22 1 0:20 / / rw - ext4 /dev/vda rw\n";
};

TEST_F(Hierarchies, V2AloneIsTaken) {
  mount_v2("");
  const auto h = choose();
  ASSERT_TRUE(h) << h.error().what;
  EXPECT_TRUE(h->v2);
  EXPECT_EQ(h->label, "cgroup v2");
}

TEST_F(Hierarchies, V2ThatManagesResourcesWinsOverV1) {
  mount_v2("cpuset cpu memory");
  mount_v1("devices");
  EXPECT_TRUE(choose().value().v2);
}

TEST_F(Hierarchies, HybridTakesTheV1HierarchyWithMostMembers) {
  mount_v2("hugetlb");
  mount_v1("cpu");
  mount_v1("memory");
  process(7, "2:memory:/a\n1:cpu:/\n0::/\n");
  process(8, "2:memory:/b\n1:cpu:/x\n0::/\n");
  const auto h = choose();
  ASSERT_TRUE(h) << h.error().what;
  EXPECT_FALSE(h->v2);
  EXPECT_EQ(h->label, "cgroup v1 (memory)");
}

TEST_F(Hierarchies, InDoubtCpu) {
  mount_v1("pids");
  mount_v1("memory");
  mount_v1("cpu");
  process(7, "3:pids:/\n2:memory:/\n1:cpu:/\n");
  EXPECT_EQ(choose().value().controller, "cpu");
}

TEST_F(Hierarchies, WantedOneOrTheChoices) {
  mount_v2("");
  mount_v1("memory");
  EXPECT_EQ(choose("memory").value().controller, "memory");
  const auto missing = choose("cpuset");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::usage);
  EXPECT_NE(missing.error().mend.find("v2, memory"), std::string::npos) << missing.error().mend;
}

TEST_F(Hierarchies, NothingMountedSaysSo) {
  const auto h = choose();
  ASSERT_FALSE(h);
  EXPECT_EQ(h.error().kind, ErrorKind::unsupported);
  EXPECT_NE(h.error().mend.find("--by pid"), std::string::npos);
}

TEST(CgroupPath, EachHierarchyHasItsLine) {
  const std::string text = "9:name=systemd:/s\n4:memory:/m\n3:cpu,cpuacct:/c:with:colons\n0::/two\n";
  EXPECT_EQ(cgroup_path_in(text, {true, "", "", ""}), "/two");
  EXPECT_EQ(cgroup_path_in(text, {false, "memory", "", ""}), "/m");
  EXPECT_EQ(cgroup_path_in(text, {false, "cpuacct", "", ""}), "/c:with:colons");
  EXPECT_EQ(cgroup_path_in(text, {false, "pids", "", ""}), std::nullopt);
  EXPECT_EQ(cgroup_path_in("garbage\n:\n4\n", {false, "memory", "", ""}), std::nullopt);
}

TEST(Mountinfo, EscapesAndGarbage) {
  const auto mounts = parse_mountinfo("1 2 0:1 / /with\\040space rw - cgroup2 c rw\nx\n - \n1 2 3 4 5 - cgroup\n");
  EXPECT_EQ(mounts.v2, "/with space");
  EXPECT_TRUE(mounts.v1.empty());
}

}  // namespace
}  // namespace smtscope
