// SPDX-License-Identifier: Apache-2.0
// Under which conditions a recording was made, and in which of them two differ.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/frame.h"

namespace smtscope::diff {

// Values as they came, different ones only; one that could not be read is none.
struct Condition {
  std::string what;
  std::vector<std::optional<std::string>> values;
};

// What held in a recording; all texts raw.
class Conditions {
 public:
  void add(const Frame& frame);
  [[nodiscard]] const std::vector<Condition>& all() const { return all_; }
  // The last one of that name; none if it was never said or could not be read.
  [[nodiscard]] std::optional<std::string> last(const std::string& what) const;

 private:
  void say(const std::string& what, std::optional<std::string> value);

  std::vector<Condition> all_;
  std::shared_ptr<const RunFacts> run_;
  std::shared_ptr<const Topology> topology_;
  bool full_waits_ = false;
  bool word_variant_ = false;
};

inline constexpr const char* kGroupingCondition = "grouping";

struct ConditionPair {
  std::string what;
  std::optional<std::string> a, b;  // "on, then off" if it changed while recording
};
// Where they differ, what matters most first: SMT, mitigations, governor, kernel, topology, the rest.
[[nodiscard]] std::vector<ConditionPair> differing(const Conditions& a, const Conditions& b);

// In which conditions one recording changed while it was made.
[[nodiscard]] std::vector<Condition> changed_within(const Conditions& side);
// "on, then off"; none if it could not be read.
[[nodiscard]] std::optional<std::string> in_words(const Condition& condition);

// Entities of these groupings have nothing in common: processes against cgroups.
[[nodiscard]] bool comparable_groupings(const std::optional<std::string>& a, const std::optional<std::string>& b);

}  // namespace smtscope::diff
