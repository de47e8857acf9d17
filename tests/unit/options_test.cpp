// SPDX-License-Identifier: Apache-2.0
// /proc/stat, and a child that is let go: small inputs of the commands.
#include "commands/child.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "kernel/proc_stat.h"

namespace smtscope {
namespace {

TEST(ProcStat, CpuLinesInNs) {
  const auto times =
      parse_proc_stat("cpu  9 9 9 9 9 9 9 9 0 0\ncpu0 1 2 3 4 5 6 7 8 0 0\ncpu17 0 0 0 1 0 0 0 0\nintr 5\n");
  ASSERT_TRUE(times) << times.error().what;
  ASSERT_EQ(times->size(), 2u);
  EXPECT_EQ((*times)[0].busy_ns, 19u * 10'000'000);
  EXPECT_EQ((*times)[0].idle_ns, 9u * 10'000'000);
  EXPECT_EQ((*times)[0].steal_ns, 8u * 10'000'000);
  EXPECT_EQ((*times)[1].cpu, 17u);
}

TEST(ProcStat, BrokenLinesAreErrorsThatShowTheLine) {
  for (const char* text : {"cpu0 1 2 3\n", "cpuX 1 2 3 4 5 6 7 8\n", "cpu0 1 2 3 4 5 6 7 99999999999999999999\n"}) {
    const auto times = parse_proc_stat(text);
    ASSERT_FALSE(times) << text;
    EXPECT_EQ(times.error().kind, ErrorKind::input);
  }
}

TEST(Child, RunsOnlyWhenLetGoAndGivesItsStatus) {
  auto child = Child::make({"sh", "-c", "exit 7"});
  ASSERT_TRUE(child);
  EXPECT_EQ(child->ended(), std::nullopt);
  ASSERT_TRUE(child->go());
  std::optional<int> status;
  while (!(status = child->ended())) usleep(1000);
  EXPECT_EQ(status, 7);
}

TEST(Child, ACommandThatIsNotThereIsAUsageError) {
  auto child = Child::make({"/nonexistent/command"});
  ASSERT_TRUE(child);
  const auto gone = child->go();
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().kind, ErrorKind::usage);
  EXPECT_NE(gone.error().what.find("/nonexistent/command"), std::string::npos);
}

}  // namespace
}  // namespace smtscope
