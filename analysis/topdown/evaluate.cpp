// SPDX-License-Identifier: Apache-2.0
#include "topdown/evaluate.h"

#include <algorithm>
#include <cmath>

#include "topdown/event_names.h"

namespace smtscope::topdown {
namespace {

// How formulas call what they divide by: a step of their own, or the event.
constexpr std::string_view kSlots = "$slots", kSlotsEvent = "slots";
constexpr double kAlways = 0.9995;  // running of 100.00 % as perf prints it, and a little less

Value value_of(const Counts& counts, std::string_view name) {
  const auto found = counts.find(name);
  if (found == counts.end()) {
    Value missing;
    missing.missing = true;
    return missing;
  }
  const Count& count = found->second;
  Value out;
  out.running = count.running;
  if (!count.value) out.why = count.why;
  else if (*count.value < 0 || !std::isfinite(*count.value)) out.why = Reason::implausible;
  else if (count.running == 0.0) out.why = Reason::multiplexed;  // never ran: what it reads is nothing
  else out.number = count.value, out.why = Reason::ok;
  return out;
}

}  // namespace

Result<Evaluator> Evaluator::make(const Dialect& dialect) {
  Evaluator out;
  out.dialect_ = dialect;
  std::set<std::string> defined;
  const auto take = [&](const Expression& expression) {
    for (const std::string& name : expression.names())
      if (!defined.contains(name)) out.events_.insert(name);
  };
  for (const Formula& formula : dialect.formulas) {
    auto expression = Expression::parse(formula.expression);
    if (!expression) return Failure(Error(expression.error()).within(dialect.id + ": " + formula.name));
    take(*expression);
    defined.insert(formula.name);
    out.formulas_.push_back(std::move(*expression));
  }
  if (!dialect.closure.empty()) {
    auto closure = Expression::parse(dialect.closure);
    if (!closure) return Failure(Error(closure.error()).within(dialect.id + ": closure"));
    take(*closure);
    out.closure_ = std::move(*closure);
  }
  return out;
}

// A PMU that is none: events open, run all the time, and read 0 or what another counts.
bool Evaluator::refused(const Counts& counts) const {
  for (const auto& [a, b] : dialect_.never_equal) {
    const Value one = value_of(counts, a), other = value_of(counts, b);
    if (one.number && other.number && *one.number == *other.number && *one.number > 0) return true;
  }
  if (dialect_.gate == 0) return false;
  size_t zeros = 0;
  bool cycles = false;
  for (const auto& [name, count] : counts) {
    if (!count.value || is_software_event(name)) continue;
    if (is_cycle_event(name)) cycles = cycles || *count.value > 0;
    else if (*count.value != 0) return false;
    else ++zeros;
  }
  return cycles && zeros >= dialect_.gate;
}

// A share outside 0..1 by more than the dialect's own error is no share.
Value Evaluator::checked(Value value, Kind kind) const {
  const bool share = kind == Kind::level1 || kind == Kind::level2;
  if (!share || !value.number) return value;
  if (*value.number >= -dialect_.tolerance && *value.number <= 1 + dialect_.tolerance) return value;
  value.number.reset();
  value.why = Reason::implausible;
  return value;
}

Metrics Evaluator::evaluate(const CountRecord& record) const {
  if (refused(record.counts)) {
    Metrics out = all_unknown(record, dialect_.formulas, Reason::unsupported);
    out.dialect = dialect_.id;
    return out;
  }
  Metrics out;
  out.id = record.id;
  out.label = record.label;
  out.dialect = dialect_.id;
  Results results;
  const Lookup lookup = [&](std::string_view name) {
    const auto known = results.find(name);
    return known == results.end() ? value_of(record.counts, name) : known->second;
  };
  for (size_t i = 0; i < formulas_.size(); ++i) {
    const Formula& formula = dialect_.formulas[i];
    const Value value = checked(formulas_[i].evaluate(lookup), formula.kind);
    results[formula.name] = value;
    if (formula.kind == Kind::local) continue;
    Metric metric{formula.name, formula.kind, value.number, value.number ? Reason::ok : value.why, !value.missing};
    if (metric.value && formula.kind != Kind::number) *metric.value *= 100;
    if (metric.value && value.running) out.running = std::min(out.running.value_or(1), *value.running);
    out.metrics.push_back(std::move(metric));
  }
  out.slots = lookup(results.contains(kSlots) ? kSlots : kSlotsEvent).number;
  close(record.counts, results, out);
  out.validity = judged(out);
  return out;
}

void Evaluator::close(const Counts& counts, const Results& results, Metrics& out) const {
  if (!closure_) return;
  const Value closure = closure_->evaluate([&](std::string_view name) {
    const auto known = results.find(name);
    return known == results.end() ? value_of(counts, name) : known->second;
  });
  out.closure_why = closure.why;
  if (!closure.number) return;
  out.closure_error = std::abs(*closure.number);
  if (*out.closure_error <= dialect_.tolerance) return;
  out.closure_why = Reason::implausible;
  if (!dialect_.exact) return;
  for (Metric& metric : out.metrics)
    if (metric.kind != Kind::number && metric.value) metric.value.reset(), metric.why = Reason::implausible;
}

Reason judged(const Metrics& metrics) {
  const auto& all = metrics.metrics;
  const auto known = [](const Metric& metric) { return metric.value.has_value(); };
  const bool implausible =
      metrics.closure_why == Reason::implausible || std::any_of(all.begin(), all.end(), [](const Metric& metric) {
        return !metric.value && metric.why == Reason::implausible && metric.kind != Kind::level2;
      });
  if (implausible) return Reason::implausible;
  const auto level1 = [](const Metric& metric) { return metric.kind == Kind::level1; };
  const bool has_level1 = std::any_of(all.begin(), all.end(), level1);
  const auto main = [&](const Metric& metric) { return level1(metric) || !has_level1; };
  if (std::none_of(all.begin(), all.end(), [&](const Metric& m) { return main(m) && known(m); }))
    return Reason::unsupported;
  if (std::any_of(all.begin(), all.end(), [&](const Metric& m) { return level1(m) && !known(m); }))
    return Reason::partial;
  return metrics.running && *metrics.running < kAlways ? Reason::multiplexed : Reason::ok;
}

Metrics all_unknown(const CountRecord& record, const std::vector<Formula>& names, Reason why) {
  Metrics out;
  out.id = record.id;
  out.label = record.label;
  for (const Formula& formula : names)
    if (formula.kind != Kind::local) out.metrics.push_back({formula.name, formula.kind, std::nullopt, why});
  out.running_why = why;
  out.closure_why = why;
  out.validity = Reason::unsupported;
  return out;
}

}  // namespace smtscope::topdown
