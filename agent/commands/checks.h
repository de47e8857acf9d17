// SPDX-License-Identifier: Apache-2.0
// What `doctor` looks at: the machine as the main job meets it, as checks with a state, a reason and a mend.
#pragma once

#include <optional>
#include <vector>

#include "commands/options.h"
#include "kernel/host_facts.h"
#include "kernel/privileges.h"
#include "pipeline/grouping.h"
#include "views/doctor_view.h"

namespace smtscope {

struct Machine {
  Roots roots;
  HostFacts host;
  Result<Topology> topology;
  Result<Grouping> grouping;
  Result<> clock;
  Result<Privileges> privileges;
  BpfFeatures features;
  std::optional<Result<>> may_load;  // none: nothing was loaded to find out
};

// Looks around in the order of Session::open. Without `loads` no bpf call is made that loads or creates anything.
[[nodiscard]] Machine look_around(const MeasureOptions& options, const Roots& roots, bool loads);

// The first thing, in that order, without which the main job cannot run; none: only loading can tell more.
[[nodiscard]] std::optional<Error> what_stops(const Machine& machine);

// Conditions, those first that the main job cannot do without.
[[nodiscard]] std::vector<Check> check_conditions(const Machine& machine);

// Collectors when the program of this choice was loaded, with the bytes of its maps.
[[nodiscard]] std::vector<Check> check_collectors(const Machine& machine, const SwitchChoice& choice,
                                                  uint64_t map_bytes);
// ... and when `error` stops them.
[[nodiscard]] std::vector<Check> check_collectors(const Machine& machine, const Error& error);

// Why the queue variant and not the state word; empty for the word.
[[nodiscard]] std::string why_queue(const Machine& machine, const SwitchChoice& choice);

}  // namespace smtscope
