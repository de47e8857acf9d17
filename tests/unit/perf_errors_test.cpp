// SPDX-License-Identifier: Apache-2.0
// What each refusal of perf_event_open is called, and which groups a plan has.
#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <vector>

#include "kernel/perf_event.h"
#include "kernel/perf_group.h"

namespace smtscope {
namespace {

PerfRules rules(int64_t paranoid, bool may_monitor = false, bool filtered = false, bool own_namespace = false) {
  PerfRules rules;
  rules.paranoid = paranoid;
  rules.perfmon = rules.admin = may_monitor;
  rules.filtered = filtered;
  rules.own_user_namespace = own_namespace;
  rules.cpu_pmu = "cpu";
  return rules;
}

struct ErrorCase {
  int sys_errno;
  PerfTarget target;
  size_t before;
  PerfRules rules;
  ErrorKind kind;
  Reason reason;
  std::vector<std::string> what;  // all in Error::what
  std::string mend;               // in Error::mend
};

PerfRules perfmon_alone(int64_t paranoid) {
  PerfRules alone = rules(paranoid);
  alone.perfmon = true;
  return alone;
}

PerfRules without_pmu() {
  PerfRules none = rules(2);
  none.cpu_pmu.reset();
  return none;
}

const std::vector<ErrorCase>& cases() {
  const PerfTarget cpu{-1, 3}, thread{0, -1};
  static const std::vector<ErrorCase> all = {
      {EACCES,
       cpu,
       0,
       rules(2),
       ErrorKind::permission,
       Reason::permission,
       {"on CPU 3", "is 2", "0 or less"},
       "CAP_PERFMON"},
      {EACCES, cpu, 0, rules(1), ErrorKind::permission, Reason::permission, {"is 1", "0 or less"}, "paranoid to 0"},
      {EACCES,
       thread,
       0,
       rules(3),
       ErrorKind::permission,
       Reason::permission,
       {"is 3", "nothing", "of a thread"},
       "CAP_SYS_ADMIN"},
      {EACCES,
       cpu,
       0,
       perfmon_alone(3),
       ErrorKind::permission,
       Reason::permission,
       {"is 3", "CAP_SYS_ADMIN"},
       "paranoid to 2"},
      {EACCES, cpu, 0, perfmon_alone(2), ErrorKind::permission, Reason::permission, {"security module"}, "lockdown"},
      {EACCES, cpu, 0, rules(4), ErrorKind::permission, Reason::permission, {"is 4"}, "CAP_SYS_ADMIN"},
      {EPERM, cpu, 0, rules(2, true, true), ErrorKind::permission, Reason::permission, {"seccomp"}, "seccomp profile"},
      {EPERM, cpu, 0, rules(2, false, true), ErrorKind::permission, Reason::permission, {"seccomp"}, "CAP_PERFMON"},
      {EACCES, cpu, 0, rules(2, false, true), ErrorKind::permission, Reason::permission, {"is 2"}, "CAP_PERFMON"},
      {EPERM,
       cpu,
       0,
       rules(2, true, false, true),
       ErrorKind::permission,
       Reason::permission,
       {"user namespace"},
       "outside"},
      {EPERM, cpu, 0, rules(2, true), ErrorKind::permission, Reason::permission, {"security module"}, "lockdown"},
      {EPERM, cpu, 0, PerfRules{}, ErrorKind::permission, Reason::permission, {"not permitted"}, "CAP_PERFMON"},
      {ENOSYS, cpu, 0, rules(2), ErrorKind::unsupported, Reason::unsupported, {"no perf_event_open"}, "CONFIG"},
      {ENOSYS, cpu, 0, rules(2, false, true), ErrorKind::permission, Reason::permission, {"seccomp"}, "seccomp"},
      {ENOENT, cpu, 0, rules(2), ErrorKind::unsupported, Reason::unsupported, {"does not offer", "type 4", "0xc0"}, ""},
      {ENOENT, cpu, 0, without_pmu(), ErrorKind::unsupported, Reason::unsupported, {"no PMU"}, "virtual"},
      {EINVAL, cpu, 0, rules(2), ErrorKind::unsupported, Reason::unsupported, {"refuses", "0xc0"}, ""},
      {EINVAL, cpu, 1, rules(2), ErrorKind::unsupported, Reason::unsupported, {"group"}, "fewer"},
      {ENODEV, cpu, 0, rules(2), ErrorKind::unsupported, Reason::changed, {"offline"}, ""},
      {EMFILE, cpu, 0, rules(2), ErrorKind::resource, Reason::not_counted, {"descriptor"}, "RLIMIT_NOFILE"},
      {ENFILE, cpu, 0, rules(2), ErrorKind::resource, Reason::not_counted, {"descriptor"}, "file-max"},
      {EBUSY, cpu, 0, rules(2), ErrorKind::resource, Reason::not_counted, {"exclusive"}, "profilers"},
      {EOPNOTSUPP, cpu, 0, rules(2), ErrorKind::unsupported, Reason::unsupported, {"cannot"}, ""},
      {ENOMEM, cpu, 0, rules(2), ErrorKind::resource, Reason::not_counted, {"memory"}, ""},
      {ESRCH, thread, 0, rules(2), ErrorKind::no_input, Reason::not_counted, {"thread"}, ""},
      {EIO, cpu, 0, rules(2), ErrorKind::io, Reason::not_counted, {"nput/output"}, ""},
  };
  return all;
}

TEST(PerfErrors, EachIsToldApart) {
  CounterEvent event;
  event.name = "inst_retired.any";
  event.pmu_type = 4;
  event.config = 0xc0;
  for (const ErrorCase& one : cases()) {
    const Error error = perf_open_error(one.sys_errno, event, one.target, one.before, one.rules);
    EXPECT_EQ(error.kind, one.kind) << error.what;
    EXPECT_EQ(error.sys_errno, one.sys_errno);
    EXPECT_EQ(perf_reason(error), one.reason) << error.what << ": " << reason_word(perf_reason(error));
    EXPECT_TRUE(error.what.starts_with("cannot count inst_retired.any ")) << error.what;
    for (const std::string& word : one.what) EXPECT_NE(error.what.find(word), std::string::npos) << error.what;
    if (one.mend.empty()) continue;
    EXPECT_NE(error.mend.find(one.mend), std::string::npos) << error.what << "; mend: " << error.mend;
  }
}

TEST(PerfErrors, GroupsOfAPlan) {
  CounterPlan plan;
  plan.events.resize(6);
  const uint32_t groups[] = {7, 7, 2, 2, 7, 3};
  for (size_t i = 0; i < 6; i++) plan.events[i].group = groups[i];
  plan.events[3].reason = Reason::unsupported;
  using Groups = std::vector<std::vector<uint32_t>>;
  EXPECT_EQ(counter_groups(plan), (Groups{{0, 1, 4}, {2}, {5}}));
  for (CounterEvent& event : plan.events) event.reason = Reason::disabled;
  EXPECT_TRUE(counter_groups(plan).empty());
}

}  // namespace
}  // namespace smtscope
