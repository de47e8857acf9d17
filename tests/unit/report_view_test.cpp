// SPDX-License-Identifier: Apache-2.0
// What a report knows: nothing is lost by thinning, gaps, ended workloads and changes of the machine.
#include "views/report_view.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "report_fixture.h"
#include "views/report_parts.h"
#include "views/report_phases.h"

namespace smtscope::test {
namespace {

double busy_of(const ReportView& view, const std::string& name) {
  double sum = 0;
  for (const EntityFigures& e : view.whole.entities)
    if (e.who.name == name) sum += e.busy_seconds();
  return sum;
}

TEST(report, holds_every_window_of_a_short_run) {
  Knots knots;
  two_hogs(knots, 20, 20);
  const ReportView view = report_view(knots, {});
  EXPECT_EQ(view.windows.size(), 40u);
  EXPECT_DOUBLE_EQ(view.seconds, 40);
  EXPECT_DOUBLE_EQ(view.measured, 40);
  EXPECT_EQ(view.gaps, 0u);
  ASSERT_EQ(view.rows.size(), 2u);
  EXPECT_NEAR(*view.rows[0].seconds.all_busy, 19.8, 1e-9);
  EXPECT_NEAR(view.rows[1].seconds.idle, 20, 1e-9);
  EXPECT_NEAR(busy_of(view, "/hog-a"), 40, 1e-9);
  EXPECT_NEAR(view.while_idle_time, 19.8, 1e-6);
}

TEST(report, thinning_loses_no_time) {
  Knots knots;
  two_hogs(knots, 3000, 3000);
  EXPECT_LE(knots.all().size(), 241u);
  const ReportView view = report_view(knots, {});
  EXPECT_LE(view.windows.size(), kReportWindows);
  EXPECT_GE(view.windows.size(), kReportWindows / 3);
  EXPECT_NEAR(busy_of(view, "/hog-a"), 6000, 1e-6);
  EXPECT_NEAR(busy_of(view, "/hog-b"), 3000 * 1.99, 1e-6);
  ASSERT_EQ(view.whole.pairs.size(), 1u);
  EXPECT_NEAR(view.whole.pairs[0].seconds, 2970, 1e-6);
  double sum = 0;
  for (const ReportWindow& window : view.windows) sum += window.end - window.start;
  EXPECT_NEAR(sum, 6000, 1e-6);
  double shortest = 6000, longest = 0;
  for (size_t w = 0; w + 1 < view.windows.size(); w++) {
    shortest = std::min(shortest, view.windows[w].end - view.windows[w].start);
    longest = std::max(longest, view.windows[w].end - view.windows[w].start);
  }
  EXPECT_LE(longest, 2 * shortest);  // old and new alike
  EXPECT_EQ(view.phases.size(), 2u);
}

TEST(report, memory_is_bounded_by_the_size_of_frames_too) {
  KnotLimits limits;
  limits.most_bytes = 40'000;
  Knots knots(limits);
  two_hogs(knots, 300, 300);
  EXPECT_LE(knots.all().size(), 80u);
  EXPECT_GE(knots.all().size(), 12u);
  EXPECT_NEAR(busy_of(report_view(knots, {}), "/hog-a"), 600, 1e-6);
}

// Their rows are in no later snapshot, so a window that ends after that must have them from elsewhere.
TEST(report, workloads_that_were_forgotten_keep_their_time) {
  Knots knots;
  MadeNode node({{0, 1}});
  knots.add(node.frame(0));
  for (uint32_t i = 0; i < 500; i++) {
    const uint32_t id = 100 + i;
    node.name(id, "/job-" + std::to_string(i));
    node.core(0, 2, 1);
    node.entity(id, kClassOther, 1);
    node.pair(kKernelEntity, id, 1);
    node.waits(id, 20, 3);
    knots.add(node.frame());
    node.forget(id);
  }
  knots.add(node.frame());
  const ReportView view = report_view(knots, {});
  EXPECT_EQ(view.whole.entities.size(), 501u);  // with the kernel
  EXPECT_NEAR(busy_of(view, "/job-0"), 1, 1e-9);
  EXPECT_NEAR(busy_of(view, "/job-499"), 1, 1e-9);
  double pairs = 0;
  for (const PairFigures& pair : view.whole.pairs) pairs += pair.seconds;
  EXPECT_NEAR(pairs, 500, 1e-6);
  EXPECT_EQ(view.unlisted, 0u);
  for (const EntityFigures& e : view.whole.entities)
    if (e.who.name == "/job-7") {
      ASSERT_TRUE(e.runqueue);
      EXPECT_EQ(e.runqueue->count, 3u);
    }
}

TEST(report, too_many_that_ended_are_counted) {
  KnotLimits limits;
  limits.most_graves = 100;
  Knots knots(limits);
  MadeNode node({{0, 1}});
  knots.add(node.frame(0));
  double all = 0;
  for (uint32_t i = 0; i < 500; i++) {
    const double seconds = 0.001 * (i + 1);
    node.name(100 + i, "/job-" + std::to_string(i));
    node.core(0, 1, 1);
    node.entity(100 + i, kClassIdle, seconds);
    all += seconds;
    knots.add(node.frame());
    node.forget(100 + i);
  }
  knots.add(node.frame());
  const ReportView view = report_view(knots, {});
  EXPECT_GT(view.unlisted, 0u);
  double listed = 0;
  for (const EntityFigures& e : view.whole.entities) listed += e.busy_seconds();
  EXPECT_NEAR(listed + view.unlisted_seconds, all, 1e-6);
  EXPECT_NEAR(busy_of(view, "/job-499"), 0.5, 1e-9);  // the largest stay
}

TEST(report, a_gap_is_no_interval) {
  Knots knots;
  MadeNode node = two_hogs(knots, 10, 0);
  node.restart(100);
  knots.add(node.frame(0));
  for (int i = 0; i < 10; i++) {
    node.core(0, 0, 1), node.core(2, 0, 1);
    node.entity(kHogA, kClassIdle, 0.5);
    knots.add(node.frame());
  }
  const ReportView view = report_view(knots, {});
  EXPECT_EQ(view.gaps, 1u);
  EXPECT_NEAR(view.gap_seconds, 100, 1e-6);
  EXPECT_NEAR(view.seconds, 120, 1e-6);
  EXPECT_NEAR(view.measured, 20, 1e-6);
  ASSERT_EQ(view.windows.size(), 20u);
  EXPECT_TRUE(view.windows[10].after_gap);
  EXPECT_NEAR(view.windows[10].start, 110, 1e-6);
  EXPECT_NEAR(busy_of(view, "/hog-a"), 10 + 5, 1e-6);  // one entity, though another run
  EXPECT_EQ(view.phases.size(), 2u);
  const std::string page = report_html(view);
  EXPECT_NE(page.find("blank: nothing was measured"), std::string::npos);
}

TEST(report, many_gaps_stay_bounded) {
  Knots knots;
  MadeNode node({{0, 1}});
  for (int i = 0; i < 1000; i++) {
    knots.add(node.frame(1));
    node.core(0, 1, 1);
    knots.add(node.frame(1));
    node.restart(1);
  }
  EXPECT_LE(knots.all().size(), 260u);
  const ReportView view = report_view(knots, {});
  EXPECT_LE(view.phases.size(), 12u);
  EXPECT_GT(view.phases_left_out, 0u);
  EXPECT_LT(report_html(view).size(), 2'000'000u);
}

TEST(report, a_core_that_changed_is_unknown_in_its_window_only) {
  Knots knots;
  MadeNode node({{0, 1}, {2, 3}});
  knots.add(node.frame(0));
  for (int i = 0; i < 400; i++) {
    if (i == 200) node.topology({{0, 1}, {2}});
    node.core(0, 0, 1), node.core(2, i < 200 ? 2 : 1, 1);
    knots.add(node.frame());
  }
  const ReportView view = report_view(knots, {});
  EXPECT_EQ(view.topology->online_cpus(), 4u);  // 200 windows each; the first one stays
  ASSERT_EQ(view.changes.size(), 1u);
  EXPECT_NE(view.changes[0].find("CPUs online 4 -> 3"), std::string::npos) << view.changes[0];
  EXPECT_NEAR(view.rows[0].seconds.idle, 400, 1e-6);
  EXPECT_NEAR(*view.rows[1].seconds.all_busy, 200, 1e-6);
  EXPECT_NEAR(view.rows[1].seconds.unknown, 200, 1e-6);
  ASSERT_EQ(view.phases.size(), 2u);
  EXPECT_LT(view.phases[1].figures.node.unknown, 5);  // one window
}

TEST(report, settings_that_changed_are_named) {
  Knots knots;
  MadeNode node = two_hogs(knots, 5, 0);
  HostFacts host = made_host();
  host.smt_control = "off";
  node.host(host);
  knots.add(node.frame());
  const ReportView view = report_view(knots, {});
  ASSERT_EQ(view.changes.size(), 1u);
  EXPECT_NE(view.changes[0].find("SMT control on -> off"), std::string::npos) << view.changes[0];
}

TEST(report, an_empty_recording_says_so) {
  for (const bool one : {false, true}) {
    Knots knots;
    MadeNode node({{0, 1}});
    if (one) knots.add(node.frame());
    const ReportView view = report_view(knots, {});
    EXPECT_EQ(view.verdict.front().rule, "nothing");
    EXPECT_NE(report_html(view).find("Nothing was measured"), std::string::npos);
    EXPECT_FALSE(report_json(view).empty());
  }
}

TEST(report, overlap_is_a_lower_bound) {
  Topology topology = made_topology(3, 2);
  SchedulerFigures figures;
  figures.window_seconds = 10;
  const auto core = [&](uint32_t id, double idle, double all_busy) {
    CoreFigures c;
    c.id = id;
    c.cpus = {id, id + 3};
    c.seconds.idle = idle;
    c.seconds.single = 10 - idle - all_busy;
    c.seconds.all_busy = all_busy;
    figures.cores.push_back(c);
  };
  core(0, 0, 9), core(1, 0, 8), core(2, 5, 0);
  EXPECT_NEAR(report::overlap_of(figures, topology).core_seconds, 4, 1e-9);  // one idle core serves one
  EXPECT_NEAR(report::overlap_of(figures, topology).seconds, 4, 1e-9);
  for (Core& c : topology.cores) c.llc = c.id == 2 ? 2 : 0;  // another cache: not placement's choice
  EXPECT_EQ(report::overlap_of(figures, topology).seconds, 0);
}

TEST(report, phases_follow_steps_and_not_noise) {
  std::vector<PhaseWindow> windows;
  uint32_t random = 12345;
  for (int i = 0; i < 120; i++) {
    random = random * 1'664'525 + 1'013'904'223;
    const double noise = static_cast<double>(random >> 16) / 65536 - 0.5;
    const double level = i < 40 ? 4 : i < 90 ? 6 : 1;
    windows.push_back({1, false, {level + noise, 2 + 0.1 * noise}});
  }
  const auto phases = find_phases(windows);
  ASSERT_EQ(phases.size(), 3u);
  EXPECT_EQ(phases[1], (std::pair<size_t, size_t>{40, 89}));
  for (PhaseWindow& window : windows) window.features[0] = 4;
  EXPECT_EQ(find_phases(windows).size(), 1u);
  windows[60].cut_before = true;
  EXPECT_EQ(find_phases(windows).size(), 2u);
  for (size_t i = 0; i < windows.size(); i++) windows[i].features[0] = (i / 3) % 2 ? 8 : 0;  // back and forth
  EXPECT_LE(find_phases(windows).size(), 16u);
  EXPECT_TRUE(find_phases({}).empty());
}

}  // namespace
}  // namespace smtscope::test
