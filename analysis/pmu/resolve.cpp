// SPDX-License-Identifier: Apache-2.0
#include "pmu/resolve.h"

#include <fmt/format.h>

#include <algorithm>

#include "pmu/planner.h"

namespace smtscope::pmu {
namespace {

constexpr uint32_t kTypeHardware = 0;  // PERF_TYPE_HARDWARE
constexpr uint64_t kHardwareCycles = 0, kHardwareInstructions = 1;

std::string device_name(const CpuKind& kind) { return kind.device ? kind.device->name : ""; }

CounterPlan titled(const CpuKind& kind, const Microarchitecture* table) {
  CounterPlan out;
  if (table) out.microarchitecture = table->id;
  out.title = table ? std::string(table->title) : "unknown model: " + identity_text(kind.identity);
  out.pmu = device_name(kind);
  out.cpus = kind.cpus;
  return out;
}

CounterPlan without_device(const CpuKind& kind, const Microarchitecture* table) {
  CounterPlan out = titled(kind, table);
  out.remarks.emplace_back("the kernel offers no counters of these CPUs");
  return out;
}

// slots and the four metrics, if the kernel has all of them: also on machines younger than the tables.
void add_metrics(const PmuDevice& device, CounterPlan& out) {
  static constexpr const char* kNames[] = {"slots", "topdown-retiring", "topdown-bad-spec", "topdown-fe-bound",
                                           "topdown-be-bound"};
  std::vector<CounterEvent> events;
  for (const char* name : kNames) {
    const auto file = device.events.find(name);
    if (file == device.events.end()) return;
    const auto terms = parse_terms(file->second);
    const auto config = terms ? place(*terms, device.format) : Failure(terms.error());
    if (!config) {
      out.remarks.push_back(fmt::format("no top-down metrics: {}: {}", name, config.error().what));
      return;
    }
    events.push_back({.name = name,
                      .pmu_type = device.type,
                      .config = config->config,
                      .config1 = config->config1,
                      .config2 = config->config2,
                      .group = 1,
                      .why = {}});
  }
  out.events.insert(out.events.end(), events.begin(), events.end());
  out.dialect = "perf_metrics_sum";
}

CounterPlan generic(const CpuKind& kind, const PmuFacts& facts) {
  CounterPlan out = titled(kind, nullptr);
  // With more than one PMU of CPUs the kernel must be told which is meant.
  const uint64_t which = facts.core_pmus > 1 ? static_cast<uint64_t>(kind.device->type) << 32 : 0;
  out.events = {{.name = "instructions", .pmu_type = kTypeHardware, .config = which | kHardwareInstructions, .why = {}},
                {.name = "cycles", .pmu_type = kTypeHardware, .config = which | kHardwareCycles, .why = {}}};
  out.instructions = 0;
  out.cycles = 1;
  out.remarks.push_back(
      fmt::format("no table for {}: instructions and cycles as the kernel has them", identity_text(kind.identity)));
  add_metrics(*kind.device, out);
  return out;
}

Result<> refuse_own_of_unknown(const Wish& wish, const CounterPlan& plan) {
  if (wish.own.empty()) return {};
  return fail(ErrorKind::unsupported, fmt::format("no events of one's own on {}", plan.title),
              "its counters are not known, so neither is what fits");
}

}  // namespace

Result<CounterPlan> resolve(const CpuKind& kind, const PmuFacts& facts, const Wish& wish) {
  const Microarchitecture* table = find_microarchitecture(kind.identity, device_name(kind));
  if (!kind.device) return without_device(kind, table);
  if (table) return Planner(*table, kind, facts, wish).plan(titled(kind, table));
  CounterPlan out = generic(kind, facts);
  if (const auto own = refuse_own_of_unknown(wish, out); !own) return Failure(own.error());
  return out;
}

FoundEvent find_event(const Microarchitecture& table, const Event& event, const PmuDevice& device,
                      const PmuFacts& facts) {
  const auto refused = [](Reason reason, std::string why) { return FoundEvent{{}, reason, std::move(why)}; };
  if (event.whole_core && !facts.may_count_cpus)
    return refused(Reason::permission, "it counts both threads of the core, which needs CAP_PERFMON");
  const auto file = device.events.find(std::string(event.name));
  const bool listed = file != device.events.end();
  const bool basic = event.name == table.instructions || event.name == table.cycles;
  if (!listed && (!event.code || (event.listed && !(basic && device.events.empty()))))
    return refused(Reason::unsupported,
                   fmt::format("the kernel does not list {} in events/ of {}", event.name, device.name));
  Result<Terms> terms = event.code ? terms_of(table.vendor, *event.code) : parse_terms(file->second);
  if (!terms) return refused(Reason::unsupported, terms.error().what);
  if (!event.extra_field.empty()) terms->emplace(event.extra_field, event.extra);
  const auto config = place(*terms, device.format);
  if (!config) return refused(Reason::unsupported, config.error().what);
  if (event.code && event.listed && listed) {
    const auto kernels = parse_terms(file->second);
    const auto theirs = kernels ? place(*kernels, device.format) : Failure(kernels.error());
    if (!theirs || *theirs != *config)
      return refused(Reason::implausible, fmt::format("the kernel writes {} as \"{}\", the table as {:#x}", event.name,
                                                      file->second, *event.code));
  }
  return {*config, Reason::ok, {}};
}

PmuDevice usual_device(const Microarchitecture& table) {
  PmuDevice out;
  out.name = table.device.empty() ? "cpu" : table.device;
  out.type = 4;  // PERF_TYPE_RAW
  if (table.vendor == CpuVendor::arm) {
    out.name = "armv8_pmuv3_0";
    out.type = 8;
    out.format = {{"event", "config:0-15"}};
    for (const Event& event : table.events)
      if (event.listed) out.events.emplace(event.name, fmt::format("event={:#06x}", *event.code));
    return out;
  }
  if (table.vendor == CpuVendor::amd) {
    out.format = {{"event", "config:0-7,32-35"},
                  {"umask", "config:8-15"},
                  {"edge", "config:18"},
                  {"inv", "config:23"},
                  {"cmask", "config:24-31"}};
    return out;
  }
  out.format = {{"event", "config:0-7"}, {"umask", "config:8-15"},  {"edge", "config:18"},
                {"inv", "config:23"},    {"cmask", "config:24-31"}, {"offcore_rsp", "config1:0-63"}};
  if (table.find("slots") == nullptr && table.find("topdown_retiring.all") == nullptr) out.format["any"] = "config:21";
  static constexpr const char* kMetrics[] = {"topdown-retiring",  "topdown-bad-spec",  "topdown-fe-bound",
                                             "topdown-be-bound",  "topdown-heavy-ops", "topdown-br-mispredict",
                                             "topdown-fetch-lat", "topdown-mem-bound"};
  if (table.find("slots")) out.events.emplace("slots", "event=0x00,umask=0x4");
  unsigned umask = 0x80;
  for (const char* name : kMetrics)
    if (table.find(name)) out.events.emplace(name, fmt::format("event=0x00,umask={:#x}", umask++));
  return out;
}

std::string identity_text(const CpuIdentity& identity) {
  const auto x86 = [&](const char* vendor) {
    return fmt::format("{} family {} model {} stepping {}", vendor, identity.family, identity.model, identity.stepping);
  };
  switch (identity.vendor) {
    case CpuVendor::intel: return x86("Intel");
    case CpuVendor::amd: return x86("AMD");
    case CpuVendor::arm:
      return fmt::format("Arm implementer {:#04x} part {:#05x} r{}p{}", identity.implementer(), identity.part(),
                         identity.revision() >> 4, identity.revision() & 0xf);
    case CpuVendor::unknown: return "a CPU that does not say what it is";
  }
  return "";
}

}  // namespace smtscope::pmu
