// SPDX-License-Identifier: Apache-2.0
#include "pipeline/counter_planning.h"

#include <algorithm>

#include "kernel/no_counters.h"
#include "kernel/pmu_devices.h"
#include "pmu/resolve.h"

namespace smtscope {
namespace {

bool counts(const CounterPlan& plan, const std::optional<uint32_t>& event) {
  return event && plan.events[*event].reason == Reason::ok;
}

}  // namespace

Result<std::vector<CounterPlan>> plan_counters(const std::string& sys_root, const std::string& proc_root) {
  const auto inventory = read_pmu_inventory(sys_root, proc_root);
  if (!inventory) return Failure(inventory.error());
  std::vector<CounterPlan> plans;
  for (const CpuKind& kind : inventory->kinds) {
    if (!kind.device) continue;
    auto plan = pmu::resolve(kind, inventory->facts);
    if (!plan) return Failure(plan.error());
    plans.push_back(std::move(*plan));
  }
  if (!plans.empty()) return plans;
  return fail(ErrorKind::unsupported, why_no_counters(*inventory, sys_root, proc_root),
              "in a virtual machine: ask for a virtual PMU; smtscope pmu says what would be counted");
}

uint32_t counters_at_switch(const std::vector<CounterPlan>& plans) {
  const auto all = [&](auto which) {
    return std::all_of(plans.begin(), plans.end(), [&](const CounterPlan& plan) { return counts(plan, plan.*which); });
  };
  if (plans.empty() || !all(&CounterPlan::instructions) || !all(&CounterPlan::cycles)) return 0;
  return all(&CounterPlan::ref_cycles) ? 3 : 2;
}

}  // namespace smtscope
