// SPDX-License-Identifier: Apache-2.0
// The subtraction of two snapshots: what is known, what is not, and that one unknown leaves the others alone.
#include <gtest/gtest.h>

#include "model/snapshot.h"
#include "unit/readings.h"

namespace smtscope {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): the words of this test

constexpr uint32_t kA = 4, kB = 5;

uint64_t value(const Interval& interval, Reading reading, const Key& key, uint32_t column = 0) {
  const auto table = interval.tables.find(reading);
  const uint64_t* row = table == interval.tables.end() ? nullptr : table->second.find(key);
  EXPECT_NE(row, nullptr);
  return row ? row[column] : UINT64_MAX;
}

bool has(const Interval& interval, Reading reading, const Key& key) {
  const auto table = interval.tables.find(reading);
  return table != interval.tables.end() && table->second.find(key) != nullptr;
}

// Two cores of two siblings, entity A.
Snapshot before() {
  Snapshot s;
  s.start_ns = 900;
  s.end_ns = 1000;
  s.topology = topology_of({{0, 1}, {2, 3}});
  put_core(s, 0, {100, 50, 10}, 5, 990);
  put_core(s, 2, {165}, 0, 995);
  put(s, Reading::entity_time, entity_key(kA), {60, 10, 0, 0, 0});
  s.entities = {cgroup_entity(kA, "/a")};
  return s;
}

Snapshot after() {
  Snapshot s;
  s.start_ns = 1900;
  s.end_ns = 2000;
  s.unix_offset_ns = 77;
  s.topology = topology_of({{0, 1}, {2, 3}});
  put_core(s, 0, {400, 550, 110}, 5, 1890);
  put_core(s, 2, {1070}, 0, 1900);
  put(s, Reading::entity_time, entity_key(kA), {160, 10, 0, 0, 0});
  s.entities = {cgroup_entity(kA, "/a")};
  return s;
}

TEST(Interval, SubtractsColumnByColumn) {
  const Interval i = make_interval(before(), after());
  EXPECT_EQ(i.start_ns, 1000u);
  EXPECT_EQ(i.end_ns, 2000u);
  EXPECT_EQ(i.unix_offset_ns, 77);
  EXPECT_EQ(value(i, Reading::core_state, core_key(0), 0), 300u);
  EXPECT_EQ(value(i, Reading::core_state, core_key(0), 1), 500u);
  EXPECT_EQ(value(i, Reading::core_state, core_key(0), 2), 100u);
  EXPECT_EQ(value(i, Reading::core_state, core_key(0), kCoreUnknownColumn), 0u);
  EXPECT_EQ(value(i, Reading::entity_time, entity_key(kA), kClassIdle), 100u);
  EXPECT_EQ(value(i, Reading::entity_time, entity_key(kA), kClassSame), 0u);
  EXPECT_TRUE(i.unknown.empty());
  EXPECT_TRUE(i.missing.empty());
}

TEST(Interval, TheLastCloseIsATimeNotASum) {
  const Interval i = make_interval(before(), after());
  EXPECT_EQ(value(i, Reading::core_window, core_key(0), 0), 900u);
  EXPECT_EQ(value(i, Reading::core_window, core_key(0), 1), 1890u);
  EXPECT_EQ(value(i, Reading::core_window, core_key(2), 1), 1900u);
}

TEST(Interval, ANewKeyCountsFromZero) {
  Snapshot later = after();
  put(later, Reading::entity_time, entity_key(kB), {7, 0, 3, 0, 0});
  put(later, Reading::pair_time, pair_key(kA, kB), {3});
  Snapshot first = before();
  put(first, Reading::pair_time, pair_key(kA, kA), {1});
  later.entities.push_back(cgroup_entity(kB, "/b"));
  const Interval i = make_interval(first, later);
  EXPECT_EQ(value(i, Reading::entity_time, entity_key(kB), kClassIdle), 7u);
  EXPECT_EQ(value(i, Reading::pair_time, pair_key(kA, kB)), 3u);
  ASSERT_EQ(i.entities.size(), 2u);
  EXPECT_EQ(i.entities[1].name, "/b");
}

