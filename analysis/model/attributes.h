// SPDX-License-Identifier: Apache-2.0
// What a series is about, and what else is good to know about it. Shared: all points of one entity have one.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace smtscope {

struct Attribute {
  std::string_view name;  // OpenTelemetry name; of static storage
  std::variant<std::string, int64_t, bool> value;
  bool identity = false;  // tells this series from others of the metric
  bool operator==(const Attribute&) const = default;
};

// A list that does not change; copies are cheap.
class Attributes {
 public:
  Attributes() = default;
  Attributes(std::initializer_list<Attribute> list) : Attributes(std::vector<Attribute>(list)) {}
  Attributes(std::vector<Attribute> list);  // NOLINT(google-explicit-constructor): lists are made where they are built

  [[nodiscard]] const Attribute* begin() const { return list_ ? list_->items.data() : nullptr; }
  [[nodiscard]] const Attribute* end() const { return list_ ? list_->items.data() + list_->items.size() : nullptr; }
  [[nodiscard]] size_t size() const { return list_ ? list_->items.size() : 0; }
  [[nodiscard]] bool empty() const { return size() == 0; }
  [[nodiscard]] const Attribute& at(size_t i) const { return list_->items.at(i); }
  // Names and values of the identity attributes as one text; two lists have the same exactly if these are equal.
  [[nodiscard]] const std::string& identity() const;
  // True for copies of one list: quick, and never true for different ones.
  [[nodiscard]] bool same_list(const Attributes& other) const { return list_ == other.list_; }
  bool operator==(const Attributes& other) const {
    return list_ == other.list_ ||
           std::vector<Attribute>(begin(), end()) == std::vector<Attribute>(other.begin(), other.end());
  }

 private:
  struct List {
    std::vector<Attribute> items;
    std::string identity;
  };
  std::shared_ptr<const List> list_;  // null: empty
};

}  // namespace smtscope
