// SPDX-License-Identifier: Apache-2.0
#include "derive/counter_numa.h"

#include <algorithm>
#include <array>

namespace smtscope {
namespace {

// Retired demand loads that missed the last cache (Intel), fills of the data cache (AMD: near and far NUMA node), reads
// to the core with prefetch (Intel offcore). Remote is the sum of those that the machine has.
struct NumaSource {
  std::string_view source;
  std::string_view local;
  std::vector<std::string_view> remote;
};

const std::array<NumaSource, 4>& sources() {
  static const std::array<NumaSource, 4> all = {{
      {"hw_core",
       "mem_load_l3_miss_retired.local_dram",
       {"mem_load_l3_miss_retired.remote_dram", "mem_load_l3_miss_retired.remote_hitm",
        "mem_load_l3_miss_retired.remote_fwd", "mem_load_l3_miss_retired.remote_pmm",
        "mem_load_l3_miss_retired.remote_cxl_mem"}},
      {"hw_core", "ls_any_fills_from_sys.dram_io_near", {"ls_any_fills_from_sys.dram_io_far"}},
      {"hw_core", "ls_refills_from_sys.lcl_dram", {"ls_refills_from_sys.rmt_dram"}},
      {"hw_offcore", "ocr.reads_to_core.local_dram", {"ocr.reads_to_core.remote_dram"}},
  }};
  return all;
}

// The first reading of an event that has a value; nullopt: the plan does not want it on this machine.
std::optional<Counted> find_count(const CounterGroup& group, std::string_view name) {
  std::optional<Counted> found;
  for (size_t i = 0; i < group.events.size(); i++) {
    const CounterEvent& event = group.plan->events[i];
    if (event.name != name || event.reason == Reason::not_applicable) continue;
    if (!found || !found->value) found = group.events[i];
  }
  return found;
}

}  // namespace

std::vector<NumaAccesses> numa_accesses(const CounterGroup& group) {
  std::vector<NumaAccesses> out;
  for (const NumaSource& one : sources()) {
    const auto local = find_count(group, one.local);
    Counted remote{0.0, Reason::ok, 1};
    bool any = false;
    for (const std::string_view name : one.remote) {
      const auto count = find_count(group, name);
      if (!count) continue;
      any = true;
      remote.running = std::min(remote.running, count->running);
      if (!count->value && remote.value) remote = *count;  // part of a sum is not the sum
      else if (remote.value) *remote.value += *count->value;
    }
    if (local && any) out.push_back({one.source, *local, remote});
  }
  return out;
}

}  // namespace smtscope
