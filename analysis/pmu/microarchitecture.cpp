// SPDX-License-Identifier: Apache-2.0
#include "pmu/microarchitecture.h"

#include <algorithm>

namespace smtscope::pmu {

std::string_view topic_word(Topic topic) {
  switch (topic) {
    case Topic::topdown: return "top-down";
    case Topic::core: return "the core's clocks";
    case Topic::numa: return "NUMA";
    case Topic::misses: return "misses";
    case Topic::stores: return "stores";
  }
  return "";
}

const Event* Microarchitecture::find(std::string_view name) const {
  const auto at = std::find_if(events.begin(), events.end(), [&](const Event& event) { return event.name == name; });
  return at == events.end() ? nullptr : &*at;
}

bool Microarchitecture::fits(const CpuIdentity& identity, std::string_view pmu_device) const {
  if (identity.vendor != vendor) return false;
  if (vendor == CpuVendor::arm)
    return identity.implementer() == implementer && identity.part() == part && identity.revision() >= revisions.first &&
           identity.revision() <= revisions.last;
  return identity.family == family && (device.empty() || device == pmu_device) &&
         identity.stepping >= steppings.first && identity.stepping <= steppings.last &&
         std::any_of(models.begin(), models.end(),
                     [&](const Range& range) { return identity.model >= range.first && identity.model <= range.last; });
}

const std::vector<Microarchitecture>& microarchitectures() {
  static const std::vector<Microarchitecture> all = [] {
    std::vector<Microarchitecture> out;
    for (auto* family :
         {intel_skylake, intel_icelake, intel_sapphire_rapids, intel_gracemont, amd_zen2, amd_zen4, arm_neoverse})
      for (Microarchitecture& one : family()) out.push_back(std::move(one));
    return out;
  }();
  return all;
}

const Microarchitecture* find_microarchitecture(const CpuIdentity& identity, std::string_view pmu_device) {
  for (const Microarchitecture& one : microarchitectures())
    if (one.fits(identity, pmu_device)) return &one;
  return nullptr;
}

}  // namespace smtscope::pmu
