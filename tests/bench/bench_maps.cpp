// SPDX-License-Identifier: Apache-2.0
// Bytes of maps for this machine's possible CPUs, as the kernel charges them: bench_maps
#include <fmt/format.h>

#include "kernel/switch_object.h"
#include "kernel/topology_reader.h"
#include "program_stats.h"

namespace {

int run() {
  using smtscope::Failure;
  using smtscope::Result;
  using smtscope::SwitchObject;
  using smtscope::SwitchVariant;
  auto topology = smtscope::load_topology("/sys", {});
  if (!topology) {
    fmt::print(stderr, "{}\n", topology.error().what);
    return 1;
  }
  const smtscope::BpfFeatures features = smtscope::probe_bpf_features();
  const auto choice = smtscope::choose_switch(features, *topology, {});
  if (!choice) {
    fmt::print(stderr, "{}\n", choice.error().what);
    return 1;
  }
  const uint32_t before = smtscope::bench::newest_map();
  auto object = SwitchObject::open(*topology, {}, *choice);
  const auto loaded = object ? object->load() : Result<>(Failure(object.error()));
  if (!loaded) {
    fmt::print(stderr, "{}\n", loaded.error().what);
    return 1;
  }
  uint64_t total = 0;
  fmt::print("{:<18}{:>12}\n", "map", "bytes");
  for (const auto& map : smtscope::bench::read_maps(before)) {
    fmt::print("{:<18}{:>12}\n", map.name, map.bytes);
    total += map.bytes;
  }
  fmt::print("{:<18}{:>12}   possible CPUs {}, variant {}\n", "total", total, topology->possible_cpus,
             choice->variant == SwitchVariant::word ? "word" : "queue");
  return 0;
}

}  // namespace

int main() { return run(); }
