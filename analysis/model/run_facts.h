// SPDX-License-Identifier: Apache-2.0
// What is said once about a run of measurements: which program, which node, what it does not measure.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "model/topology.h"

namespace smtscope {

// One line of "not measured": what, and why in plain words.
struct NotMeasured {
  std::string what;
  std::string why;
  bool operator==(const NotMeasured&) const = default;
};

// What is exported as itself; the rest adds to `other`.
struct ExportLimits {
  uint32_t entities = 200;  // beside kernel and other
  uint32_t pairs = 50;      // beside the pair of other with itself
  bool operator==(const ExportLimits&) const = default;
};

struct RunFacts {
  uint64_t started_unix_ns = 0;  // of the process: another one is another run, whose totals begin anew
  std::string version;           // of smtscope
  std::string architecture;      // as uname says it: "x86_64"
  uint64_t interval_ns = 0;      // between the ticks of the grid
  HostFacts host;
  std::string grouping;  // "cgroup v2", "cgroup v1 (cpu)", "process": how entities were chosen
  std::vector<NotMeasured> not_measured;
  ExportLimits limits;
  uint64_t most_series = 0;
  std::vector<std::pair<std::string, std::string>> node_attributes;  // OpenTelemetry name, value: of every destination
  bool operator==(const RunFacts&) const = default;
};

}  // namespace smtscope
