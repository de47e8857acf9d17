// SPDX-License-Identifier: Apache-2.0
// The scheduler program against its own clock readings: every change of state that it logged, swept offline,
// must give what its ledgers say. What is left is the joint state machine, the ledger and the close alone.
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>
#include <thread>

#include "audit/sweep.h"
#include "harness.h"
#include "kernel/bpf_features.h"
#include "kernel/switch_probe.h"
#include "kernel/topology_reader.h"

namespace smtscope::live {
namespace {

using audit::Who;

struct Case {
  std::string name;
  std::vector<std::string> load;  // arguments of tests/load; none: idle
  std::string siblings = "0,1";
  bool queue = false;
  int drains = 1;          // windows in a row; the log must fit all of them
  bool impatient = false;  // queue variant: one pop, so that updates are given up wherever siblings meet
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

std::vector<Case> cases() {
  std::vector<Case> all;
  for (bool queue : {false, true}) {
    const std::string variant = queue ? "queue_" : "word_";
    all.push_back({variant + "pingpong_processes", {"pingpong", "0,1", "60", "--processes"}, "0,1", queue, 2});
    all.push_back({variant + "pingpong_threads", {"pingpong", "0,1", "60", "--threads"}, "0,1", queue, 2});
    all.push_back({variant + "mixed", {"mixed", "60", "--tasks", "6"}, "0,1", queue, 3});
    all.push_back({variant + "idle", {}, "0,1", queue, 1});
    all.push_back({variant + "no_siblings", {"mixed", "60", "--tasks", "6"}, "0;1", queue, 2});
  }
  all.push_back({"queue_given_up", {"pingpong", "0,1", "60", "--processes"}, "0,1", true, 2, true});
  return all;
}

// A ledger's kernel-side id in the words of the sweep.
Who who(uint32_t id) {
  if (id == SMTSCOPE_ID_IDLE) return audit::kIdle;
  return id == SMTSCOPE_ID_UNKNOWN ? audit::kUnknown : id;
}

// The changes in order of time, from slots that are the topology's cores. One that ends unknown time comes before
// another of the same moment: an update that a sibling had given up is put in by whoever ends the state.
std::vector<audit::Change> read_log(int fd, const Topology& topology) {
  struct To {
    const Topology& topology;
    std::vector<audit::Change> all;
  } to{topology, {}};
  auto keep = [](void* context, void* data, size_t) {
    const auto* r = static_cast<const smtscope_log_record*>(data);
    auto& [known, all] = *static_cast<To*>(context);
    const uint32_t cpu = known.cores.at(r->core).cpus.at(r->sibling);
    all.push_back({r->now << SMTSCOPE_TICK_SHIFT, cpu, who(r->id), r->unknown != 0});
    return 0;
  };
  std::unique_ptr<ring_buffer, decltype(&ring_buffer__free)> ring(ring_buffer__new(fd, keep, &to, nullptr),
                                                                  ring_buffer__free);
  if (!ring || ring_buffer__consume(ring.get()) < 0) return {};
  std::ranges::stable_sort(to.all, {}, [](const audit::Change& c) { return std::pair(c.ns, !c.lost_before); });
  return to.all;
}

// States and pairs of a core of one or two siblings, straight from its cells, in ns.
struct Ledger {
  uint64_t idle = 0, single = 0, all_busy = 0, unknown = 0;
  std::map<std::pair<Who, Who>, uint64_t> pairs;
};

Ledger ledger_of(const CoreDrain& core) {
  Ledger l;
  for (const Cell& cell : core.cells) {
    if (cell.kind != SMTSCOPE_CELL_PAIR) continue;
    const uint64_t ns = cell.value << SMTSCOPE_TICK_SHIFT;
    const Who a = who(cell.a), b = who(cell.b);
    if (a == audit::kUnknown || b == audit::kUnknown) l.unknown += ns;
    else if (a == audit::kIdle && b == audit::kIdle) l.idle += ns;
    else if (a == audit::kIdle || b == audit::kIdle) l.single += ns;
    else l.all_busy += ns;
    if (a != audit::kIdle && b != audit::kIdle && a != audit::kUnknown && b != audit::kUnknown)
      l.pairs[std::minmax(a, b)] += ns;
  }
  return l;
}

double apart(uint64_t a, uint64_t b) { return static_cast<double>(a) - static_cast<double>(b); }

// How far apart the ledger and a sweep are, ns.
struct Apart {
  double state = 0;
  double pair = 0;
};

Apart apart(const Ledger& l, const audit::CoreTimes& t) {
  Apart worst;
  for (double d :
       {apart(l.idle, t.idle), apart(l.single, t.single), apart(l.all_busy, t.all_busy), apart(l.unknown, t.unknown)}) {
    if (std::abs(d) > std::abs(worst.state)) worst.state = d;
  }
  auto pairs = t.pairs;
  for (const auto& [pair, ns] : l.pairs) pairs.try_emplace(pair, 0);
  for (const auto& [pair, ns] : pairs) {
    const auto mine = l.pairs.find(pair);
    const double d = apart(mine == l.pairs.end() ? 0 : mine->second, ns);
    if (std::abs(d) > std::abs(worst.pair)) worst.pair = d;
  }
  return worst;
}

class OwnClockTest : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    if (auto reason = cannot_run(); !reason.empty()) GTEST_SKIP() << reason;
  }
};

TEST_P(OwnClockTest, LedgersEqualTheReplayOfTheLog) {
  const Case& c = GetParam();
  auto topology = load_topology("/sys", c.siblings);
  ASSERT_TRUE(topology) << topology.error().what;
  SwitchOptions options;
  options.by = SMTSCOPE_BY_PROCESS;
  options.kthreads_apart = true;
  options.force_queue = c.queue;
  if (c.impatient) options.queue_tries = 1;
  options.log_bytes = 1u << 28;
  auto probe = SwitchProbe::make(*topology, options, probe_bpf_features());
  ASSERT_TRUE(probe) << probe.error().what;
  ASSERT_EQ((*probe)->choice().variant, c.queue ? SwitchVariant::queue : SwitchVariant::word);
  std::vector<Process> running;
  if (!c.load.empty()) {
    auto load = start_load(c.load);
    ASSERT_TRUE(load);
    running.push_back(std::move(*load));
  }
  ASSERT_TRUE((*probe)->start());
  std::vector<Drain> drains(static_cast<size_t>(c.drains));
  for (Drain& drain : drains) {
    std::this_thread::sleep_for(std::chrono::milliseconds(700));
    ASSERT_TRUE((*probe)->drain(drain));
  }
  running.clear();
  const auto log = read_log((*probe)->change_log_fd(), *topology);
  ASSERT_FALSE(log.empty());
  ASSERT_EQ((*probe)->change_log_dropped(), 0u);

  for (const Drain& drain : drains) {
    for (const CoreDrain& core : drain.cores) {
      const Core* known = topology->find_core(core.core_id);
      ASSERT_NE(known, nullptr);
      const double window = apart(core.end_ns, core.start_ns);
      const Ledger l = ledger_of(core);
      const auto replay =
          audit::sweep(log, {known->cpus, core.start_ns, core.end_ns}, audit::LostRule::since_joint_change);
      ASSERT_TRUE(replay);
      const Apart d = apart(l, *replay);
      std::cout << fmt::format(
          "{:<26} core {} {:.3f} s {:>8} changes, {} lost: state {:.0f} ns, pair {:.0f} ns apart, "
          "unknown {:.6f} s\n",
          c.name, core.core_id, window * 1e-9, replay->changes, replay->lost, d.state, d.pair,
          static_cast<double>(l.unknown) * 1e-9);
      EXPECT_EQ(l.idle + l.single + l.all_busy + l.unknown, core.end_ns - core.start_ns);
      EXPECT_LE(std::abs(d.state), 1e-6 * window);
      EXPECT_LE(std::abs(d.pair), 1e-5 * window);
    }
    // A virtual CPU that is stopped while it holds the queue makes its sibling give up; the replay above allows for it.
    if (!c.queue) {
      EXPECT_EQ(drain.anomalies.contended, 0u);
    }
    if (c.impatient) {
      EXPECT_GT(drain.anomalies.contended, 0u);
    }
    EXPECT_EQ(drain.anomalies.pairs_dropped, 0u);
  }
  for (size_t i = 1; i < drains.size(); i++) {
    for (const CoreDrain& core : drains[i].cores) {
      for (const CoreDrain& before : drains[i - 1].cores) {
        if (before.core_id == core.core_id) {
          EXPECT_EQ(before.end_ns, core.start_ns);
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, OwnClockTest, testing::ValuesIn(cases()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace smtscope::live
