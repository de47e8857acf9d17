// SPDX-License-Identifier: Apache-2.0
// Counters read at switches, with events of which the truth is known on every machine: cpu-clock counts nanoseconds,
// so an entity must have counted what the ledger says it ran, beside whom the ledger says.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <iostream>
#include <map>
#include <thread>

#include "harness.h"
#include "kernel/bpf_features.h"
#include "kernel/switch_probe.h"
#include "kernel/topology_reader.h"

namespace smtscope::live {
namespace {

constexpr auto kClasses = static_cast<size_t>(SliceClass::kCount);
constexpr uint32_t kEvents = 2;  // the same event twice

struct CountersCase {
  std::string name;
  std::vector<std::string> load;
  std::string siblings;
  bool queue;
};
void PrintTo(const CountersCase& c, std::ostream* out) { *out << c.name; }

std::vector<CountersCase> counters_cases() {
  std::vector<CountersCase> all;
  for (bool queue : {false, true}) {
    const std::string variant = queue ? "queue_" : "word_";
    all.push_back({variant + "hogs", {"hogs", "0,1", "60"}, "0,1", queue});
    all.push_back({variant + "hogs_apart", {"hogs", "0,1", "60"}, "0;1", queue});
    all.push_back({variant + "one_hog", {"hogs", "0", "60"}, "0,1", queue});
    all.push_back({variant + "pingpong", {"pingpong", "0,1", "60", "--processes"}, "0,1", queue});
    all.push_back({variant + "pingpong_threads", {"pingpong", "0,1", "60", "--threads"}, "0,1", queue});
    all.push_back({variant + "mixed", {"mixed", "60", "--tasks", "6"}, "0,1", queue});
  }
  return all;
}

Fd open_cpu_clock(uint32_t cpu) {
  perf_event_attr attr{};
  attr.size = sizeof(attr);
  attr.type = PERF_TYPE_SOFTWARE;
  attr.config = PERF_COUNT_SW_CPU_CLOCK;
  return Fd(static_cast<int>(syscall(SYS_perf_event_open, &attr, -1, static_cast<int>(cpu), -1, PERF_FLAG_FD_CLOEXEC)));
}

uint64_t count_of(const Fd& event) {
  uint64_t value = 0;
  return read(event.get(), &value, sizeof(value)) == sizeof(value) ? value : 0;
}

// One entity, over all CPUs and drains, in ns.
struct Use {
  std::array<uint64_t, kClasses> ledger{};   // by what ran beside it; without mixed
  std::array<uint64_t, kClasses> slices{};   // with counts
  std::array<uint64_t, kClasses> counted{};  // the first event in them
  uint64_t second = 0;                       // the second event
  uint64_t uncounted = 0, number = 0;
  [[nodiscard]] static uint64_t sum(const std::array<uint64_t, kClasses>& by_class) {
    uint64_t all = 0;
    for (const uint64_t ns : by_class) all += ns;
    return all;
  }
};
using Uses = std::map<uint32_t, Use>;

void add_pair(Uses& uses, uint32_t id, uint32_t beside, uint32_t siblings, uint64_t ns) {
  auto in = SliceClass::other;
  if (siblings == 1) in = SliceClass::no_sibling;
  else if (beside == SMTSCOPE_ID_UNKNOWN) in = SliceClass::unknown;
  else if (beside == SMTSCOPE_ID_IDLE) in = SliceClass::idle;
  else if (beside == id) in = SliceClass::same;
  if (id == SMTSCOPE_ID_UNKNOWN) in = SliceClass::unknown;
  uses[id].ledger[static_cast<size_t>(in)] += ns;
}

void add(Uses& uses, const Drain& drain) {
  for (const CoreDrain& core : drain.cores) {
    for (const Cell& cell : core.cells) {
      if (cell.kind != SMTSCOPE_CELL_PAIR) continue;
      const uint64_t ns = cell.value << SMTSCOPE_TICK_SHIFT;
      // Of a core of one CPU the other half of the pair is no sibling's.
      if (core.siblings == 1) {
        add_pair(uses, std::max(cell.a, cell.b), SMTSCOPE_ID_IDLE, 1, ns);
        continue;
      }
      add_pair(uses, cell.a, cell.b, 2, ns);
      add_pair(uses, cell.b, cell.a, 2, ns);
    }
    for (const CpuSliceCells& cpu : core.counters) {
      for (const CounterCell& cell : cpu.cells) {
        Use& use = uses[cell.id];
        use.slices[static_cast<size_t>(cell.beside)] += cell.ns;
        use.counted[static_cast<size_t>(cell.beside)] += cell.counts[0];
        use.second += cell.counts[1];
        use.uncounted += cell.uncounted_ns;
        use.number += cell.slices;
      }
    }
  }
}

double ms(uint64_t ns) { return static_cast<double>(ns) * 1e-6; }
double ms_apart(uint64_t a, uint64_t b) { return ms(a) - ms(b); }

// The scheduler program with an event on each CPU, and the drains of some windows.
class CountersTest : public testing::TestWithParam<CountersCase> {
 protected:
  void SetUp() override {
    if (auto reason = cannot_run(); !reason.empty()) GTEST_SKIP() << reason;
  }

