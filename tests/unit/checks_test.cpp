// SPDX-License-Identifier: Apache-2.0
#include "commands/checks.h"

#include <gtest/gtest.h>
#include <linux/capability.h>

#include <algorithm>

#include "commands/plan.h"
#include "commands/settings_checks.h"
#include "unit/tree.h"

namespace smtscope {
namespace {

// A machine on which the main job runs, with so many CPUs to each of its two cores.
Machine machine(uint32_t siblings = 2) {
  Machine m;
  m.host.kernel = "6.1.0-18-amd64";
  m.host.clocksource = "tsc";
  BpfFeatures& f = m.features;
  f.btf = f.sched_switch_btf = f.compare_and_swap = f.task_storage = f.sched_info = true;
  m.may_load = Result<>();
  m.privileges =
      Privileges{.effective = 1ull << CAP_BPF | 1ull << CAP_PERFMON, .filtered = false, .own_user_namespace = false};
  Topology t;
  t.possible_cpus = 2 * siblings;
  for (uint32_t core = 0; core < 2; core++) {
    Core c;
    c.id = core * siblings;
    for (uint32_t i = 0; i < siblings; i++) {
      c.cpus.push_back(c.id + i);
      t.cpus.push_back({c.id + i, true, false, c.id});
    }
    t.cores.push_back(c);
  }
  t.attested_reason = "made up";
  m.topology = t;
  Grouping grouping;
  grouping.hierarchy.label = "cgroup v2";
  m.grouping = grouping;
  return m;
}

Check find(const std::vector<Check>& checks, const std::string& name) {
  const auto at = std::find_if(checks.begin(), checks.end(), [&](const Check& c) { return c.name == name; });
  if (at != checks.end()) return *at;
  ADD_FAILURE() << "no check " << name;
  return {};
}

SwitchChoice choice_of(const Machine& m) {
  const auto options = switch_options(*m.grouping, m.features);
  return *choose_switch(m.features, *m.topology, *options);
}

TEST(WhatStops, NothingWhereEverythingIsThere) { EXPECT_FALSE(what_stops(machine())); }

TEST(WhatStops, EachThingTheMainJobNeeds) {
  Machine m = machine();
  m.features.btf = false;
  m.features.btf_error = "No such file or directory";
  EXPECT_EQ(what_stops(m)->kind, ErrorKind::unsupported);
  m = machine();
  m.features.sched_switch_btf = false;
  EXPECT_EQ(what_stops(m)->kind, ErrorKind::unsupported);
  m = machine();
  m.may_load = fail(ErrorKind::permission, "no permission");
  EXPECT_EQ(what_stops(m)->kind, ErrorKind::permission);
  m = machine();
  m.clock = fail(ErrorKind::unsupported, "shifted");
  EXPECT_EQ(what_stops(m)->what, "shifted");
  m = machine();
  m.topology = fail(ErrorKind::input, "broken sysfs");
  EXPECT_EQ(what_stops(m)->what, "broken sysfs");
  m = machine();
  m.grouping->hierarchy.v2 = false;
  m.grouping->hierarchy.controller = "memory";  // not among the names of BTF, which are none here
  EXPECT_EQ(what_stops(m)->kind, ErrorKind::unsupported);
}

TEST(WhatStops, NoBtfWeighsMoreThanNoPermission) {
  Machine m = machine();
  m.features = BpfFeatures();
  m.may_load = fail(ErrorKind::permission, "no permission");
  EXPECT_EQ(what_stops(m)->kind, ErrorKind::unsupported);
}

TEST(Collectors, StateWordWithWholeWaits) {
  const Machine m = machine();
  const auto checks = check_collectors(m, choice_of(m), 1'900'000);
  EXPECT_EQ(find(checks, "scheduler").reason, "state word");
  EXPECT_EQ(find(checks, "scheduler").state, CheckState::active);
  EXPECT_NE(find(checks, "scheduler").cost->find("1.9 MB"), std::string::npos);
  EXPECT_EQ(find(checks, "run_queue").state, CheckState::active);
  for (const char* name : {"counters", "numa", "tcp"}) EXPECT_EQ(find(checks, name).state, CheckState::unsupported);
}

TEST(Collectors, TheQueueVariantSaysWhy) {
  Machine m = machine(4);
  EXPECT_NE(find(check_collectors(m, choice_of(m), 0), "scheduler").reason->find("4 siblings"), std::string::npos);
  m = machine();
  m.features.compare_and_swap = m.features.task_storage = false;
  const auto checks = check_collectors(m, choice_of(m), 0);
  EXPECT_EQ(find(checks, "scheduler").state, CheckState::active);
  EXPECT_NE(find(checks, "scheduler").reason->find("compare-and-swap"), std::string::npos);
  EXPECT_EQ(find(checks, "run_queue").state, CheckState::degraded);
  EXPECT_TRUE(find(checks, "run_queue").reason);
}

TEST(Collectors, WithoutSchedInfoThereAreNoWaits) {
  Machine m = machine();
  m.features.sched_info = false;
  EXPECT_EQ(find(check_collectors(m, choice_of(m), 0), "run_queue").state, CheckState::unsupported);
  EXPECT_EQ(find(check_conditions(m), "sched_info").state, CheckState::degraded);
}

TEST(Collectors, AnErrorGivesItsReasonAndMend) {
  auto checks = check_collectors(machine(), Error{ErrorKind::permission, 1, "no permission", "be root"});
  EXPECT_EQ(find(checks, "scheduler").state, CheckState::failed);
  EXPECT_EQ(find(checks, "scheduler").mend, "be root");
  EXPECT_EQ(find(checks, "run_queue").state, CheckState::failed);
  checks = check_collectors(machine(), Error{ErrorKind::unsupported, 0, "no BTF", ""});
  EXPECT_EQ(find(checks, "scheduler").state, CheckState::unsupported);
  EXPECT_EQ(find(checks, "scheduler").mend, std::nullopt);
}

TEST(Conditions, FeaturesThatCouldNotBeAskedAreUnknown) {
  Machine m = machine();
  m.may_load = fail(ErrorKind::permission, "no permission", "be root");
  const auto checks = check_conditions(m);
  EXPECT_EQ(find(checks, "bpf").state, CheckState::failed);
  EXPECT_EQ(find(checks, "bpf").mend, "be root");
  EXPECT_EQ(find(checks, "compare_and_swap").state, CheckState::unknown);
  EXPECT_EQ(find(checks, "task_storage").state, CheckState::unknown);
}

TEST(Conditions, APlanLeavesOutWhatTakesALoad) {
  Machine m = machine();
  m.may_load.reset();
  for (const Check& check : check_conditions(m))
    EXPECT_TRUE(check.name != "bpf" && check.name != "compare_and_swap" && check.name != "task_storage") << check.name;
}

TEST(Conditions, SettingsOfAMadeUpMachine) {
  test::Tree tree;
  tree.write("proc/sys/net/core/bpf_jit_enable", "0");
  tree.write("proc/sys/kernel/perf_event_paranoid", "3");
  tree.write("proc/1/stat", "1 (init) S 0");
  tree.write("sys/kernel/security/lockdown", "none integrity [confidentiality]");
  Machine m = machine(1);
  m.roots = {tree.root() + "/sys", tree.root() + "/proc"};
  m.host.clocksource.reset();
  auto checks = check_conditions(m);
  EXPECT_EQ(find(checks, "bpf_jit").state, CheckState::degraded);
  EXPECT_EQ(find(checks, "lockdown").state, CheckState::failed);
  EXPECT_EQ(find(checks, "proc").state, CheckState::ok);
  EXPECT_NE(find(checks, "perf_events").reason->find("= 3"), std::string::npos);
  EXPECT_EQ(find(checks, "unprivileged_bpf").state, CheckState::unknown);
  EXPECT_EQ(find(checks, "topology").state, CheckState::degraded);
  EXPECT_TRUE(find(checks, "topology").mend);
  EXPECT_EQ(find(checks, "clocksource").state, CheckState::unknown);
  tree.write("sys/kernel/security/lockdown", "none [integrity] confidentiality");
  tree.remove("proc/1");
  checks = check_conditions(m);
  EXPECT_EQ(find(checks, "lockdown").reason, "integrity");
  EXPECT_EQ(find(checks, "proc").state, CheckState::degraded);
}

TEST(Capabilities, WhichAreEnough) {
  const auto state = [](uint64_t effective, bool own_user_namespace = false) {
    return check_capabilities(Privileges{effective, false, own_user_namespace}).state;
  };
  EXPECT_EQ(state(1ull << CAP_BPF | 1ull << CAP_PERFMON), CheckState::ok);
  EXPECT_EQ(state(1ull << CAP_SYS_ADMIN), CheckState::ok);
  EXPECT_EQ(state(1ull << CAP_BPF), CheckState::failed);
  EXPECT_EQ(state(1ull << CAP_PERFMON), CheckState::failed);
  EXPECT_EQ(state(0), CheckState::failed);
  EXPECT_EQ(state(~0ull, true), CheckState::failed);
  EXPECT_EQ(check_capabilities(fail(ErrorKind::no_input, "no /proc")).state, CheckState::unknown);
}

TEST(PrivilegesOfAProcess, ReadFromItsStatus) {
  test::Tree proc;
  EXPECT_FALSE(read_privileges(proc.root()));
  proc.write_raw("self/status", "Name:\tx\nCapEff:\t000000c000000000\nSeccomp:\t2\n");
  const auto privileges = read_privileges(proc.root());
  ASSERT_TRUE(privileges);
  EXPECT_TRUE(privileges->has(CAP_BPF));
  EXPECT_TRUE(privileges->has(CAP_PERFMON));
  EXPECT_FALSE(privileges->has(CAP_SYS_ADMIN));
  EXPECT_EQ(privileges->filtered, true);
  EXPECT_EQ(privileges->own_user_namespace, std::nullopt);
  for (const char* broken : {"", "CapEff:\n", "CapEff:\txyz\n", "CapEff:\t00000000000000000001ffffffffffffffff\n"}) {
    proc.write_raw("self/status", broken);
    EXPECT_FALSE(read_privileges(proc.root())) << broken;
  }
}

TEST(PlanOfStat, ListsWhatTheVariantNeeds) {
  const auto plan = plan_stat(machine());
  ASSERT_TRUE(plan) << plan.error().what;
  EXPECT_EQ(plan->variant, "word");
  EXPECT_EQ(plan->run_queue, "full");
  const auto has = [&](const PlanView& p, const std::string& name, const std::string& hook) {
    return std::any_of(p.programs.begin(), p.programs.end(),
                       [&](const PlanView::Program& program) { return program.name == name && program.hook == hook; });
  };
  EXPECT_TRUE(has(*plan, "switch_word", "tp_btf/sched_switch"));
  EXPECT_FALSE(has(*plan, "switch_queue", "tp_btf/sched_switch"));
  EXPECT_GT(plan->map_bytes(), 0u);
  const auto wide = plan_stat(machine(4));
  ASSERT_TRUE(wide) << wide.error().what;
  EXPECT_EQ(wide->variant, "queue");
  EXPECT_TRUE(has(*wide, "switch_queue", "tp_btf/sched_switch"));
  Machine broken = machine();
  broken.features.btf = false;
  EXPECT_FALSE(plan_stat(broken));
}

}  // namespace
}  // namespace smtscope
