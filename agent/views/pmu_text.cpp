// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "pmu/resolve.h"
#include "views/pmu_view.h"
#include "views/text_format.h"
#include "views/text_table.h"

namespace smtscope {
namespace {

constexpr size_t kColumns = 80;
constexpr size_t kNameColumns = 44;

std::string sentence(const std::string& text, size_t indent = 4) {
  const std::string start(indent - 2, ' ');
  return text::wrap(start + text::clean(text), kColumns, indent) + (text.empty() ? "\n" : "");
}

// "0-3,8".
std::string cpu_list(const std::vector<uint32_t>& cpus) {
  std::string out;
  for (size_t i = 0; i < cpus.size();) {
    size_t last = i;
    while (last + 1 < cpus.size() && cpus[last + 1] == cpus[last] + 1) ++last;
    out += (out.empty() ? "" : ",") + std::to_string(cpus[i]);
    if (last > i) out += "-" + std::to_string(cpus[last]);
    i = last + 1;
  }
  return out;
}

std::string yes_no(const std::optional<bool>& value) { return !value ? "not known" : *value ? "on" : "off"; }

std::string facts_lines(const PmuView& view) {
  const PmuFacts& facts = view.facts;
  const std::string paranoid = facts.paranoid ? std::to_string(*facts.paranoid) : "not known";
  std::string out = fmt::format("  SMT {}, NMI watchdog {}{}\n", yes_no(facts.smt_active), yes_no(facts.nmi_watchdog),
                                facts.nmi_watchdog == false ? "" : " (holds a counter of each CPU)");
  out += fmt::format("  perf_event_paranoid {}: CPUs may {}be counted\n", paranoid, facts.may_count_cpus ? "" : "not ");
  return out;
}

std::string config_text(uint64_t config, uint64_t config1) {
  return config1 ? fmt::format("{:#x}, {:#x}", config, config1) : fmt::format("{:#x}", config);
}

std::string what_of(const PmuKindView& view, const std::string& name) {
  const pmu::Event* event = view.table ? view.table->find(name) : nullptr;
  return event ? std::string(event->what) : std::string();
}

std::string group_lines(const PmuKindView& view) {
  std::string out;
  std::optional<uint32_t> group;
  for (const CounterEvent& event : view.plan.events) {
    if (event.reason != Reason::ok) continue;
    if (group != event.group) out += fmt::format("  group {}\n", event.group + 1);
    group = event.group;
    out += "    " + text::left(event.name, kNameColumns) + "  " + config_text(event.config, event.config1) + "\n";
    if (const std::string what = what_of(view, event.name); !what.empty())
      out += text::wrap("      " + what, kColumns, 8);
  }
  return out;
}

std::string missing_lines(const CounterPlan& plan) {
  std::string out;
  for (const CounterEvent& event : plan.events) {
    if (event.reason == Reason::ok) continue;
    if (out.empty()) out = "  not counted\n";
    out += text::wrap(
        fmt::format("    {} ({}): {}", text::clean(event.name), reason_word(event.reason), text::clean(event.why)),
        kColumns, 6);
  }
  return out;
}

std::string opinion_lines(const pmu::Opinion& opinion) {
  const auto code = [](const std::optional<uint64_t>& value, const std::optional<std::string>& name) {
    if (!name) return std::string("not known");
    return value ? fmt::format("{:#x} ({})", *value, *name) : fmt::format("by the kernel ({})", *name);
  };
  std::string out = "  " + text::clean(opinion.asked) + "\n";
  out += "    our table  " + code(opinion.table_code, opinion.table_name) + "\n";
  out += "    libpfm4    " + code(opinion.library_code, opinion.library_name) + "\n";
  if (!opinion.event)
    return out + text::wrap("    not counted: " + text::clean(opinion.why) +
                                (opinion.nearest.empty() ? "" : "; did you mean " + opinion.nearest + "?"),
                            kColumns, 6);
  const pmu::Config& config = opinion.event->config;
  const char* judged = "only one of them knows it";
  if (opinion.verdict == pmu::Verdict::agree) judged = "they agree";
  if (opinion.verdict == pmu::Verdict::known_difference) judged = "a known error of libpfm4";
  out += fmt::format("    counted as {}: {}\n", config_text(config.config, config.config1), judged);
  if (!opinion.why.empty()) out += text::wrap("    " + opinion.why, kColumns, 6);
  return out;
}

std::string kind_lines(const PmuKindView& view) {
  const CounterPlan& plan = view.plan;
  std::string out = text::wrap(fmt::format("CPU {}: {}", cpu_list(view.kind.cpus), text::clean(plan.title)), kColumns);
  out += "  " + pmu::identity_text(view.kind.identity) + "\n";
  if (view.kind.device)
    out += fmt::format("  device {}, type {}, {} events named by the kernel\n", text::clean(view.kind.device->name),
                       view.kind.device->type, view.kind.device->events.size());
  if (view.table) {
    const uint32_t general = view.table->general;
    out +=
        fmt::format("  {} general counters a CPU{}\n", general, view.table->fixed_counters ? ", and fixed ones" : "");
  }
  if (view.assumed) out += "  With a PMU this would be counted:\n";
  out += "  top-down formulas: " + (plan.dialect.empty() ? "none" : plan.dialect);
  out += plan.slots_per_cycle ? fmt::format(", {} slots a cycle\n", plan.slots_per_cycle) : "\n";
  out += group_lines(view);
  for (const DerivedCount& derived : plan.derived)
    out += text::wrap(fmt::format("  derived: {} = {}", derived.name, derived.expression), kColumns, 4);
  out += missing_lines(plan);
  for (const std::string& remark : plan.remarks) out += sentence(remark);
  if (!view.asked.empty()) out += "Events asked for\n";
  for (const pmu::Opinion& opinion : view.asked) out += opinion_lines(opinion);
  return out;
}

std::string library_lines(const PmuView& view) {
  if (view.no_library) return text::wrap(text::clean(*view.no_library), kColumns);
  std::string out;
  for (const LibraryPmu& pmu : view.library) {
    out += fmt::format("libpfm4 encodes {} events of {} ({})\n", pmu.events.size(), pmu.name, pmu.title);
    if (view.list)
      for (const std::string& name : pmu.events) out += "  " + name + "\n";
  }
  if (out.empty()) out = "libpfm4 has no events for this CPU\n";
  return out;
}

}  // namespace

std::string pmu_text(const PmuView& view) {
  std::string out;
  if (view.no_counters) out += text::wrap("No hardware counters: " + text::clean(*view.no_counters), kColumns);
  out += facts_lines(view);
  for (const PmuKindView& kind : view.kinds) out += "\n" + kind_lines(kind);
  out += "\n" + library_lines(view);
  for (const std::string& problem : view.problems) out += text::wrap(text::clean(problem), kColumns);
  return out;
}

}  // namespace smtscope
