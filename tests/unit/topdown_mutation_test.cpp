// SPDX-License-Identifier: Apache-2.0
// Wrong formulas are caught: each of the ways to be wrong that the README of the vectors lists fails as many vectors
// as it says.
#include <functional>

#include "unit/topdown_fixture.h"

namespace smtscope::test {
namespace {

using topdown::CountRecord;
using topdown::Dialect;
using topdown::Evaluator;
using topdown::Formula;

void replace(std::string& text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

// Another text in all formulas of dialects whose id begins so, or in the one of this name.
struct Wrong {
  std::string id, from, to, formula = {};
};

using Spoil = std::function<void(CountRecord&)>;

// Vectors that fail when their dialect is wrong in this way, and how many formulas it is in.
size_t failing(const std::vector<Wrong>& wrongs, const Spoil& spoil = {}, bool believe_zeros = false) {
  size_t failed = 0;
  for (const Vector& vector : load_vectors()) {
    for (Dialect dialect : topdown::all_dialects()) {
      if (dialect.id != vector.record.formula) continue;
      for (const Wrong& wrong : wrongs)
        if (dialect.id.starts_with(wrong.id))
          for (Formula& formula : dialect.formulas)
            if (wrong.formula.empty() || formula.name == wrong.formula)
              replace(formula.expression, wrong.from, wrong.to);
      if (believe_zeros) dialect.gate = 0;
      CountRecord record = vector.record;
      if (spoil) spoil(record);
      const auto evaluator = Evaluator::make(dialect);
      EXPECT_TRUE(evaluator) << evaluator.error().what;
      failed += differences(vector, evaluator->evaluate(record)).empty() ? 0 : 1;
    }
  }
  return failed;
}

TEST(TopdownMutation, RightFormulasFailNothing) { EXPECT_EQ(failing({}), 0u); }

TEST(TopdownMutation, PerfMetrics) {
  EXPECT_EQ(failing({{"perf_metrics_sum", "/ $sum", "/ slots"}, {"tma_", "/ $sum", "/ slots"}}), 6u);
  EXPECT_EQ(failing({{"tma_icl", " + 5 * INT_MISC.CLEARS_COUNT / slots", ""}}), 2u);
  EXPECT_EQ(failing({{"tma_", " - INT_MISC.UOP_DROPPING / slots", ""}}), 3u);
  EXPECT_EQ(failing({{"", "bad_speculation - branch_mispredicts", "bad_speculation", "machine_clears"}}), 4u);
}

TEST(TopdownMutation, BeforeIceLake) {
  EXPECT_EQ(failing({{"tma_pre", "RECOVERY_CYCLES_ANY / 2", "RECOVERY_CYCLES_ANY"}}), 2u);
  EXPECT_EQ(failing({{"tma_pre", "THREAD_ANY / 2", "THREAD_ANY"}}), 1u);
  EXPECT_EQ(failing({{"tma_pre", "4 * ", "5 * "}}), 5u);
  EXPECT_EQ(failing({{"tma_pre", "4 * $recovery", "0 * $recovery", "bad_speculation"}}), 2u);
  // Left out altogether, the one that is unknown for want of it fails too.
  EXPECT_EQ(failing({{"tma_pre", " + 4 * $recovery", "", "bad_speculation"}}), 3u);
  // The recordings do not tell: both were alone on their core. PerTaskClocks does.
  EXPECT_EQ(
      failing({{"tma_pre_icl_ebs",
                "CPU_CLK_UNHALTED.THREAD / 2 * (1 + CPU_CLK_UNHALTED.ONE_THREAD_ACTIVE / CPU_CLK_UNHALTED.REF_XCLK)",
                "CPU_CLK_UNHALTED.THREAD"}}),
      0u);
  EXPECT_EQ(failing({},
                    [](CountRecord& record) {
                      for (auto& [event, count] : record.counts)
                        if (event.ends_with("_any") && !count.value) count.value = 0;
                    }),
            1u);
}

TEST(TopdownMutation, Zen4) {
  EXPECT_EQ(failing({{"zen4_l1_split", "6 * ls", "8 * ls"}}), 3u);
  EXPECT_EQ(failing({{"zen4_l1_split", "6 * de_no", "de_no", "frontend_bound_latency"}}), 1u);
  EXPECT_EQ(failing({{"zen4_l1_group", "/ $own", "/ $slots"}}), 11u);
}

TEST(TopdownMutation, Others) {
  EXPECT_EQ(failing({{"neoverse_n2", "(stall_slot - cpu_cycles@ret)", "stall_slot"}}), 2u);
  EXPECT_EQ(failing({{"neoverse_n2", "(stall_slot_frontend - cpu_cycles@fe)", "stall_slot_frontend"}}), 2u);
  EXPECT_EQ(failing({{"neoverse_n2", "5 * cpu", "8 * cpu"}}), 2u);
  EXPECT_EQ(failing({{"atom", "5 * ", "6 * "}}), 1u);
  EXPECT_EQ(failing({{"numa", "(local_dram + remote_dram)", "local_dram"}}), 3u);
}

TEST(TopdownMutation, ZerosBelieved) {
  const std::vector<Wrong> believing = {{"guest", "unknown_revision()", "5"}, {"guest", "counted(", "("}};
  EXPECT_EQ(failing(believing, {}, true), 1u);
  EXPECT_EQ(failing(believing), 0u);  // the gate alone holds
}

// THREAD 1000, REF_XCLK 100, and the sibling busy all, half or none of the time.
TEST(TopdownHand, PerTaskClocks) {
  for (const auto& [alone, clocks] : std::map<double, double>{{0, 500}, {50, 750}, {100, 1000}}) {
    const auto metrics = evaluated(made("tma_pre_icl_ebs", {{"CPU_CLK_UNHALTED.THREAD", 1000},
                                                            {"CPU_CLK_UNHALTED.REF_XCLK", 100},
                                                            {"CPU_CLK_UNHALTED.ONE_THREAD_ACTIVE", alone},
                                                            {"UOPS_RETIRED.RETIRE_SLOTS", 400}}));
    EXPECT_NEAR(*value_of(metrics, "retiring"), 100 * 400 / (4 * clocks), 1e-9) << alone;
  }
  const auto full = evaluated(made("tma_pre_icl_ebs", {{"CPU_CLK_UNHALTED.THREAD", 1000},
                                                       {"CPU_CLK_UNHALTED.ONE_THREAD_ACTIVE", 0},
                                                       {"CPU_CLK_UNHALTED.REF_XCLK", 100},
                                                       {"IDQ_UOPS_NOT_DELIVERED.CORE", 400},
                                                       {"UOPS_ISSUED.ANY", 1100},
                                                       {"UOPS_RETIRED.RETIRE_SLOTS", 1000},
                                                       {"INT_MISC.RECOVERY_CYCLES_ANY", 40}}));
  EXPECT_NEAR(*value_of(full, "frontend_bound"), 20, 1e-9);
  EXPECT_NEAR(*value_of(full, "retiring"), 50, 1e-9);
  EXPECT_NEAR(*value_of(full, "bad_speculation"), 9, 1e-9);
  EXPECT_NEAR(*value_of(full, "backend_bound"), 21, 1e-9);
}

// No recording exists for these: numbers worked out by hand from the formulas.
TEST(TopdownHand, Zen5Group) {
  const std::map<std::string, double> counts = {{"ls_not_halted_cyc", 1000},
                                                {"ex_ret_ops", 2000},
                                                {"de_src_op_disp.all", 2400},
                                                {"de_no_dispatch_per_slot.no_ops_from_frontend", 1600},
                                                {"de_no_dispatch_per_slot.backend_stalls", 2400},
                                                {"de_no_dispatch_per_slot.smt_contention", 1600}};
  const auto metrics = evaluated(made("zen5_l1_group", counts));
  EXPECT_NEAR(*value_of(metrics, "retiring"), 25, 1e-9);
  EXPECT_NEAR(*value_of(metrics, "bad_speculation"), 5, 1e-9);
  EXPECT_NEAR(*value_of(metrics, "frontend_bound"), 20, 1e-9);
  EXPECT_NEAR(*value_of(metrics, "backend_bound"), 30, 1e-9);
  EXPECT_NEAR(*value_of(metrics, "smt_contention"), 20, 1e-9);
  EXPECT_NEAR(*value_of(metrics, "retiring_of_own_slots"), 31.25, 1e-9);
  EXPECT_NEAR(*metrics.closure_error, 0, 1e-12);
  // The same counts as Zen 4's: 6000 slots cannot hold 8000.
  EXPECT_EQ(evaluated(made("zen4_l1_group", counts)).validity, Reason::implausible);
}

TEST(TopdownHand, NeoverseByArm) {
  std::map<std::string, double> counts = {
      {"CPU_CYCLES", 1000},          {"OP_RETIRED", 900},          {"OP_SPEC", 1000},  {"STALL_SLOT", 4000},
      {"STALL_SLOT_FRONTEND", 1600}, {"STALL_SLOT_BACKEND", 2400}, {"BR_MIS_PRED", 10}};
  const auto v1 = evaluated(made("neoverse_arm_v1", counts));
  EXPECT_NEAR(*value_of(v1, "frontend_bound"), 20 - 4, 1e-9);
  EXPECT_NEAR(*value_of(v1, "backend_bound"), 30, 1e-9);
  EXPECT_NEAR(*value_of(v1, "bad_speculation"), 10 * 0.5 + 4, 1e-9);
  EXPECT_NEAR(*value_of(v1, "retiring"), 90 * 0.5, 1e-9);
  const auto v2 = evaluated(made("neoverse_arm_v2", counts));
  EXPECT_NEAR(*value_of(v2, "frontend_bound"), 20 - 1, 1e-9);
  EXPECT_NEAR(*value_of(v2, "backend_bound"), 30 - 3, 1e-9);
  EXPECT_NEAR(*value_of(v2, "bad_speculation"), 9, 1e-9);
  // 5 slots: 1000 of the 4000 (and of the 1600) are the erratum's.
  const auto old = evaluated(made("neoverse_arm_n2_r0p0", counts));
  EXPECT_NEAR(*value_of(old, "frontend_bound"), 12 - 1, 1e-9);
  EXPECT_NEAR(*value_of(old, "backend_bound"), 48 - 3, 1e-9);
  EXPECT_NEAR(*value_of(old, "bad_speculation"), 10 * 0.4 + 4, 1e-9);
  EXPECT_NEAR(*value_of(old, "retiring"), 90 * 0.4, 1e-9);
  const auto mended = evaluated(made("neoverse_arm_n2_r0p3", counts));
  EXPECT_NEAR(*value_of(mended, "frontend_bound"), 32 - 1, 1e-9);
  EXPECT_NEAR(*value_of(mended, "retiring"), 90 * 0.2, 1e-9);
  counts["STALL_FRONTEND_FLUSH"] = 20;
  const auto n3 = evaluated(made("neoverse_arm_n3", counts));
  EXPECT_NEAR(*value_of(n3, "frontend_bound"), 32 - 2, 1e-9);
  EXPECT_NEAR(*value_of(n3, "backend_bound"), 48, 1e-9);
  EXPECT_NEAR(*value_of(n3, "bad_speculation"), 20 * 0.1 + 2, 1e-9);
  EXPECT_NEAR(*value_of(n3, "retiring"), 18, 1e-9);
  EXPECT_NEAR(*value_of(evaluated(made("neoverse_arm_v3", counts)), "frontend_bound"), 16 - 2, 1e-9);
}

// The erratum is part of the formula: without a revision only what does not depend on it is known.
TEST(TopdownHand, NeoverseN2NeedsItsRevision) {
  auto record = made("neoverse_arm_n2", {{"CPU_CYCLES", 1000},
                                         {"OP_RETIRED", 900},
                                         {"OP_SPEC", 1000},
                                         {"STALL_SLOT", 4000},
                                         {"STALL_SLOT_FRONTEND", 1600},
                                         {"STALL_SLOT_BACKEND", 2400},
                                         {"BR_MIS_PRED", 10}});
  const auto unsaid = evaluated(record);
  EXPECT_EQ(unsaid.dialect, "neoverse_arm_n2");
  EXPECT_NEAR(*value_of(unsaid, "backend_bound"), 45, 1e-9);
  EXPECT_EQ(metric_of(unsaid, "retiring")->why, Reason::not_attested);
  record.uarch = "neoverse-n2 r0p1";
  EXPECT_EQ(evaluated(record).dialect, "neoverse_arm_n2_r0p0");
  record.uarch = "Neoverse-N2 r0p3";
  EXPECT_EQ(evaluated(record).dialect, "neoverse_arm_n2_r0p3");
}

TEST(TopdownHand, SecondLevelBeforeIceLake) {
  const auto metrics = evaluated(made("tma_pre_icl_nosmt", {{"CPU_CLK_UNHALTED.THREAD", 1000},
                                                            {"IDQ_UOPS_NOT_DELIVERED.CORE", 800},
                                                            {"IDQ_UOPS_NOT_DELIVERED.CYCLES_0_UOPS_DELIV.CORE", 150},
                                                            {"UOPS_ISSUED.ANY", 1900},
                                                            {"UOPS_RETIRED.RETIRE_SLOTS", 1600},
                                                            {"UOPS_RETIRED.MACRO_FUSED", 100},
                                                            {"INST_RETIRED.ANY", 1500},
                                                            {"INT_MISC.RECOVERY_CYCLES", 25},
                                                            {"BR_MISP_RETIRED.ALL_BRANCHES", 30},
                                                            {"MACHINE_CLEARS.COUNT", 10},
                                                            {"CYCLE_ACTIVITY.STALLS_MEM_ANY", 200},
                                                            {"EXE_ACTIVITY.BOUND_ON_STORES", 40},
                                                            {"CYCLE_ACTIVITY.STALLS_TOTAL", 300},
                                                            {"EXE_ACTIVITY.1_PORTS_UTIL", 100},
                                                            {"EXE_ACTIVITY.2_PORTS_UTIL", 100}}));
  // 4000 slots: frontend 20 %, retiring 40 %, bad (300 + 100) 10 %, backend 30 %.
  EXPECT_NEAR(*value_of(metrics, "fetch_latency"), 15, 1e-9);
  EXPECT_NEAR(*value_of(metrics, "fetch_bandwidth"), 5, 1e-9);
  EXPECT_NEAR(*value_of(metrics, "branch_mispredicts"), 7.5, 1e-9);
  EXPECT_NEAR(*value_of(metrics, "machine_clears"), 2.5, 1e-9);
  EXPECT_NEAR(*value_of(metrics, "memory_bound"), 30.0 * 240 / 480, 1e-9);
  EXPECT_NEAR(*value_of(metrics, "core_bound"), 15, 1e-9);
  EXPECT_NEAR(*value_of(metrics, "heavy_operations"), 5, 1e-9);
  EXPECT_NEAR(*value_of(metrics, "light_operations"), 35, 1e-9);
  EXPECT_NEAR(*value_of(metrics, "core_ipc"), 1.5, 1e-9);
}

TEST(TopdownHand, TwoThreadUtilisation) {
  const auto metrics = evaluated(made(
      "tma_pre_icl_smt_any", {{"CPU_CLK_UNHALTED.ONE_THREAD_ACTIVE", 25}, {"CPU_CLK_UNHALTED.REF_XCLK_ANY", 200}}));
  EXPECT_NEAR(*value_of(metrics, "smt_2t_utilization"), 75, 1e-9);
}

TEST(TopdownHand, OutsideItsRangeIsImplausible) {
  // By definition Ice Lake's bad speculation ends at 0; the same of another dialect is no share.
  const auto clamped = evaluated(made("tma_icl_perf_metrics", {{"slots", 1000},
                                                               {"topdown-retiring", 500},
                                                               {"topdown-bad-spec", 0},
                                                               {"topdown-fe-bound", 250},
                                                               {"topdown-be-bound", 250},
                                                               {"INT_MISC.UOP_DROPPING", 0},
                                                               {"INT_MISC.CLEARS_COUNT", 10}}));
  EXPECT_EQ(value_of(clamped, "bad_speculation"), 0);
  const auto negative = evaluated(made("tma_pre_icl_nosmt", {{"CPU_CLK_UNHALTED.THREAD", 1000},
                                                             {"UOPS_ISSUED.ANY", 1000},
                                                             {"UOPS_RETIRED.RETIRE_SLOTS", 2000},
                                                             {"INT_MISC.RECOVERY_CYCLES", 10}}));
  EXPECT_EQ(metric_of(negative, "bad_speculation")->why, Reason::implausible);
  EXPECT_TRUE(value_of(negative, "retiring"));
  EXPECT_EQ(negative.validity, Reason::implausible);
  const auto noise = evaluated(made("tma_pre_icl_nosmt", {{"CPU_CLK_UNHALTED.THREAD", 1000},
                                                          {"UOPS_ISSUED.ANY", 1990},
                                                          {"UOPS_RETIRED.RETIRE_SLOTS", 2000},
                                                          {"INT_MISC.RECOVERY_CYCLES", 0}}));
  EXPECT_NEAR(*value_of(noise, "bad_speculation"), -0.25, 1e-9);
}

TEST(TopdownHand, NothingByNothing) {
  const auto idle = evaluated(made("perf_metrics_sum", {{"slots", 0},
                                                        {"topdown-retiring", 0},
                                                        {"topdown-bad-spec", 0},
                                                        {"topdown-fe-bound", 0},
                                                        {"topdown-be-bound", 0},
                                                        {"instructions", 0},
                                                        {"cycles", 0}}));
  for (const auto& metric : idle.metrics) EXPECT_FALSE(metric.value) << metric.name;
  // Cycles without an instruction: a counter that does not count.
  EXPECT_EQ(metric_of(evaluated(made("ipc", {{"instructions", 0}, {"cycles", 5}})), "ipc")->why, Reason::implausible);
  EXPECT_EQ(metric_of(evaluated(made("ipc", {{"instructions", 5}, {"cycles", 0}})), "ipc")->why, Reason::implausible);
  EXPECT_EQ(metric_of(evaluated(made("ipc", {{"instructions", -5}, {"cycles", 5}})), "ipc")->why, Reason::implausible);
}

// Virtual machines whose slots and bad speculation are one counter.
TEST(TopdownHand, SlotsThatAreAllBadSpeculation) {
  const auto metrics = evaluated(made("perf_metrics_sum", {{"slots", 1000},
                                                           {"topdown-retiring", 10},
                                                           {"topdown-bad-spec", 1000},
                                                           {"topdown-fe-bound", 10},
                                                           {"topdown-be-bound", 10}}));
  EXPECT_EQ(metric_of(metrics, "retiring")->why, Reason::unsupported);
}

TEST(TopdownHand, IdentitiesThatDoNotHold) {
  CountRecord record;
  record.formula = "identity_only";
  record.tolerance = 0.15;
  record.stated = {{"retiring", 40},
                   {"bad_speculation", 10},
                   {"frontend_bound", 20},
                   {"backend_bound", 30},
                   {"backend_bound_by_memory", 20},
                   {"backend_bound_by_cpu", 12},
                   {"ipc", 1}};
  const auto parts = evaluated(record);
  EXPECT_EQ(value_of(parts, "backend_bound"), 30);
  EXPECT_EQ(metric_of(parts, "backend_bound_by_cpu")->why, Reason::implausible);
  record.stated["retiring"] = 41;
  const auto whole = evaluated(record);
  EXPECT_EQ(whole.validity, Reason::implausible);
  EXPECT_FALSE(value_of(whole, "retiring"));
  EXPECT_EQ(value_of(whole, "ipc"), 1);
}

}  // namespace
}  // namespace smtscope::test
