// SPDX-License-Identifier: Apache-2.0
// Any text as `--siblings`, over a machine with sparse and offline CPUs.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "kernel/topology_reader.h"
#include "unit/topology_rules.h"

namespace smtscope {
namespace {

// CPUs 0 to 23 without every seventh; 10 is offline; two threads a core, labels on some.
Topology machine() {
  Topology topology;
  topology.possible_cpus = 32;
  for (uint32_t id = 0; id < 24; ++id) {
    if (id % 7 == 6) continue;
    Cpu cpu{id, id != 10, false, std::nullopt};
    if (cpu.online) {
      cpu.core = id;
      topology.cores.push_back({id, id / 12, id % 5, id < 8 ? std::optional(0u) : std::nullopt, std::nullopt, {id}});
    }
    topology.cpus.push_back(cpu);
  }
  return topology;
}

void check(std::string_view spec) {
  static const Topology kBase = machine();
  const auto topology = override_siblings(kBase, spec);
  if (!topology) {
    const Error& error = topology.error();
    if (error.kind != ErrorKind::usage || error.what.empty() || error.mend.empty()) abort();
    return;
  }
  if (!test::broken_rule(*topology).empty()) abort();
  if (topology->source != TopologySource::override_ || topology->cpus.size() != kBase.cpus.size()) abort();
}

}  // namespace
}  // namespace smtscope

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  smtscope::check(std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
