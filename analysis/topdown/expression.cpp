// SPDX-License-Identifier: Apache-2.0
#include "topdown/expression.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

namespace smtscope::topdown {
namespace {

bool is_space(char c) { return c == ' '; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
// Names have dashes and colons, operators have spaces: `topdown-retiring - ex_ret_ops`.
bool in_name(char c) {
  return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') ||
         std::string_view("_.:=@$-").find(c) != std::string::npos;
}

Value combined(const Value& a, const Value& b) {
  Value out;
  if (a.running && b.running) out.running = std::min(*a.running, *b.running);
  else out.running = a.running ? a.running : b.running;
  out.missing = a.missing || b.missing;
  // Of two reasons the one that says more.
  if (!a.number && (b.number || a.why != Reason::not_counted)) out.why = a.why;
  else if (!b.number) out.why = b.why;
  return out;
}

Value divided(const Value& a, const Value& b, Value out) {
  if (*b.number != 0) {
    out.number = *a.number / *b.number;
    return out;
  }
  // 0/0: nothing ran. Something of nothing cannot be.
  out.why = *a.number == 0 ? Reason::not_counted : Reason::implausible;
  return out;
}

}  // namespace

class ExpressionParser {
 public:
  explicit ExpressionParser(std::string_view text) : text_(text) {}

  Result<Expression> run() {
    const size_t root = sum();
    skip();
    if (bad_ || at_ != text_.size())
      return fail(ErrorKind::bug, "formula \"" + std::string(text_) + "\" at column " + std::to_string(at_ + 1));
    out_.root_ = root;
    return std::move(out_);
  }

 private:
  using Op = Expression::Op;

  void skip() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }
  bool take(char c) {
    skip();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  size_t add(Expression::Node node) {
    out_.nodes_.push_back(std::move(node));
    return out_.nodes_.size() - 1;
  }
  size_t sum() {
    size_t left = product();
    while (!bad_) {
      if (take('+')) left = add({Op::add, 0, 0, {left, product()}});
      else if (take('-')) left = add({Op::subtract, 0, 0, {left, product()}});
      else break;
    }
    return left;
  }
  size_t product() {
    size_t left = factor();
    while (!bad_) {
      if (take('*')) left = add({Op::multiply, 0, 0, {left, factor()}});
      else if (take('/')) left = add({Op::divide, 0, 0, {left, factor()}});
      else break;
    }
    return left;
  }
  size_t factor() {
    if (take('(')) {
      const size_t inner = sum();
      bad_ = bad_ || !take(')');
      return inner;
    }
    const size_t begin = at_;  // take() skipped the spaces
    while (at_ < text_.size() && in_name(text_[at_])) ++at_;
    std::string word(text_.substr(begin, at_ - begin));
    std::transform(word.begin(), word.end(), word.begin(), lower);
    if (word.empty()) return broken();
    if (at_ < text_.size() && text_[at_] == '(') return call(word);
    if (is_digit(word[0])) return number(word);
    const auto known = std::find(out_.names_.begin(), out_.names_.end(), word);
    const auto index = static_cast<size_t>(known - out_.names_.begin());
    if (known == out_.names_.end()) out_.names_.push_back(std::move(word));
    return add({Op::name, 0, index, {}});
  }
  size_t number(const std::string& word) {
    double value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc() || end != word.data() + word.size()) return broken();
    return add({Op::number, value, 0, {}});
  }
  size_t call(const std::string& function) {
    static const std::map<std::string, Op, std::less<>> functions = {
        {"max0", Op::max0}, {"first", Op::first}, {"counted", Op::counted}, {"unknown_revision", Op::unknown_revision}};
    const auto known = functions.find(function);
    if (known == functions.end() || !take('(')) return broken();
    Expression::Node node{known->second, 0, 0, {}};
    if (!take(')')) {
      do node.inputs.push_back(sum());
      while (!bad_ && take(','));
      bad_ = bad_ || !take(')');
    }
    const size_t inputs = node.inputs.size();
    if (node.op == Op::first ? inputs == 0 : inputs != (node.op == Op::unknown_revision ? 0 : 1)) return broken();
    return add(std::move(node));
  }
  size_t broken() {
    bad_ = true;
    return 0;
  }

  std::string_view text_;
  size_t at_ = 0;
  bool bad_ = false;
  Expression out_;
};

Result<Expression> Expression::parse(std::string_view text) { return ExpressionParser(text).run(); }

bool Expression::asked_for(size_t index, const Lookup& lookup) const {
  const Node& node = nodes_[index];
  if (node.op == Op::name) return !lookup(names_[node.name]).missing;
  const auto asked = [&](size_t input) { return asked_for(input, lookup); };
  if (node.op == Op::first) return std::any_of(node.inputs.begin(), node.inputs.end(), asked);
  return std::all_of(node.inputs.begin(), node.inputs.end(), asked);
}

Value Expression::first_asked_for(const Node& node, const Lookup& lookup) const {
  for (const size_t input : node.inputs)
    if (asked_for(input, lookup)) return value(input, lookup);
  return value(node.inputs.front(), lookup);
}

Value Expression::value(size_t index, const Lookup& lookup) const {
  const Node& node = nodes_[index];
  switch (node.op) {
    case Op::number: return Value::of(node.number);
    case Op::name: return lookup(names_[node.name]);
    case Op::first: return first_asked_for(node, lookup);
    case Op::unknown_revision: return Value::unknown(Reason::not_attested);
    case Op::max0: {
      Value inner = value(node.inputs[0], lookup);
      if (inner.number) inner.number = std::max(0.0, *inner.number);
      return inner;
    }
    case Op::counted: {
      Value inner = value(node.inputs[0], lookup);
      if (inner.number == 0.0) inner.number.reset(), inner.why = Reason::implausible;
      return inner;
    }
    default: break;
  }
  const Value a = value(node.inputs[0], lookup), b = value(node.inputs[1], lookup);
  Value out = combined(a, b);
  if (!a.number || !b.number) return out;
  out.why = Reason::ok;
  if (node.op == Op::divide) out = divided(a, b, out);
  if (node.op == Op::add) out.number = *a.number + *b.number;
  if (node.op == Op::subtract) out.number = *a.number - *b.number;
  if (node.op == Op::multiply) out.number = *a.number * *b.number;
  if (out.number && !std::isfinite(*out.number)) out.number.reset(), out.why = Reason::implausible;
  return out;
}

}  // namespace smtscope::topdown
