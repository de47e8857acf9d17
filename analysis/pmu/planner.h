// SPDX-License-Identifier: Apache-2.0
// A table and a machine -> groups that fit.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pmu/resolve.h"

namespace smtscope::pmu {

class Planner {
 public:
  Planner(const Microarchitecture& table, const CpuKind& kind, const PmuFacts& facts, const Wish& wish);

  // `out` has its titles already.
  [[nodiscard]] Result<CounterPlan> plan(CounterPlan out);

 private:
  using Names = std::vector<std::string_view>;

  [[nodiscard]] FoundEvent found(std::string_view name) const;
  [[nodiscard]] bool fit(const std::vector<const Names*>& together) const;
  // Beside everything that is planned already, one group of top-down after the other.
  [[nodiscard]] bool fits_beside(const Names& more) const;
  // nullptr: none may be counted or fits.
  [[nodiscard]] const Plan* choose();
  [[nodiscard]] std::optional<std::string> obstacle(const Plan& plan) const;
  [[nodiscard]] std::vector<const Plan*> candidates() const;
  void base_alone();
  Result<> add_own();
  void add_ref_cycles(CounterPlan& out);
  void add_extra(const Extra& extra, CounterPlan& out);
  void lose(std::string_view name, Reason reason, std::string why, CounterPlan& out) const;
  void lose_rest_of(const Plan& wanted, CounterPlan& out) const;
  void put(CounterPlan& out) const;
  [[nodiscard]] bool planned(std::string_view name) const;
  [[nodiscard]] std::string no_counter() const;

  const Microarchitecture& table_;
  const CpuKind& kind_;
  const PmuFacts& facts_;
  const Wish& wish_;
  uint64_t there_ = 0;
  bool watchdog_ = true;
  std::vector<Names> turns_;   // groups of the plan; those without instructions may take turns
  std::vector<Names> always_;  // beside them
  Names own_;
  std::string why_not_;  // the first plan that was wanted could not be had
};

}  // namespace smtscope::pmu
