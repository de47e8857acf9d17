// SPDX-License-Identifier: Apache-2.0
// `smtscope stat` against an independent log of every switch on the same hook, over exactly the window that
// the program says it measured.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <iostream>
#include <list>

#include "compare.h"
#include "harness.h"
#include "witness.h"

namespace smtscope::live {
namespace {

struct Load {
  std::string name;
  std::vector<std::vector<std::string>> programs;  // arguments of tests/load; by cgroup each in one of its own
  By by = By::process;
  double pairs_allowed = 1e-3;
  double switches_at_least = 0;  // a second and CPU: the load is what it says
  bool v1 = false;               // by cgroup: a v1 hierarchy where one is mounted
};

void PrintTo(const Load& load, std::ostream* out) { *out << load.name; }

std::vector<Load> loads() {
  return {
      {"pingpong_one_process", {{"pingpong", "0,1", "60", "--threads"}}, By::process, 1e-3, 100'000},
      {"pingpong_two_processes", {{"pingpong", "0,1", "60", "--processes"}}, By::process, 1e-2, 100'000},
      {"pingpong_one_cgroup", {{"pingpong", "0,1", "60", "--processes"}}, By::cgroup, 1e-3, 100'000},
      {"mixed", {{"mixed", "60", "--tasks", "6"}}, By::process},
      {"mixed_by_cgroup", {{"mixed", "60", "--tasks", "3"}, {"mixed", "60", "--tasks", "3"}}, By::cgroup},
      {"mixed_by_cgroup_v1",
       {{"mixed", "60", "--tasks", "3"}, {"mixed", "60", "--tasks", "3"}},
       By::cgroup,
       1e-3,
       0,
       true},
      {"duty_cycle", {{"duty", "0", "5000", "10000", "60"}, {"duty", "1", "3000", "7000", "60"}}, By::process},
      {"pingpong_beside_sleepers",
       {{"pingpong", "0", "60", "--threads"}, {"mixed", "60", "--tasks", "3"}},
       By::process},
      {"hogs", {{"hogs", "0,1", "60"}}, By::process},
      {"idle", {}, By::process},
  };
}

class AccuracyTest : public testing::TestWithParam<Load> {
 protected:
  void SetUp() override {
    if (auto reason = cannot_run(); !reason.empty()) GTEST_SKIP() << reason;
  }
};

TEST_P(AccuracyTest, AgreesWithTheWitness) {
  const Load& load = GetParam();
  const bool by_cgroup = load.by == By::cgroup;
  const auto hierarchy = mounted_hierarchy(load.v1);
  ASSERT_TRUE(hierarchy || !by_cgroup) << "no cgroup hierarchy is mounted at /sys/fs/cgroup";
  std::optional<std::string> v1_controller;
  if (by_cgroup && !hierarchy->controller.empty()) v1_controller = hierarchy->controller;
  auto witness = Witness::start(v1_controller);
  ASSERT_TRUE(witness) << witness.error().what;
  std::list<TestCgroup> cgroups;
  std::vector<Process> running;
  for (const auto& program : load.programs) {
    if (by_cgroup) cgroups.emplace_back(hierarchy->root, "smtscope-test-" + std::to_string(running.size()));
    auto started = start_load(program, by_cgroup ? cgroups.back().path() : "");
    ASSERT_TRUE(started) << program[0] << " did not start";
    running.push_back(std::move(*started));
  }
  std::vector<std::string> args = {
      "stat", "--format", "json", "--duration", "3s", "--siblings", "0,1", "--by", by_cgroup ? "cgroup" : "pid"};
  if (by_cgroup) args.insert(args.end(), {"--cgroup-hierarchy", hierarchy->name});
  const Output out = run_smtscope(args);
  witness->stop();
  running.clear();
  ASSERT_EQ(out.status, 0) << out.err;
  ASSERT_EQ(witness->log().dropped(), 0u);

  auto stat = read_stat(out.out, load.by);
  ASSERT_TRUE(stat) << stat.error().what << "\n" << out.out;
  const StatCore* core = stat->core_of({0, 1});
  ASSERT_NE(core, nullptr) << out.out;
  const auto changes = witness->changes(load.by);
  // A lost switch shows at the next one. An observer with hindsight calls all of that CPU's time in between
  // unknown; one without has already credited what came before the last change of the joint state.
  const auto hindsight = audit::sweep(changes, core->window);
  const auto without = audit::sweep(changes, core->window, audit::LostRule::since_joint_change);
  ASSERT_TRUE(hindsight && without);

  const Allowed allowed{.states = 1e-4, .per_state_change = 150e-9, .pairs = load.pairs_allowed};
  const Deviation d = compare(*stat, *core, *hindsight), w = compare(*stat, *core, *without);
  std::cout << table_head() << row(load.name, d) << row("  without hindsight", w) << "worst: " << d.worst_pair << ", "
            << d.worst_beside << "; " << w.worst_pair << ", " << w.worst_beside << "; "
            << witness->facts().hidden_losses << " losses hidden from the task check\n";
  EXPECT_GE(d.window, 2.9);
  EXPECT_GE(static_cast<double>(d.switches) / 2 / d.window, load.switches_at_least);
  EXPECT_EQ(stat->spilled_seconds, 0);
  EXPECT_EQ(stat->contended, 0u);
  expect_within(d, allowed, Slack::unknown);
  // Against the rule that is nearer to the program's, nothing but the different clock readings may be left.
  const bool sees_ahead = std::abs(d.unknown - d.sweep_unknown) < std::abs(w.unknown - w.sweep_unknown);
  expect_within(sees_ahead ? d : w, allowed, Slack::difference);
  // Unknown is what the kernel hid, no more: some kernels do not show the switches away from some tasks at all,
  // and those may run for more than 1 % of a window.
  const double hidden = std::max(d.sweep_unknown, w.sweep_unknown) + 1e-4 * d.window;
  EXPECT_LE(d.unknown, std::max(0.01 * d.window, hidden));
}

INSTANTIATE_TEST_SUITE_P(Loads, AccuracyTest, testing::ValuesIn(loads()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace smtscope::live