  void make(const std::string& siblings, bool queue, uint32_t counters) {
    auto topology = load_topology("/sys", siblings);
    ASSERT_TRUE(topology) << topology.error().what;
    SwitchOptions options;
    options.by = SMTSCOPE_BY_PROCESS;
    options.kthreads_apart = true;
    options.force_queue = queue;
    options.counters = counters;
    auto made = SwitchProbe::make(*topology, options, probe_bpf_features());
    ASSERT_TRUE(made) << made.error().what;
    probe = std::move(*made);
  }

  void open_events() {
    for (uint32_t cpu = 0; cpu < 2; cpu++) {
      for (uint32_t event = 0; event < kEvents; event++) {
        events.push_back(open_cpu_clock(cpu));
        ASSERT_TRUE(events.back()) << errno;
        ASSERT_TRUE(probe->set_counter_fd(event, cpu, events.back().get()));
      }
    }
  }

  void drain_for(int times, std::chrono::milliseconds each) {
    for (int i = 0; i < times; i++) {
      std::this_thread::sleep_for(each);
      last = {};
      ASSERT_TRUE(probe->drain(last));
      add(uses, last);
    }
  }

  std::unique_ptr<SwitchProbe> probe;
  std::vector<Fd> events;
  Uses uses;
  Drain last;
};

// What must hold of each entity; `windows`: how many drains it is made of. A loss is seen at the next switch, or
// earlier by whatever cuts the slice; the ledger's close does not see it: where there were losses, slices know less.
void check_entity(uint32_t id, const Use& use, int windows, uint64_t lost_ns) {
  const std::string who = fmt::format("id {}: ", id);
  const uint64_t ran = Use::sum(use.ledger), sliced = Use::sum(use.slices) + use.uncounted;
  const uint64_t counted = Use::sum(use.counted);
  // A slice is cut where the ledger is, but for the edges of the windows.
  const double edges = 1 + windows * 0.5;
  const double most = id == SMTSCOPE_ID_IDLE ? 50 : edges;
  if (!lost_ns) {
    EXPECT_NEAR(ms(sliced), ms(ran), most) << who << "time of slices and of the ledger";
  } else if (id != SMTSCOPE_ID_UNKNOWN) {
    EXPECT_LE(ms(sliced), ms(ran) + most) << who << "time of slices and of the ledger";
  }
  // The clock of a slice is read up to some hundred ns before its counters.
  EXPECT_NEAR(ms(counted), ms(Use::sum(use.slices)), 0.5 + ms(use.number * 400)) << who << "counted";
  EXPECT_NEAR(ms(use.second), ms(counted), 0.5 + ms(use.number * 200)) << who << "the second event";
  for (const auto clean : {SliceClass::idle, SliceClass::same, SliceClass::other, SliceClass::no_sibling}) {
    const auto at = static_cast<size_t>(clean);
    EXPECT_LE(ms(use.slices[at]), ms(use.ledger[at]) + edges + ms(lost_ns))
        << who << "more clean time than there was: " << at;
  }
}

TEST_P(CountersTest, EntitiesCountWhatTheLedgerSaysTheyRan) {
  const CountersCase& c = GetParam();
  constexpr int kWindows = 3;
  make(c.siblings, c.queue, kEvents);
  if (HasFatalFailure()) return;
  open_events();
  if (HasFatalFailure()) return;
  auto load = start_load(c.load);
  ASSERT_TRUE(load);
  const auto own = [&] { return count_of(events[0]) + count_of(events[kEvents]); };
  const uint64_t before = own();
  ASSERT_TRUE(probe->start());
  const uint64_t begun = own();
  drain_for(kWindows - 1, std::chrono::milliseconds(600));
  std::this_thread::sleep_for(std::chrono::milliseconds(600));
  const uint64_t least = own() - begun;
  drain_for(1, std::chrono::milliseconds(0));
  const uint64_t most = own() - before;
  if (HasFatalFailure()) return;

  uint64_t counted = 0, number = 0;
  std::array<uint64_t, kClasses> by_class{};
  for (const auto& [id, use] : uses) {
    check_entity(id, use, kWindows, last.anomalies.lost_ns);
    EXPECT_EQ(use.uncounted, 0u) << "id " << id;
    counted += Use::sum(use.counted);
    number += use.number;
    for (size_t k = 0; k < kClasses && id != SMTSCOPE_ID_IDLE; k++) by_class[k] += use.slices[k];
  }
  // The sum over entities is what the CPUs counted, but for the slices that an idle CPU has under way at the edges.
  EXPECT_GE(ms(counted), ms(least) - 200) << "sum over entities";
  EXPECT_LE(ms(counted), ms(most) + 200) << "sum over entities";
  uint64_t switches = 0, reads = 0, failed = 0;
  for (const CpuSlices& cpu : last.slices) {
    switches += cpu.switches;
    reads += cpu.reads;
    failed += cpu.failed_reads;
  }
  EXPECT_EQ(failed, 0u);
  EXPECT_EQ(last.slices.size(), 2u);
  EXPECT_GT(switches, 0u);
  EXPECT_GE(reads, number);
  const double busy = ms(Use::sum(by_class));
  std::cout << fmt::format(
      "{:<24}{:>9} switches{:>7.1f} % read; sum {:+.3f} ms from the least own reading, {:.0f}; ms idle {:.0f} same "
      "{:.0f} other {:.0f} "
      "mixed {:.0f} unknown {:.0f} no sibling {:.0f}; tick {}\n",
      c.name, switches, 100. * static_cast<double>(reads) / static_cast<double>(switches), ms_apart(counted, least),
      ms(least), ms(by_class[0]), ms(by_class[1]), ms(by_class[2]), ms(by_class[3]), ms(by_class[4]), ms(by_class[5]),
      probe->choice().tick ? "on" : probe->choice().tick_reason);
  const auto of = [&](SliceClass k) { return ms(by_class[static_cast<size_t>(k)]); };
  if (c.siblings == "0;1") {
    EXPECT_NEAR(of(SliceClass::no_sibling) + of(SliceClass::unknown), busy, 1e-6);
  } else {
    EXPECT_EQ(of(SliceClass::no_sibling), 0);
  }
  if (c.name.ends_with("_hogs")) {
    EXPECT_GT(of(SliceClass::other), 0.3 * busy) << "two hogs beside each other";
  }
  if (c.name.ends_with("_threads")) {
    EXPECT_LT(reads, switches / 4) << "switches within one entity need no reading";
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, CountersTest, testing::ValuesIn(counters_cases()),
                         [](const auto& info) { return info.param.name; });

class CountersMissingTest : public CountersTest {};

TEST_P(CountersMissingTest, WhatCannotBeReadIsTimeWithoutCounts) {
  make("0,1", GetParam().queue, 3);
  if (HasFatalFailure()) return;
  ASSERT_TRUE(probe->start());
  drain_for(1, std::chrono::milliseconds(300));
  uint64_t reads = 0;
  for (const CpuSlices& cpu : last.slices) {
    reads += cpu.reads;
    EXPECT_EQ(cpu.failed_reads, cpu.reads);
    if (cpu.reads) {
      EXPECT_EQ(cpu.error, ENOENT);
    }
  }
  EXPECT_GT(reads, 0u);
  uint64_t uncounted = 0;
  for (const auto& [id, use] : uses) {
    EXPECT_EQ(Use::sum(use.slices) + Use::sum(use.counted), 0u);
    uncounted += use.uncounted;
  }
  EXPECT_GT(uncounted, 0u);
}

// An event that is put in, stopped, taken out: no count of one is taken for one of the other.
TEST_P(CountersMissingTest, EventsComeAndGo) {
  make("0,1", GetParam().queue, 1);
  if (HasFatalFailure()) return;
  auto load = start_load({"hogs", "0,1", "60"});
  ASSERT_TRUE(load);
  ASSERT_TRUE(probe->start());
  const auto window = [&] {
    uses.clear();
    drain_for(1, std::chrono::milliseconds(200));
    uint64_t counted = 0, sliced = 0;
    for (const auto& [id, use] : uses) {
      counted += Use::sum(use.counted);
      sliced += Use::sum(use.slices);
      EXPECT_NEAR(ms(Use::sum(use.counted)), ms(Use::sum(use.slices)), 1) << "id " << id;
    }
    return std::pair(counted, sliced);
  };
  EXPECT_EQ(window().second, 0u);
  for (uint32_t cpu = 0; cpu < 2; cpu++) {
    events.push_back(open_cpu_clock(cpu));
    ASSERT_TRUE(probe->set_counter_fd(0, cpu, events[cpu].get()));
  }
  EXPECT_GT(ms(window().first), 300);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  for (uint32_t cpu = 0; cpu < 2; cpu++) {  // another event, which has counted for less long
    events.push_back(open_cpu_clock(cpu));
    ASSERT_TRUE(probe->set_counter_fd(0, cpu, events.back().get()));
  }
  EXPECT_GT(ms(window().first), 300);
  for (uint32_t cpu = 0; cpu < 2; cpu++) ASSERT_TRUE(probe->set_counter_fd(0, cpu, -1));
  (void)window();
  EXPECT_EQ(window().second, 0u);
  ASSERT_TRUE(probe->set_counter_fd(0, 0, -1)) << "it is out already";
}

INSTANTIATE_TEST_SUITE_P(Variants, CountersMissingTest,
                         testing::Values(CountersCase{"word", {}, "0,1", false},
                                         CountersCase{"queue", {}, "0,1", true}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace smtscope::live