TEST(Interval, WhoDidNothingIsNotListed) {
  Snapshot later = after();
  put(later, Reading::entity_time, entity_key(kB), {7, 0, 0, 0, 0});
  Snapshot first = before();
  put(first, Reading::entity_time, entity_key(kB), {7, 0, 0, 0, 0});
  later.entities.push_back(cgroup_entity(kB, "/b"));
  const Interval i = make_interval(first, later);
  EXPECT_FALSE(has(i, Reading::entity_time, entity_key(kB)));
  EXPECT_EQ(i.entities.size(), 1u);
  // A core that did nothing is: its window may have been empty, but it is there.
  Snapshot still = before();
  EXPECT_TRUE(has(make_interval(before(), still), Reading::core_state, core_key(0)));
}

TEST(Interval, AVanishedEntityHasNoDelta) {
  Snapshot later = after();
  later.tables[Reading::entity_time] = Table{kClassColumns, {}, {}};
  const Interval i = make_interval(before(), later);
  EXPECT_FALSE(has(i, Reading::entity_time, entity_key(kA)));
  EXPECT_TRUE(i.entities.empty());
  EXPECT_EQ(value(i, Reading::core_state, core_key(0), 1), 500u);
}

TEST(Interval, AResetRowIsUnknownAndAddsNothing) {
  Snapshot later = after();
  later.tables.erase(Reading::entity_time);
  put(later, Reading::entity_time, entity_key(kA), {500, 3, 0, 0, 0});  // one column grew, one went back
  put(later, Reading::entity_time, entity_key(kB), {9, 0, 0, 0, 0});
  later.entities.push_back(cgroup_entity(kB, "/b"));
  const Interval i = make_interval(before(), later);
  EXPECT_FALSE(has(i, Reading::entity_time, entity_key(kA)));
  EXPECT_EQ(i.unknown, (std::map<Key, Reason>{{entity_key(kA), Reason::changed}}));
  EXPECT_EQ(value(i, Reading::entity_time, entity_key(kB), kClassIdle), 9u);
}

TEST(Interval, AResetBucketMakesItsOwnerUnknown) {
  Snapshot first = before(), later = after();
  put(first, Reading::runqueue_count, entity_key(kA, 0), {4});
  put(first, Reading::runqueue_count, entity_key(kA, 9), {8});
  put(later, Reading::runqueue_count, entity_key(kA, 0), {5});
  put(later, Reading::runqueue_count, entity_key(kA, 9), {2});
  put(first, Reading::placement_count, {KeyKind::node, 0, 0}, {4});
  put(first, Reading::placement_count, {KeyKind::node, 3, 0}, {4});
  put(later, Reading::placement_count, {KeyKind::node, 0, 0}, {6});
  put(later, Reading::placement_count, {KeyKind::node, 3, 0}, {5});
  const Interval i = make_interval(first, later);
  EXPECT_EQ(i.unknown, (std::map<Key, Reason>{{entity_key(kA), Reason::changed}}));
  EXPECT_EQ(value(i, Reading::placement_count, {KeyKind::node, 0, 0}), 2u);
  EXPECT_EQ(value(i, Reading::placement_count, {KeyKind::node, 3, 0}), 1u);
}

struct Hotplug {
  const char* name;
  std::vector<std::vector<uint32_t>> now;
  std::map<Key, Reason> unknown;
};

const Hotplug kHotplugs[] = {
    {"nothing", {{0, 1}, {2, 3}}, {}},
    {"second sibling of core 2 went", {{0, 1}, {2}}, {{cpu_key(3), Reason::changed}, {core_key(2), Reason::changed}}},
    {"core 2 went",
     {{0, 1}},
     {{cpu_key(2), Reason::changed}, {cpu_key(3), Reason::changed}, {core_key(2), Reason::changed}}},
    {"a core came", {{0, 1}, {2, 3}, {4, 5}}, {{cpu_key(4), Reason::changed}, {core_key(4), Reason::changed}}},
    {"siblings stated anew",
     {{0, 2}, {1, 3}},
     {{core_key(0), Reason::changed}, {core_key(1), Reason::changed}, {core_key(2), Reason::changed}}},
};

