// SPDX-License-Identifier: Apache-2.0
// One kind of CPU -> what is counted there. The table says what and with which code, the kernel how a code is written
// and whether it has slots and topdown-*; a model without a table gets instructions and cycles, and top-down if the
// kernel names its events.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "model/counter_plan.h"
#include "model/cpu_pmu.h"
#include "model/result.h"
#include "pmu/code.h"
#include "pmu/microarchitecture.h"

namespace smtscope::pmu {

// Named by the user, and agreed on (second_opinion.h).
struct OwnEvent {
  std::string name;
  Config config;
};

struct Wish {
  Purpose purpose = Purpose::always_on;
  std::set<Topic> without;
  std::vector<OwnEvent> own;
};

// Error, of kind usage: the own events are too many; it says which fit. What else cannot be counted is in the plan,
// with its reason.
[[nodiscard]] Result<CounterPlan> resolve(const CpuKind& kind, const PmuFacts& facts, const Wish& wish = {});

// How a table's event is written on this device, or why it cannot be counted there.
struct FoundEvent {
  Config config;
  Reason reason = Reason::ok;
  std::string why;
};
[[nodiscard]] FoundEvent find_event(const Microarchitecture& table, const Event& event, const PmuDevice& device,
                                    const PmuFacts& facts);

// The device as the kernel shows it on such a machine: what could be planned where there is none.
[[nodiscard]] PmuDevice usual_device(const Microarchitecture& table);

// "Intel family 6 model 106 stepping 6", "Arm implementer 0x41 part 0xd0c r3p1".
[[nodiscard]] std::string identity_text(const CpuIdentity& identity);

}  // namespace smtscope::pmu
