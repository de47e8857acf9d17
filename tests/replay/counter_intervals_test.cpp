// SPDX-License-Identifier: Apache-2.0
// Counter readings as they were recorded, row by row: what an interval between two of them says, and what it does not.
#include <gtest/gtest.h>

#include <optional>

#include "derive/counter_figures.h"
#include "model/snapshot.h"

namespace smtscope {
namespace {

struct CounterRow {
  uint64_t value, enabled_ns, running_ns;
};

struct CounterCase {
  std::string name;
  std::optional<CounterRow> before, after;  // none: there was no such row
  std::optional<double> value;              // of the interval, scaled; none: unknown
  Reason why = Reason::ok;                  // of no value
  double running = 1;
  std::optional<Reason> unread_before = {}, unread_after = {};
  bool off_before = false, off_after = false;  // the CPU was offline
};

void PrintTo(const CounterCase& c, std::ostream* out) { *out << c.name; }

std::vector<CounterCase> counter_cases() {
  constexpr uint64_t kS = 1'000'000'000;
  return {
      {"counted_all_the_time", CounterRow{5'000, kS, kS}, CounterRow{9'000, 2 * kS, 2 * kS}, 4'000.0},
      {"a_known_zero", CounterRow{5'000, kS, kS}, CounterRow{5'000, 2 * kS, 2 * kS}, 0.0},
      {"slept_and_was_not_read", CounterRow{5'000, kS, kS}, CounterRow{5'000, kS, kS}, 0.0},
      {"multiplexed_half_of_the_time", CounterRow{0, 0, 0}, CounterRow{3'000, kS, kS / 2}, 6'000.0, Reason::ok, 0.5},
      {"multiplexed_as_a_guest_showed_it", CounterRow{100'163'399, 4'000'000'000, 2'400'000'000},
       CounterRow{148'163'399, 5'000'000'000, 2'880'000'000}, 100'000'000.0, Reason::ok, 0.48},
      {"never_scheduled", CounterRow{0, kS, 0}, CounterRow{0, 2 * kS, 0}, {}, Reason::multiplexed},
      {"not_scheduled_any_more", CounterRow{7'000, kS, kS}, CounterRow{7'000, 2 * kS, kS}, {}, Reason::multiplexed},
      {"wrapped_at_48_bits",
       CounterRow{(1ull << 48) - 100, kS, kS},
       CounterRow{50, 2 * kS, 2 * kS},
       {},
       Reason::changed},
      {"reset", CounterRow{9'000, 5 * kS, 5 * kS}, CounterRow{100, 5 * kS + 1, 5 * kS + 1}, {}, Reason::changed},
      {"opened_anew", CounterRow{9'000, 5 * kS, 5 * kS}, CounterRow{9'500, kS, kS}, {}, Reason::changed},
      {"no_base", {}, CounterRow{9'000, 5 * kS, 5 * kS}, {}, Reason::changed},
      {"beyond_2_to_the_53", CounterRow{1ull << 60, kS, kS}, CounterRow{(1ull << 60) + 3, 2 * kS, 2 * kS}, 3.0},
      {"frozen_descriptor",
       CounterRow{5'000, kS, kS},
       CounterRow{5'000, kS, kS},
       {},
       Reason::stale,
       1,
       {},
       Reason::stale},
      {"after_a_frozen_one",
       CounterRow{5'000, kS, kS},
       CounterRow{6'000, 2 * kS, 2 * kS},
       {},
       Reason::stale,
       1,
       Reason::stale},
      {"cpu_came", {}, CounterRow{10, 10, 10}, {}, Reason::changed, 1, {}, {}, true, false},
      {"cpu_came_back",
       CounterRow{5'000, kS, kS},
       CounterRow{6'000, 2 * kS, 2 * kS},
       {},
       Reason::changed,
       1,
       {},
       {},
       true,
       false},
      {"refused",
       CounterRow{0, kS, kS},
       CounterRow{0, 2 * kS, 2 * kS},
       {},
       Reason::implausible,
       1,
       Reason::implausible,
       Reason::implausible},
  };
}

// One core of CPUs 0 and 1; the row is CPU 0's, CPU 1 counts 1000 a second all the time.
Snapshot counter_snapshot(const std::optional<CounterRow>& row, bool off, uint64_t end_ns) {
  Snapshot s;
  s.start_ns = end_ns - 1;
  s.end_ns = end_ns;
  Topology topology;
  topology.cpus = {{0, !off, false, off ? std::nullopt : std::optional<uint32_t>(0)}, {1, true, false, 0}};
  Core core;
  core.id = off ? 1 : 0;
  core.cpus = off ? std::vector<uint32_t>{1} : std::vector<uint32_t>{0, 1};
  topology.cpus[1].core = core.id;
  topology.cores = {core};
  s.topology = std::make_shared<const Topology>(std::move(topology));
  CounterPlan plan;
  plan.pmu = "cpu";
  plan.cpus = {0, 1};
  plan.events = {{"instructions", 4, 0xc0, 0, 0, 0, Reason::ok, ""}};
  plan.instructions = 0;
  s.counter_plans = std::make_shared<const std::vector<CounterPlan>>(std::vector<CounterPlan>{plan});
  Table& table = s.tables[Reading::cpu_counter];
  table.width = kCounterColumns;
  const auto put = [&](uint32_t cpu, const CounterRow& r) {
    uint64_t* at = table.append({KeyKind::counter, cpu, 0});
    at[kCounterValue] = r.value;
    at[kCounterEnabledNs] = r.enabled_ns;
    at[kCounterRunningNs] = r.running_ns;
  };
  if (row) put(0, *row);
  put(1, {end_ns / 1'000'000, end_ns, end_ns});
  return s;
}

class CounterIntervals : public testing::TestWithParam<CounterCase> {};

TEST_P(CounterIntervals, SaysWhatIsKnown) {
  const CounterCase& c = GetParam();
  Snapshot before = counter_snapshot(c.before, c.off_before, 1'000'000'000);
  Snapshot after = counter_snapshot(c.after, c.off_after, 2'000'000'000);
  const Key key{KeyKind::counter, 0, 0};
  if (c.unread_before) before.unread[key] = *c.unread_before;
  if (c.unread_after) after.unread[key] = *c.unread_after;
  const CounterFigures figures = counter_figures(make_interval(before, after));
  ASSERT_EQ(figures.reason, Reason::ok);
  const auto cpu = [&](uint32_t id) {
    return std::find_if(figures.cpus.begin(), figures.cpus.end(),
                        [&](const CounterGroup& g) { return g.cpus.front() == id; });
  };
  // Whatever happened to CPU 0, CPU 1 has its thousand.
  ASSERT_NE(cpu(1), figures.cpus.end());
  EXPECT_EQ(cpu(1)->basic.instructions.value, 1000.0);
  if (c.value) {
    ASSERT_NE(cpu(0), figures.cpus.end());
    EXPECT_DOUBLE_EQ(cpu(0)->basic.instructions.value.value_or(-1), *c.value);
    EXPECT_DOUBLE_EQ(cpu(0)->basic.instructions.running, c.running);
    ASSERT_EQ(figures.kinds.size(), 1u);
    EXPECT_DOUBLE_EQ(figures.kinds[0].basic.instructions.value.value_or(-1), *c.value + 1000);
    EXPECT_TRUE(figures.kinds[0].without.empty());
    EXPECT_EQ(figures.cores.size(), 1u);
    return;
  }
  EXPECT_EQ(cpu(0), figures.cpus.end());
  EXPECT_EQ(make_interval(before, after).unknown.at(key), c.why);
  EXPECT_EQ(figures.kinds[0].without, std::vector<uint32_t>{0});
  EXPECT_EQ(figures.kinds[0].basic.instructions.value, 1000.0) << "the CPUs that are known";
  EXPECT_TRUE(figures.cores.empty()) << "a core is known if all its siblings are";
}

INSTANTIATE_TEST_SUITE_P(Recorded, CounterIntervals, testing::ValuesIn(counter_cases()),
                         [](const auto& info) { return info.param.name; });

TEST(CounterIntervals, ACpuThatIsOfflineIsNotMissed) {
  const Snapshot before = counter_snapshot(std::nullopt, true, 1'000'000'000);
  const Snapshot after = counter_snapshot(std::nullopt, true, 2'000'000'000);
  const CounterFigures figures = counter_figures(make_interval(before, after));
  ASSERT_EQ(figures.kinds.size(), 1u);
  EXPECT_TRUE(figures.kinds[0].without.empty());
  EXPECT_EQ(figures.kinds[0].basic.instructions.value, 1000.0);
}

TEST(CounterIntervals, WithoutCountersTheReasonIsTheCollectors) {
  Snapshot before = counter_snapshot(std::nullopt, false, 1'000'000'000);
  Snapshot after = counter_snapshot(std::nullopt, false, 2'000'000'000);
  for (Snapshot* s : {&before, &after}) {
    s->tables.erase(Reading::cpu_counter);
    s->missing[Reading::cpu_counter] = Reason::permission;
  }
  EXPECT_EQ(counter_figures(make_interval(before, after)).reason, Reason::permission);
}

}  // namespace
}  // namespace smtscope