TEST(Interval, OnlyWhatHotplugTouchedIsUnknown) {
  for (const Hotplug& test : kHotplugs) {
    SCOPED_TRACE(test.name);
    Snapshot first = before(), later = after();
    later.topology = topology_of(test.now);
    later.tables.erase(Reading::core_state);
    later.tables.erase(Reading::core_window);
    put_core(later, 0, {400, 550, 110}, 5, 1890);
    for (const Core& core : later.topology->cores)
      if (core.id != 0) put_core(later, core.id, {1070}, 0, 1900);
    for (uint32_t cpu = 0; cpu < 4; cpu++) put(first, Reading::cpu_time, cpu_key(cpu), {100, 100, 0});
    for (const Cpu& cpu : later.topology->cpus)
      if (cpu.id < 5) put(later, Reading::cpu_time, cpu_key(cpu.id), {200, 300, 0});
    const Interval i = make_interval(first, later);
    EXPECT_EQ(i.unknown, test.unknown);
    EXPECT_EQ(value(i, Reading::cpu_time, cpu_key(0), kCpuBusyNs), 100u);
    EXPECT_EQ(value(i, Reading::cpu_time, cpu_key(0), kCpuIdleNs), 200u);
    EXPECT_EQ(value(i, Reading::entity_time, entity_key(kA), kClassIdle), 100u);
  }
}

TEST(Interval, ACoreThatIsGoneChangesOnlyOnce) {
  Snapshot first = before(), later = after();
  first.topology = later.topology = topology_of({{0, 1}});
  EXPECT_EQ(make_interval(first, later).unknown, (std::map<Key, Reason>{}));
}

TEST(Interval, TheKernelsCountSinceBootIsNotOneIntervals) {
  Snapshot first = before(), later = after();
  put(first, Reading::cpu_time, cpu_key(0), {100, 100, 0});
  put(later, Reading::cpu_time, cpu_key(0), {101, 102, 0});
  put(later, Reading::cpu_time, cpu_key(1), {1'000'000, 1'000'000, 5});  // was not in the list before
  const Interval i = make_interval(first, later);
  EXPECT_EQ(i.unknown, (std::map<Key, Reason>{{cpu_key(1), Reason::changed}}));
  EXPECT_EQ(value(i, Reading::cpu_time, cpu_key(1), kCpuBusyNs), 0u);
  EXPECT_EQ(value(i, Reading::cpu_time, cpu_key(0), kCpuIdleNs), 2u);
}

TEST(Interval, ATableThatOneSideLacksIsMissing) {
  struct Case {
    const char* name;
    bool first, later;
    std::optional<Reason> first_says, later_says;
    std::optional<Reason> want;
  };
  const Case cases[] = {
      {"both have it", true, true, {}, {}, {}},
      {"neither, with reason", false, false, Reason::permission, Reason::permission, Reason::permission},
      {"neither, no word", false, false, {}, {}, {}},
      {"came, with reason", false, true, Reason::permission, {}, Reason::permission},
      {"came", false, true, {}, {}, Reason::too_few},
      {"went, with reason", true, false, {}, Reason::over_budget, Reason::over_budget},
      {"went", true, false, {}, {}, Reason::lost},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(test.name);
    Snapshot first = before(), later = after();
    if (test.first) put(first, Reading::cpu_time, cpu_key(0), {100, 100, 0});
    if (test.later) put(later, Reading::cpu_time, cpu_key(0), {150, 100, 0});
    if (test.first_says) first.missing[Reading::cpu_time] = *test.first_says;
    if (test.later_says) later.missing[Reading::cpu_time] = *test.later_says;
    const Interval i = make_interval(first, later);
    EXPECT_EQ(has(i, Reading::cpu_time, cpu_key(0)), test.first && test.later);
    std::map<Reading, Reason> want;
    if (test.want) want[Reading::cpu_time] = *test.want;
    EXPECT_EQ(i.missing, want);
    EXPECT_EQ(value(i, Reading::core_state, core_key(0), 1), 500u);
  }
}

TEST(Interval, PairsNameTheirEntities) {
  Snapshot first = before(), later = after();
  put(first, Reading::pair_time, pair_key(kA, kB), {0});
  put(later, Reading::pair_time, pair_key(kA, kB), {3});
  later.entities.push_back(cgroup_entity(kB, "/b"));
  const Interval i = make_interval(first, later);
  ASSERT_NE(i.entity(kB), nullptr);
  EXPECT_EQ(i.entity(kB)->name, "/b");
  EXPECT_EQ(i.entity(99), nullptr);
}

}  // namespace
}  // namespace smtscope
