// SPDX-License-Identifier: Apache-2.0
#include "derive/counter_topdown.h"

#include <algorithm>
#include <set>

#include "topdown/expression.h"

namespace smtscope {
namespace {

// Of one group, or of all: then the first of several readings of one event.
topdown::Counts counts_of(const CounterPlan& plan, const std::vector<Counted>& counts, std::optional<uint32_t> group) {
  topdown::Counts out;
  for (size_t i = 0; i < plan.events.size(); i++) {
    const CounterEvent& event = plan.events[i];
    if (group && (event.group != *group || event.reason != Reason::ok)) continue;
    out.try_emplace(event.name, topdown::Count{counts[i].value, counts[i].why, counts[i].running});
  }
  for (const DerivedCount& derived : plan.derived) {
    const auto expression = topdown::Expression::parse(derived.expression);
    if (!expression) continue;
    const topdown::Value value = expression->evaluate([&](std::string_view name) {
      topdown::Value one;
      const auto at = out.find(name);
      one.missing = at == out.end();
      if (one.missing) return one;
      one.number = at->second.value;
      one.why = at->second.why;
      one.running = at->second.running;
      return one;
    });
    if (!value.missing) out.try_emplace(derived.name, topdown::Count{value.number, value.why, value.running});
  }
  return out;
}

std::set<uint32_t> groups_of(const CounterPlan& plan) {
  std::set<uint32_t> groups;
  for (const CounterEvent& event : plan.events)
    if (event.reason == Reason::ok) groups.insert(event.group);
  return groups;
}

}  // namespace

std::optional<topdown::Metrics> planned_topdown(const CounterPlan& plan, const std::vector<Counted>& counts, bool smt,
                                                topdown::Topdown& formulas) {
  const auto& known = topdown::all_dialects();
  const auto is_the_plans = [&](const topdown::Dialect& dialect) { return dialect.id == plan.dialect; };
  if (std::none_of(known.begin(), known.end(), is_the_plans)) return std::nullopt;
  topdown::CountRecord record;
  record.formula = plan.dialect;
  record.uarch = plan.microarchitecture;
  record.smt = smt;
  record.counts = counts_of(plan, counts, std::nullopt);
  auto all = formulas.evaluate(record);
  if (!all) return std::nullopt;
  const std::set<uint32_t> groups = groups_of(plan);
  std::vector<bool> from_one(all->metrics.size(), groups.size() <= 1);
  for (const uint32_t group : groups) {
    if (groups.size() <= 1) break;
    record.counts = counts_of(plan, counts, group);
    const auto one = formulas.evaluate(record);
    if (!one) continue;
    if (!all->slots) all->slots = one->slots;
    for (size_t i = 0; i < all->metrics.size() && i < one->metrics.size(); i++)
      if (one->metrics[i].value && !from_one[i]) all->metrics[i] = one->metrics[i], from_one[i] = true;
  }
  if (!plan.derived.empty()) all->closure_error.reset(), all->closure_why = Reason::not_applicable;
  all->validity = topdown::judged(*all);
  for (size_t i = 0; i < all->metrics.size(); i++) {
    const topdown::Metric& metric = all->metrics[i];
    const bool mixed = metric.kind == topdown::Kind::level1 && metric.value && !from_one[i];
    if (mixed && (all->validity == Reason::ok || all->validity == Reason::multiplexed)) all->validity = Reason::partial;
  }
  return std::move(*all);
}

}  // namespace smtscope
