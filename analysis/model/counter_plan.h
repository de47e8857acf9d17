// SPDX-License-Identifier: Apache-2.0
// Which hardware events one kind of CPU counts, and in which groups: what the rows of Reading::cpu_counter mean.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/metric.h"

namespace smtscope {

struct CounterEvent {
  std::string name;       // as the formulas of analysis/topdown spell it: "inst_retired.any"
  uint32_t pmu_type = 0;  // perf_event_attr.type
  uint64_t config = 0;
  uint64_t config1 = 0;
  uint64_t config2 = 0;
  uint32_t group = 0;          // events of one group are opened and read together; the first leads
  Reason reason = Reason::ok;  // not ok: not counted
  std::string why;             // ... for people
  bool operator==(const CounterEvent&) const = default;
};

// A count that is not measured but follows from others, as an expression of analysis/topdown (names of events, + - *).
struct DerivedCount {
  std::string name;        // as the formulas spell it: "stall_slot"
  std::string expression;  // "stall_slot_frontend + stall_slot_backend"
  bool operator==(const DerivedCount&) const = default;
};

// Events with a reason are not counted; their `group` means nothing. The others are in order of their groups. An event
// may be in several groups: a metric is computed from one group if that has all it needs.
struct CounterPlan {
  std::string microarchitecture;  // id of its table: "icx"; empty: unknown model
  std::string title;              // "Ice Lake server"
  std::string pmu;                // device below /sys/bus/event_source/devices
  std::string dialect;            // of the top-down formulas; empty: none
  uint32_t slots_per_cycle = 0;   // 0: no slots
  std::vector<uint32_t> cpus;     // ascending
  std::vector<CounterEvent> events;
  std::vector<DerivedCount> derived;  // what is derived makes no check: closure is not known where it takes part
  // Indexes in `events`, of one group, which never takes turns; also read at the scheduler switch. None: this machine
  // has no such event.
  std::optional<uint32_t> instructions, cycles, ref_cycles;
  std::vector<std::string> remarks;  // what is measured less fully than it could be, and why
  bool operator==(const CounterPlan&) const = default;
};

}  // namespace smtscope
