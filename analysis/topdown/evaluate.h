// SPDX-License-Identifier: Apache-2.0
// Counts and a dialect -> metrics, each with its value or why it has none, and how good the reading is.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "topdown/counts.h"
#include "topdown/dialect.h"
#include "topdown/expression.h"

namespace smtscope::topdown {

struct Metric {
  std::string name;
  Kind kind = Kind::level1;
  std::optional<double> value;  // percent, or as it comes for Kind::number
  Reason why = Reason::not_counted;
  bool asked_for = true;  // no: an event that it needs is not even in the record
};

struct Metrics {
  std::string id, label;
  std::optional<std::string> dialect;
  std::vector<Metric> metrics;
  std::optional<double> slots;    // what the shares of level 1 are of; none: not known, or the shares are of cycles
  std::optional<double> running;  // share: least of the inputs used
  Reason running_why = Reason::not_counted;
  std::optional<double> closure_error;  // share
  Reason closure_why = Reason::not_applicable;
  Reason validity = Reason::ok;  // ok multiplexed partial unsupported implausible stale
};

// A dialect whose formulas are read once.
class Evaluator {
 public:
  static Result<Evaluator> make(const Dialect& dialect);

  [[nodiscard]] Metrics evaluate(const CountRecord& record) const;
  [[nodiscard]] const Dialect& dialect() const { return dialect_; }
  [[nodiscard]] const std::set<std::string>& events() const { return events_; }

 private:
  using Results = std::map<std::string, Value, std::less<>>;

  [[nodiscard]] bool refused(const Counts& counts) const;
  [[nodiscard]] Value checked(Value value, Kind kind) const;
  void close(const Counts& counts, const Results& results, Metrics& out) const;

  Dialect dialect_;
  std::vector<Expression> formulas_;  // as dialect_.formulas
  std::optional<Expression> closure_;
  std::set<std::string> events_;
};

// What of metrics alone follows: nothing known, a part, multiplexed.
[[nodiscard]] Reason judged(const Metrics& metrics);

// Metrics that could not be computed at all.
[[nodiscard]] Metrics all_unknown(const CountRecord& record, const std::vector<Formula>& names, Reason why);

}  // namespace smtscope::topdown
