// SPDX-License-Identifier: Apache-2.0
// What the counts of the self-test say about each event. The bounds are wide: they tell a counter from none.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "kernel/pmu_selftest.h"

namespace smtscope {
namespace {

constexpr double kWanted = kSelftestLarge - kSelftestSmall;
constexpr double kInstructionTolerance = 0.01;
// Cycles of the loop, relative to its instructions: from eight a cycle to an emulator's 256 cycles each.
constexpr double kLeastCycles = kWanted / 8;
constexpr double kMostCycles = kWanted * 256;
constexpr double kMostClockRatio = 20;  // of cycles to reference cycles, either way
constexpr double kLeastSlots = 0.5;     // a cycle
constexpr double kWidestCore = 10;      // slots a cycle, where the plan does not say
constexpr double kSlotTolerance = 0.05;
constexpr double kBucketTolerance = 0.05;  // of the sum of four fractions of 1/255 each

// Events that the work of the test cannot but make grow, by how their names begin. Others may well read 0: misses,
// remote accesses, what a sibling takes.
constexpr auto kMustGrow = std::to_array<std::string_view>({
    "slots",
    "topdown.slots",
    "topdown-retiring",
    "topdown-be-bound",
    "uops_issued.any",
    "uops_retired.retire_slots",
    "uops_retired.slots",
    "idq_uops_not_delivered.",
    "cpu_clk_unhalted.",
    "topdown.backend_bound_slots",
    "br_mis_pred",
    "br_misp_retired.all_branches",
    "br_inst_retired.all_branches",
    "branches",
    "branch-misses",
    "ls_not_halted_cyc",
    "ex_ret_ops",
    "ex_ret_instr",
    "ex_ret_brn",
    "de_src_op_disp.all",
    "de_no_dispatch_per_slot.no_ops_from_frontend",
    "de_no_dispatch_per_slot.backend_stalls",
    "op_retired",
    "op_spec",
    "stall",
    "inst_retired",
    "inst_spec",
    "cpu_cycles",
    "cycles",
    "instructions",
});
constexpr auto kBuckets =
    std::to_array<std::string_view>({"topdown-retiring", "topdown-bad-spec", "topdown-fe-bound", "topdown-be-bound"});

SelftestVerdict zero() {
  return {Reason::unsupported, "it opens and reads 0 whatever is run: this machine does not count it"};
}

uint64_t sum(const SelftestCounts& counts) { return counts.small.value + counts.large.value + counts.stress.value; }

// How the loop of known size grew; negative where the counter runs on its own.
double growth(const SelftestCounts& counts) {
  return static_cast<double>(counts.large.value) - static_cast<double>(counts.small.value);
}

class Judge {
 public:
  Judge(const CounterPlan& plan, const std::vector<SelftestCounts>& counts) : plan_(plan), counts_(counts) {
    slots_ = find("slots");
    if (!slots_) slots_ = find("topdown.slots");
  }

  [[nodiscard]] SelftestVerdict event(uint32_t i) const {
    if (plan_.events[i].reason != Reason::ok) return {plan_.events[i].reason, plan_.events[i].why};
    const SelftestCounts& counts = counts_[i];
    if (auto bad = times(counts); bad.reason != Reason::ok) return bad;
    if (plan_.instructions == i) return instructions(counts);
    if (plan_.cycles == i) return cycles(counts);
    if (plan_.ref_cycles == i) return ref_cycles(counts);
    if (slots_ == i) return slots(counts);
    return other(i);
  }

 private:
  [[nodiscard]] std::optional<uint32_t> find(std::string_view name) const {
    for (uint32_t i = 0; i < plan_.events.size(); i++)
      if (plan_.events[i].name == name && plan_.events[i].reason == Reason::ok) return i;
    return {};
  }

  static SelftestVerdict times(const SelftestCounts& counts) {
    SelftestVerdict verdict;
    for (const PerfCount& run : {counts.small, counts.large, counts.stress}) {
      const Quality quality = judge_read({}, run, 0);
      switch (quality.reason) {
        case Reason::ok: break;
        case Reason::implausible:
          return {Reason::implausible,
                  fmt::format("it read {} in {} ns: more than a CPU can count", run.value, run.running_ns)};
        default:
          if (run.enabled_ns == 0) return {Reason::not_counted, "its time does not pass: it is not even enabled"};
          if (run.running_ns == 0)
            return {Reason::not_counted, "it never had a counter: pinned events or the NMI watchdog hold them"};
          verdict = {Reason::multiplexed,
                     fmt::format("not tested: other events had its counter for {:.0f} % of the time",
                                 100 * (1 - quality.running_share))};
      }
    }
    return verdict;
  }

