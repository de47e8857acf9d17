// SPDX-License-Identifier: Apache-2.0
// The recorded vectors, what they expect, and records made by hand.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "topdown/dialects.h"
#include "topdown/read_counts.h"

namespace smtscope::test {

struct Vector {
  topdown::CountRecord record;
  std::map<std::string, std::optional<double>> expected;
  double tolerance = 0;
};

inline std::string fixture(const std::string& name) {
  std::ifstream file(std::string(SMTSCOPE_FIXTURES) + "/" + name, std::ios::binary);
  EXPECT_TRUE(file) << name;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

inline std::vector<Vector> load_vectors() {
  const std::string text = fixture("vectors/pmu_vectors.jsonl");
  const auto file = topdown::read_counts(text, "vectors");
  if (!file) {
    ADD_FAILURE() << file.error().what;
    return {};
  }
  std::vector<Vector> out;
  std::istringstream lines(text);
  std::string line;
  for (size_t i = 0; std::getline(lines, line); ++i) {
    const auto json = nlohmann::json::parse(line);
    Vector vector{file->records.at(i), {}, json["tolerance_abs"].get<double>()};
    for (const auto& [name, value] : json["expected"].items())
      vector.expected[name] = value.is_null() ? std::nullopt : std::optional(value.get<double>());
    out.push_back(std::move(vector));
  }
  return out;
}

// As the README of the vectors says.
inline double tolerance_of(const Vector& vector, const std::string& metric) {
  if (metric == "ipc" && vector.record.formula != "numa_ratio") return 0.006;
  return metric == "remote_dram_pct_derived" ? 0.06 : vector.tolerance;
}

inline const topdown::Metric* metric_of(const topdown::Metrics& metrics, const std::string& name) {
  for (const topdown::Metric& metric : metrics.metrics)
    if (metric.name == name) return &metric;
  return nullptr;
}

inline std::optional<double> value_of(const topdown::Metrics& metrics, const std::string& name) {
  const topdown::Metric* metric = metric_of(metrics, name);
  return metric ? metric->value : std::nullopt;
}

// What differs from what the vector expects; empty: nothing.
inline std::string differences(const Vector& vector, const topdown::Metrics& metrics) {
  std::ostringstream out;
  for (const auto& [name, expected] : vector.expected) {
    const auto value = value_of(metrics, name);
    // A hair for what decimal fractions lose in binary.
    const bool same = expected ? value && std::abs(*value - *expected) <= tolerance_of(vector, name) + 1e-9 : !value;
    if (!same) out << name << " is " << (value ? std::to_string(*value) : "unknown") << "; ";
  }
  return out.str();
}

inline topdown::Metrics evaluated(const topdown::CountRecord& record) {
  auto topdown = topdown::Topdown::make(std::nullopt);
  auto metrics = topdown->evaluate(record);
  EXPECT_TRUE(metrics) << metrics.error().what;
  return metrics ? *metrics : topdown::Metrics{};
}

// A record with these counts, by the names that formulas use.
inline topdown::CountRecord made(const std::string& formula, const std::map<std::string, double>& counts) {
  nlohmann::json json = {{"id", "made"}, {"formula", formula}, {"counts", counts}};
  const auto file = topdown::read_counts(json.dump() + "\n", "made");
  EXPECT_TRUE(file) << file.error().what;
  return file ? file->records.at(0) : topdown::CountRecord{};
}

}  // namespace smtscope::test
