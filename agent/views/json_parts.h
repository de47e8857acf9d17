// SPDX-License-Identifier: Apache-2.0
// What the JSON of all screens has in common: values that may be missing and say why, host and topology.
#pragma once

#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "model/metric.h"
#include "model/topology.h"

namespace smtscope {

using Json = nlohmann::ordered_json;

// An object in the making, and why fields of it have no value (dotted path -> word of the contract).
struct Object {
  Json json = Json::object();
  Json why = Json::object();

  [[nodiscard]] Json done() && {
    if (!why.empty()) json["why"] = std::move(why);
    return std::move(json);
  }
};

// Fields of `object` or, with `inside`, of the object of that name in it; those must be complete before the next
// field of `object` is set, which moves them.
class Fields {
 public:
  explicit Fields(Object& object, const char* inside = nullptr)
      : object_(object), json_(inside ? object.json[inside] = Json::object() : object.json) {
    if (inside) prefix_ = std::string(inside) + ".";
  }

  template <class T>
  void set(const char* name, T value) {
    json_[name] = std::move(value);
  }
  // JSON has no infinity: such a number has gone wrong, and says so.
  void set(const char* name, double value) {
    if (std::isfinite(value)) json_[name] = value;
    else none(name, Reason::implausible);
  }
  void none(const char* name, Reason reason) {
    json_[name] = nullptr;
    object_.why[prefix_ + name] = reason_word(reason);
  }
  template <class T>
  void set_or(const char* name, const std::optional<T>& value, Reason reason) {
    if (value) set(name, *value);
    else none(name, reason);
  }

 private:
  Object& object_;
  Json& json_;
  std::string prefix_;
};

// Wall time of a CLOCK_MONOTONIC reading.
[[nodiscard]] int64_t unix_ms(uint64_t ns, int64_t offset_ns);

void put_host(const HostFacts& host, Object& out);
void put_topology(const Topology& topology, Object& out);

// One line, always valid UTF-8, without the newline.
[[nodiscard]] std::string json_line(const Json& json);

}  // namespace smtscope