  static SelftestVerdict instructions(const SelftestCounts& counts) {
    if (sum(counts) == 0) return zero();
    const double grown = growth(counts);
    if (std::abs(grown - kWanted) <= kInstructionTolerance * kWanted) return {};
    return {Reason::implausible, fmt::format("it counted {:.0f} of {:.0f} instructions", grown, kWanted)};
  }

  static SelftestVerdict cycles(const SelftestCounts& counts) {
    if (sum(counts) == 0) return zero();
    const double grown = growth(counts);
    if (grown >= kLeastCycles && grown <= kMostCycles) return {};
    return {Reason::implausible, fmt::format("it counted {:.0f} cycles for {:.0f} instructions", grown, kWanted)};
  }

  // Over both kinds of work: cycles of the plan in the same work; 0 if they are not to be had.
  [[nodiscard]] double plan_cycles() const {
    return plan_.cycles ? static_cast<double>(sum(counts_[*plan_.cycles])) : 0;
  }

  [[nodiscard]] SelftestVerdict ref_cycles(const SelftestCounts& counts) const {
    if (sum(counts) == 0) return zero();
    const double ratio = plan_cycles() / static_cast<double>(sum(counts));
    if (ratio == 0 || (ratio >= 1 / kMostClockRatio && ratio <= kMostClockRatio)) return {};
    return {Reason::implausible, fmt::format("{:.4g} cycles to a reference cycle", ratio)};
  }

  [[nodiscard]] SelftestVerdict slots(const SelftestCounts& counts) const {
    if (sum(counts) == 0) return zero();
    const double ratio = plan_cycles() > 0 ? static_cast<double>(sum(counts)) / plan_cycles() : 0;
    const double width = plan_.slots_per_cycle ? plan_.slots_per_cycle : kWidestCore;
    if (ratio > 0 && (ratio < kLeastSlots || ratio > width * (1 + kSlotTolerance)))
      return {Reason::implausible, fmt::format("{:.4g} slots a cycle, expected {} to {}", ratio, kLeastSlots, width)};
    return all_one_bucket();
  }

  // Some virtual machines give every slot to bad speculation.
  [[nodiscard]] SelftestVerdict all_one_bucket() const {
    const auto bad = find("topdown-bad-spec");
    if (!bad || !slots_ || sum(counts_[*bad]) == 0 || sum(counts_[*bad]) != sum(counts_[*slots_])) return {};
    return {Reason::implausible, "every slot is bad speculation, which cannot be"};
  }

  [[nodiscard]] SelftestVerdict bucket() const {
    if (auto bad = all_one_bucket(); bad.reason != Reason::ok) return bad;
    if (!slots_ || counts_[*slots_].stress.value == 0) return {};
    double total = 0;
    for (const std::string_view name : kBuckets) {
      const auto at = find(name);
      if (!at) return {};
      total += static_cast<double>(counts_[*at].stress.value);
    }
    const double share = total / static_cast<double>(counts_[*slots_].stress.value);
    if (std::abs(share - 1) <= kBucketTolerance) return {};
    return {Reason::implausible, fmt::format("the four buckets add up to {:.3f} of the slots", share)};
  }

  [[nodiscard]] SelftestVerdict other(uint32_t i) const {
    const std::string_view name = plan_.events[i].name;
    const bool is_bucket = std::find(kBuckets.begin(), kBuckets.end(), name) != kBuckets.end();
    const auto begins = [&](std::string_view start) { return name.starts_with(start); };
    if (sum(counts_[i]) == 0) {
      if (std::any_of(kMustGrow.begin(), kMustGrow.end(), begins)) return zero();
      return is_bucket ? bucket() : SelftestVerdict{Reason::ok, "it read 0 in the test, which it may"};
    }
    return is_bucket ? bucket() : SelftestVerdict{};
  }

  const CounterPlan& plan_;
  const std::vector<SelftestCounts>& counts_;
  std::optional<uint32_t> slots_;
};

}  // namespace

std::vector<SelftestVerdict> judge_selftest(const CounterPlan& plan, const std::vector<SelftestCounts>& counts) {
  const Judge judge(plan, counts);
  std::vector<SelftestVerdict> verdicts;
  for (uint32_t i = 0; i < plan.events.size(); i++) verdicts.push_back(judge.event(i));
  return verdicts;
}

}  // namespace smtscope
