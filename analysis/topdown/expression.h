// SPDX-License-Identifier: Apache-2.0
// The formulas are text, as one writes them down; this reads and evaluates them. A value that is not known makes
// everything computed from it not known.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/metric.h"
#include "model/result.h"

namespace smtscope::topdown {

struct Value {
  std::optional<double> number;
  Reason why = Reason::not_counted;    // of no number
  std::optional<double> running = {};  // least of the inputs that say it
  bool missing = false;                // not even asked for

  static Value of(double number) { return {number, Reason::ok}; }
  static Value unknown(Reason why) { return {std::nullopt, why}; }
};

// What a name means: an event's count or an earlier result.
using Lookup = std::function<Value(std::string_view name)>;

// + - * / with spaces around them, parentheses, numbers, names (lower case is made), and
//   max0(x)         0 if x is negative: where the definition says so
//   first(x, y ..)  the first whose names were all asked for, known or not
//   counted(x)      x, unless it is 0: an event that every running program has
//   unknown_revision()  what depends on a stepping that nobody stated
class Expression {
 public:
  static Result<Expression> parse(std::string_view text);

  [[nodiscard]] Value evaluate(const Lookup& lookup) const { return value(root_, lookup); }
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

 private:
  friend class ExpressionParser;
  enum class Op { number, name, add, subtract, multiply, divide, max0, first, counted, unknown_revision };
  struct Node {
    Op op;
    double number = 0;
    size_t name = 0;                  // index of names_
    std::vector<size_t> inputs = {};  // indices of nodes_
  };

  [[nodiscard]] Value value(size_t index, const Lookup& lookup) const;
  [[nodiscard]] Value first_asked_for(const Node& node, const Lookup& lookup) const;
  [[nodiscard]] bool asked_for(size_t index, const Lookup& lookup) const;

  std::vector<Node> nodes_;
  std::vector<std::string> names_;
  size_t root_ = 0;
};

}  // namespace smtscope::topdown
