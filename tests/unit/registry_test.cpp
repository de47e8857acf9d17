// SPDX-License-Identifier: Apache-2.0
// Keys -> ids that are never reused, and names.
#include "identity/registry.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "identity/select.h"
#include "tree.h"

namespace smtscope {
namespace {

IdInfo described(uint64_t key, uint32_t tgid = 0, const char* comm = "", bool kthread = false, uint64_t start = 0) {
  IdInfo info{key, tgid, kthread, start, {}};
  for (size_t i = 0; comm[i] && i < info.comm.size(); i++) info.comm[i] = comm[i];
  return info;
}

uint64_t inode(const std::string& path) {
  struct stat s {};
  return stat(path.c_str(), &s) == 0 ? s.st_ino : 0;
}

class RegistryOfCgroups : public testing::Test {
 protected:
  RegistryOfCgroups() {
    tree_.write("cg/system.slice/redis.service/cgroup.procs", "");
    tree_.write("cg/plain/inner/cgroup.procs", "");
    tree_.write("proc/70/comm", "redis-server");
    tree_.write_raw("proc/70/cgroup", "0::/system.slice/redis.service\n");
    tree_.write("proc/71/comm", "worker");
    tree_.write("proc/72/comm", "worker");
  }
  [[nodiscard]] std::string at(const std::string& path) const { return tree_.root() + "/" + path; }

  test::Tree tree_;
  CgroupHierarchy hierarchy_{true, "", tree_.root() + "/cg", "cgroup v2"};
};

TEST_F(RegistryOfCgroups, NamesUnitsAndPaths) {
  EntityRegistry registry(GroupBy::cgroup, hierarchy_, at("proc"));
  const uint32_t unit = registry.resolve(9, described(inode(at("cg/system.slice/redis.service"))));
  const uint32_t plain = registry.resolve(4, described(inode(at("cg/plain/inner"))));
  const uint32_t gone = registry.resolve(5, described(987654321));
  registry.name_new();
  EXPECT_EQ(registry.find(unit)->name, "redis.service");
  EXPECT_EQ(registry.find(unit)->kind, EntityKind::unit);
  EXPECT_EQ(registry.find(unit)->cgroup, "/system.slice/redis.service");
  EXPECT_EQ(registry.find(plain)->name, "/plain/inner");
  EXPECT_EQ(registry.find(gone)->name, "cgroup:987654321");
  EXPECT_EQ(registry.find(gone)->cgroup, std::nullopt);
}

TEST_F(RegistryOfCgroups, IdsFollowTheKeyNotTheKernelSideId) {
  EntityRegistry registry(GroupBy::cgroup, hierarchy_, at("proc"));
  const uint32_t first = registry.resolve(7, described(1000));
  EXPECT_EQ(registry.resolve(7, described(1000)), first);
  const uint32_t second = registry.resolve(7, described(2000));  // the kernel-side id was lent again
  EXPECT_NE(second, first);
  EXPECT_EQ(registry.resolve(8, described(1000)), first);  // and the first key came back under another one
  EXPECT_EQ(registry.resolve(9, described(0)), kOtherEntity);
}

TEST_F(RegistryOfCgroups, FixedIdsAreTheSame) {
  EntityRegistry registry(GroupBy::cgroup, hierarchy_, at("proc"));
  EXPECT_EQ(registry.resolve(2, {}), kKernelEntity);
  EXPECT_EQ(registry.find(kKernelEntity)->name, "kernel");
  EXPECT_EQ(registry.find(kIdleEntity), nullptr);
  EXPECT_EQ(registry.find(kUnknownEntity), nullptr);
  EXPECT_EQ(registry.find(12345), nullptr);
}

TEST_F(RegistryOfCgroups, ProcessesKeepTheNameTheyWereSeenWithIfTheyAreGone) {
  EntityRegistry registry(GroupBy::process, hierarchy_, at("proc"));
  const uint32_t gone = registry.resolve(4, described(11, 4242, "short"));
  const uint32_t nameless = registry.resolve(5, described(12, 4243));
  const uint32_t thread = registry.resolve(6, described(13, 9, "ksoftirqd/0", true));
  registry.name_new();
  EXPECT_EQ(registry.find(gone)->name, "short");
  EXPECT_EQ(registry.find(gone)->pid, 4242u);
  EXPECT_EQ(registry.find(nameless)->name, "pid:4243");
  EXPECT_EQ(registry.find(thread)->kind, EntityKind::kernel);
}

TEST_F(RegistryOfCgroups, AReusedPidIsNotRenamed) {
  // Started 100 s after boot (10,000 ticks), the key says 50 s.
  tree_.write("proc/80/stat", "80 (new) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 10000 0 0");
  tree_.write("proc/80/comm", "new");
  EntityRegistry registry(GroupBy::process, hierarchy_, at("proc"));
  const uint32_t old = registry.resolve(4, described(1, 80, "old", false, 50'000'000'000 / kStartUnitNs));
  const uint32_t now = registry.resolve(5, described(2, 80, "seen", false, 100'000'000'000 / kStartUnitNs));
  registry.name_new();
  EXPECT_EQ(registry.find(old)->name, "old");
  EXPECT_EQ(registry.find(now)->name, "new");
}

TEST_F(RegistryOfCgroups, SelectsByPathUnitPidAndCommand) {
  const auto select = [&](const std::string& name, std::optional<GroupBy> by = {}) {
    return select_entity(name, by, hierarchy_, at("proc"));
  };
  const uint64_t redis = inode(at("cg/system.slice/redis.service"));
  EXPECT_EQ(select("redis.service").value().cgroup_id, redis);
  EXPECT_EQ(select("/system.slice/redis.service").value().cgroup_id, redis);
  EXPECT_EQ(select("inner").value().cgroup_id, inode(at("cg/plain/inner")));
  EXPECT_EQ(select("70").value().pid, 70u);
  EXPECT_EQ(select("redis-server").value().pid, 70u);
  EXPECT_EQ(select("redis-server", GroupBy::cgroup).value().cgroup_id, redis);
  EXPECT_TRUE(select("kernel").value().matches({.id = kKernelEntity,
                                                .kind = EntityKind::kernel,
                                                .name = "kernel",
                                                .cgroup = {},
                                                .cgroup_id = {},
                                                .pid = {},
                                                .comm = {}}));
}

TEST_F(RegistryOfCgroups, NoneOrSeveralAreUsageErrorsWithCandidates) {
  const auto several = select_entity("worker", {}, hierarchy_, at("proc"));
  ASSERT_FALSE(several);
  EXPECT_EQ(several.error().kind, ErrorKind::usage);
  EXPECT_NE(several.error().mend.find("worker (pid 71), worker (pid 72)"), std::string::npos) << several.error().mend;
  const auto near = select_entity("redis", {}, hierarchy_, at("proc"));
  ASSERT_FALSE(near);
  EXPECT_NE(near.error().mend.find("/system.slice/redis.service"), std::string::npos) << near.error().mend;
  EXPECT_FALSE(select_entity("nothing-like-it", {}, hierarchy_, at("proc")));
}

}  // namespace
}  // namespace smtscope
