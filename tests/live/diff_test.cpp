// SPDX-License-Identifier: Apache-2.0
// `smtscope diff` of two recordings of this machine: nothing on the siblings 0 and 1, then a load on both.
#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "harness.h"

namespace smtscope::live {
namespace {

using nlohmann::json;

Output record(const std::string& file, const Hierarchy& hierarchy) {
  return run_smtscope({"record", file, "--duration", "4s", "--interval", "200ms", "--siblings", "0,1", "--by", "cgroup",
                       "--cgroup-hierarchy", hierarchy.name});
}

json find(const json& list, const std::string& name) {
  for (const json& one : list)
    if (one.at("name") == name) return one;
  return {};
}

TEST(Diff, ALoadIsNewAndItsCostIsKnown) {
  if (const std::string why = cannot_run(); !why.empty()) GTEST_SKIP() << why;
  const auto hierarchy = mounted_hierarchy(false);
  ASSERT_TRUE(hierarchy) << "no cgroup hierarchy is mounted at /sys/fs/cgroup";
  // A name of its own: others may run loads too.
  const std::string name = "smtscope-diff-" + std::to_string(getpid());
  const TestCgroup cgroup(hierarchy->root, name);
  const std::string quiet = scratch_file("quiet.smtscope"), busy = scratch_file("busy.smtscope");
  const Output a = record(quiet, *hierarchy);
  ASSERT_EQ(a.status, 0) << a.err;
  Output b;
  {
    const auto load = start_load({"hogs", "0,1", "30"}, cgroup.path());
    ASSERT_TRUE(load);
    b = record(busy, *hierarchy);
  }
  ASSERT_EQ(b.status, 0) << b.err;

  const Output out = run_smtscope({"diff", quiet, busy, "--format", "json", "--work-a", "10/s", "--work-b", "20/s"});
  ASSERT_EQ(out.status, 0) << out.err;
  const json diff = json::parse(out.out);
  EXPECT_EQ(diff.at("window_seconds"), 1);
  EXPECT_GE(diff.at("a").at("windows"), 3);
  EXPECT_GE(diff.at("b").at("windows"), 3);
  EXPECT_TRUE(diff.at("conditions").empty()) << diff.at("conditions");
  const json load = find(diff.at("entities"), "/" + name);
  ASSERT_FALSE(load.is_null()) << out.out;
  EXPECT_EQ(load.at("in"), "b");
  const json cpu = find(load.at("figures"), "oncpu_rate");
  EXPECT_EQ(cpu.at("a").at("mean"), 0);
  EXPECT_GT(cpu.at("b").at("mean"), 0.02);  // others may be busy here
  EXPECT_LT(cpu.at("b").at("mean"), 2.01);
  EXPECT_NEAR(cpu.at("per_work").at("b").at("mean").get<double>(), cpu.at("b").at("mean").get<double>() / 20, 1e-9);
  const json both = find(diff.at("node"), "all_busy");
  EXPECT_GT(both.at("b").at("median"), 0.9);
  // Idle, one busy, both busy and unknown time are the one core.
  for (const char* side : {"a", "b"}) {
    double sum = 0;
    for (const char* name : {"core_idle_rate", "core_single_rate", "core_all_busy_rate"})
      sum += find(diff.at("node"), name).at(side).at("mean").get<double>();
    sum += find(diff.at("node"), "unknown").at(side).at("mean").get<double>();
    EXPECT_NEAR(sum, 1, 1e-3) << side;
  }

  const Output text = run_smtscope({"diff", quiet, busy});
  EXPECT_EQ(text.status, 0);
  EXPECT_NE(text.out.find("only in B: /" + name), std::string::npos) << text.out;
  const std::string sentence = diff.at("sentence");
  EXPECT_NE(sentence.find("/" + name + " is new"), std::string::npos) << sentence;

  const Output nobody = run_smtscope({"diff", quiet, busy, "--of", "no such thing"});
  EXPECT_EQ(nobody.status, 2);
  EXPECT_NE(nobody.err.find("nothing is called 'no such thing'"), std::string::npos) << nobody.err;
  EXPECT_EQ(run_smtscope({"diff", quiet, busy, "--work-a", "1/s"}).status, 2);
  EXPECT_EQ(run_smtscope({"diff", quiet, busy, "--window", "1h"}).status, 2);
  EXPECT_EQ(run_smtscope({"diff", quiet, "/nowhere"}).status, 66);
}

}  // namespace
}  // namespace smtscope::live
