// SPDX-License-Identifier: Apache-2.0
// What the counters of this machine can do, for people and for programs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/counter_plan.h"
#include "model/cpu_pmu.h"
#include "pmu/second_opinion.h"

namespace smtscope {

struct PmuKindView {
  CpuKind kind;
  const pmu::Microarchitecture* table = nullptr;  // none: unknown model
  CounterPlan plan;
  bool assumed = false;  // there is no PMU: what would be counted if there were one
  std::vector<pmu::Opinion> asked;
};

struct PmuView {
  std::vector<PmuKindView> kinds;
  PmuFacts facts;
  std::vector<std::string> problems;
  std::optional<std::string> no_counters;  // why nothing can be counted here
  std::vector<LibraryPmu> library;         // what it encodes here
  std::optional<std::string> no_library;
  bool list = false;  // name all its events
};

// One object on one line, without the newline.
[[nodiscard]] std::string pmu_json(const PmuView& view);
[[nodiscard]] std::string pmu_text(const PmuView& view);

}  // namespace smtscope
