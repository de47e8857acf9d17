// SPDX-License-Identifier: Apache-2.0
#include "commands/counter_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "commands/checks.h"
#include "kernel/perf_event.h"
#include "pipeline/counter_planning.h"

namespace smtscope {
namespace {

size_t counted_events(const CounterPlan& plan) {
  return static_cast<size_t>(std::count_if(plan.events.begin(), plan.events.end(),
                                           [](const CounterEvent& e) { return e.reason == Reason::ok; }));
}

size_t counted_groups(const CounterPlan& plan) {
  std::set<uint32_t> groups;
  for (const CounterEvent& event : plan.events)
    if (event.reason == Reason::ok) groups.insert(event.group);
  return groups.size();
}

std::string plan_text(const CounterPlan& plan) {
  std::string out = fmt::format("{}: {} events in {} groups a CPU", plan.title.empty() ? plan.pmu : plan.title,
                                counted_events(plan), counted_groups(plan));
  out += plan.dialect.empty() ? ", no top-down" : ", top-down by " + plan.dialect;
  for (const std::string& remark : plan.remarks) out += "; " + remark;
  return out;
}

// Opens an event of the plan on one of its CPUs, and closes it.
Result<> try_one(const Machine& m, const CounterPlan& plan) {
  const auto event = std::find_if(plan.events.begin(), plan.events.end(),
                                  [](const CounterEvent& e) { return e.reason == Reason::ok; });
  if (event == plan.events.end() || plan.cpus.empty())
    return fail(ErrorKind::unsupported, plan.events.empty() ? "nothing can be counted" : plan.events.front().why);
  const auto opened = open_perf_event(*event, {-1, static_cast<int32_t>(plan.cpus.front())}, {}, -1,
                                      read_perf_rules(m.roots.proc, m.roots.sys));
  return opened ? Result<>() : Result<>(Failure(opened.error()));
}

std::optional<std::string> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

}  // namespace

Check check_counters(const Machine& m) {
  Check check{"counters", CheckState::unsupported, std::nullopt, std::nullopt, std::nullopt, true};
  const auto plans = plan_counters(m.roots.sys, m.roots.proc);
  if (!plans) {
    if (plans.error().kind != ErrorKind::unsupported) check.state = CheckState::failed;
    check.reason = plans.error().what;
    check.mend = unless_empty(plans.error().mend);
    return check;
  }
  std::string text;
  for (const CounterPlan& plan : *plans) {
    if (auto r = try_one(m, plan); !r) {
      check.state = r.error().kind == ErrorKind::unsupported ? CheckState::unsupported : CheckState::failed;
      check.reason = r.error().what;
      check.mend = unless_empty(r.error().mend);
      return check;
    }
    text += (text.empty() ? "" : "; ") + plan_text(plan);
  }
  check.state = counters_at_switch(*plans) > 0 ? CheckState::active : CheckState::degraded;
  if (check.state == CheckState::degraded) text += "; workloads are not counted: no instructions and cycles";
  check.reason = text;
  check.cost = fmt::format("{} counters read where the running workload changes; a read of each CPU that ran, a tick",
                           counters_at_switch(*plans));
  return check;
}

void list_events(const std::vector<CounterPlan>& plans, PlanView& view) {
  for (const CounterPlan& plan : plans)
    for (const CounterEvent& event : plan.events)
      if (event.reason == Reason::ok)
        view.perf_events.push_back(
            {event.name, fmt::format("group {}, type {}, config {:#x}, on each of {} CPUs", event.group + 1,
                                     event.pmu_type, event.config, plan.cpus.size())});
}

}  // namespace smtscope
