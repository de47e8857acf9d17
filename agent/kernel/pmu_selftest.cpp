// SPDX-License-Identifier: Apache-2.0
#include "kernel/pmu_selftest.h"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

#include "kernel/cpulist.h"
#include "kernel/perf_group.h"
#include "kernel/selftest_work.h"

namespace smtscope {
namespace {

// Attempts until a group ran undisturbed: an interrupt handler of a virtual machine may count as the thread's.
constexpr int kTries = 3;

// This thread on one CPU, as long as it lives.
class Pinned {
 public:
  static Result<Pinned> to(uint32_t cpu) {
    Pinned pinned;
    cpu_set_t* there = CPU_ALLOC(kMaxCpus);
    CPU_ZERO_S(kSize, there);
    CPU_SET_S(cpu, kSize, there);
    const bool good = sched_getaffinity(0, kSize, pinned.before_) == 0 && sched_setaffinity(0, kSize, there) == 0;
    const int error = errno;
    CPU_FREE(there);
    if (good) return pinned;
    CPU_FREE(pinned.before_);
    pinned.before_ = nullptr;
    return fail(ErrorKind::unsupported,
                fmt::format("the counters of CPU {} cannot be tested: this process may not run there ({})", cpu,
                            std::generic_category().message(error)),
                "let the cpuset of the agent have all CPUs", error);
  }
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;
  Pinned(Pinned&& other) noexcept : before_(std::exchange(other.before_, nullptr)) {}
  Pinned& operator=(Pinned&&) = delete;
  ~Pinned() {
    if (!before_) return;
    sched_setaffinity(0, kSize, before_);
    CPU_FREE(before_);
  }

 private:
  static inline const size_t kSize = CPU_ALLOC_SIZE(kMaxCpus);
  Pinned() : before_(CPU_ALLOC(kMaxCpus)) { CPU_ZERO_S(kSize, before_); }
  cpu_set_t* before_;
};

// What the members of a group count during `work`.
template <class Work>
Result<> count(PerfGroup& group, std::vector<PerfCount>& out, Work&& work) {
  std::vector<PerfCount> before(group.size());
  out.resize(group.size());
  if (auto read = group.read(before); !read) return read;
  if (auto on = group.enable(); !on) return on;
  work();
  if (auto off = group.disable(); !off) return off;
  if (auto read = group.read(out); !read) return read;
  for (size_t i = 0; i < out.size(); i++) out[i] = out[i] - before[i];
  return {};
}

struct GroupRun {
  std::vector<PerfCount> small, large, stress;
};

Result<GroupRun> run_group(PerfGroup& group, StressWork& stress) {
  GroupRun run;
  // The first one warms up: its page faults and cold branches are nobody's.
  for (int i = 0; i < 2; i++) {
    if (auto done = count(group, run.small, [] { calibrated_loop(kSelftestSmall / kInstructionsPerTurn); }); !done)
      return Failure(done.error());
  }
  if (auto done = count(group, run.large, [] { calibrated_loop(kSelftestLarge / kInstructionsPerTurn); }); !done)
    return Failure(done.error());
  if (auto done = count(group, run.stress, [&] { (void)stress.run(); }); !done) return Failure(done.error());
  return run;
}

class Selftest {
 public:
  Selftest(const CounterPlan& plan, uint32_t cpu, const PerfRules& rules)
      : plan_(plan), cpu_(cpu), rules_(rules), refused_(plan.events.size()), counts_(plan.events.size()) {}

  // An error only if nothing could be counted.
  Result<std::vector<SelftestVerdict>> run() {
    std::optional<Error> first;
    bool any = false;
    for (const auto& members : counter_groups(plan_)) {
      std::vector<CounterEvent> events;
      events.reserve(members.size());
      for (const uint32_t i : members) events.push_back(plan_.events[i]);
      auto group = PerfGroup::open(events, {0, static_cast<int32_t>(cpu_)}, {.user = true, .kernel = false}, rules_);
      if (group) {
        any = true;
        if (auto done = test(*group, members); !done) refuse(members, done.error());
        continue;
      }
      refuse(members, group.error());
      if (!first) first = std::move(group.error());
    }
    if (!any && first) return Failure(std::move(*first));
    // Once more with all counts: an event is held against those of other groups too.
    auto verdicts = judge_selftest(plan_, counts_);
    for (size_t i = 0; i < verdicts.size(); i++)
      if (refused_[i]) verdicts[i] = *refused_[i];
    return verdicts;
  }

 private:
  void refuse(const std::vector<uint32_t>& members, const Error& error) {
    for (const uint32_t i : members) refused_[i] = SelftestVerdict{perf_reason(error), error.what};
  }

  Result<> test(PerfGroup& group, const std::vector<uint32_t>& members) {
    for (int attempt = 0; attempt < kTries; attempt++) {
      auto run = run_group(group, stress_);
      if (!run) return Failure(run.error());
      for (size_t m = 0; m < members.size(); m++) counts_[members[m]] = {run->small[m], run->large[m], run->stress[m]};
      const auto verdicts = judge_selftest(plan_, counts_);
      if (std::all_of(members.begin(), members.end(), [&](uint32_t i) { return verdicts[i].reason == Reason::ok; }))
        break;
    }
    return {};
  }

  const CounterPlan& plan_;
  uint32_t cpu_;
  const PerfRules& rules_;
  std::vector<std::optional<SelftestVerdict>> refused_;  // could not be opened or read
  std::vector<SelftestCounts> counts_;
  StressWork stress_;
};

}  // namespace

Result<std::vector<SelftestVerdict>> run_selftest(const CounterPlan& plan, uint32_t cpu, const PerfRules& rules) {
  auto pinned = Pinned::to(cpu);
  if (!pinned) return Failure(pinned.error());
  return Selftest(plan, cpu, rules).run();
}

}  // namespace smtscope
