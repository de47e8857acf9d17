// SPDX-License-Identifier: Apache-2.0
// Every group of a plan on every CPU of it: opened, read, and opened anew when CPUs go and come.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kernel/perf_group.h"
#include "kernel/pmu_selftest.h"
#include "model/counter_plan.h"
#include "model/result.h"
#include "model/topology.h"

namespace smtscope {

// One event on one CPU: cumulative since the start, over all descriptors that it had.
struct CounterReading {
  PerfCount count;
  Quality quality;  // of what came since the read before; `changed`, `stale`: something is missing in it
};

struct CpuReading {
  uint32_t cpu = 0;
  uint64_t at_ns = 0;                  // CLOCK_MONOTONIC after the last group
  std::vector<CounterReading> events;  // as in the plan
};

class CpuCounters {
 public:
  // Opens and enables all that the plan wants and the kernel gives. An event with a reason is not opened, nor is one
  // whose group is refused. Error: nothing at all could be opened, why.
  static Result<CpuCounters> open(CounterPlan plan, const Topology& topology, PerfMode mode, PerfRules rules);

  // Reads the CPUs of the plan that are online and `wanted`. A read interrupts its CPU: an idle one counts nothing,
  // so whoever knows that it is idle leaves it out. `out` gets them in ascending order.
  void read(const std::function<bool(uint32_t cpu)>& wanted, std::vector<CpuReading>& out);

  // Closes what went offline, opens what came. Returns the CPUs that are counted from now on: test them.
  std::vector<uint32_t> follow(const Topology& topology);

  // What the plan says and the kernel thinks of it: an event that could be opened nowhere has its reason and why.
  [[nodiscard]] const CounterPlan& plan() const { return plan_; }
  // Descriptor of an event on a CPU, for a BPF_MAP_TYPE_PERF_EVENT_ARRAY; -1: it has none. Valid as long as
  // generation() of the CPU stays.
  [[nodiscard]] int fd(uint32_t cpu, size_t event) const;
  // Raised whenever descriptors of this CPU were closed or opened; read() does so for those that it finds stale.
  [[nodiscard]] uint32_t generation(uint32_t cpu) const;
  // Why an event has no count on a CPU; empty: it has one.
  [[nodiscard]] std::string why(uint32_t cpu, size_t event) const;
  // The self-test on a CPU that is open: at the start, and for every CPU that follow() returns or whose generation
  // rose. What it finds wrong is refused, what it finds right no longer. Its groups rest meanwhile. The thread
  // must be allowed to run there: an error says that nothing was tested, and changes nothing. The verdicts, for those
  // who take them for other CPUs of the kind too; empty: the CPU is not open.
  Result<std::vector<SelftestVerdict>> test(uint32_t cpu);
  // The event is not to be believed on this CPU (the self-test says so): its readings get this reason until another
  // verdict comes; `ok` takes it back. It stays open, for the other members of its group.
  void refuse(uint32_t cpu, size_t event, Reason reason, std::string why);
  // Whether it is refused there; ok: no.
  [[nodiscard]] Reason refused(uint32_t cpu, size_t event) const;

 private:
  struct Group {
    std::vector<uint32_t> events;    // indexes in the plan
    std::optional<PerfGroup> group;  // none: refused
  };
  struct Event {
    PerfCount raw;               // as the descriptor said last
    PerfCount total;             // as published, over all descriptors; never goes back
    Reason reason = Reason::ok;  // not opened, or not to be read
    std::string why;
    Reason refused = Reason::ok;  // by the self-test
    std::string refused_why;
  };
  struct PerCpu {
    std::vector<Group> groups;
    std::vector<Event> events;
    uint64_t read_ns = 0;    // CLOCK_MONOTONIC of the last read, or of the opening
    uint64_t rested_ns = 0;  // of the time since then the groups were disabled, for a test
    uint32_t generation = 0;
    bool online = false;
    Reason gap = Reason::ok;  // the next reading misses something, and why
  };

  CpuCounters(CounterPlan plan, PerfMode mode, PerfRules rules);
  bool open_cpu(uint32_t cpu, PerCpu& state);
  void close_cpu(PerCpu& state);
  void open_group(uint32_t cpu, PerCpu& state, Group& group);
  void note_refusals();
  void read_group(Group& group, PerCpu& state, uint64_t elapsed_ns, CpuReading& out, bool& stale);
  void read_cpu(uint32_t cpu, PerCpu& state, CpuReading& out);

  CounterPlan plan_;
  PerfMode mode_;
  PerfRules rules_;
  std::map<uint32_t, PerCpu> cpus_;
  std::optional<Error> first_error_;
  std::vector<PerfCount> counts_;  // of one group, while it is read
};

}  // namespace smtscope
