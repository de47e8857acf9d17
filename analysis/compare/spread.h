// SPDX-License-Identifier: Apache-2.0
// How a figure lay in the windows of one recording, and how it differs between two.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace smtscope {

// A figure in one window.
struct Sample {
  double value = 0;
  double weight = 1;  // seconds of the window
};

struct Spread {
  double median = 0;
  double mean = 0;            // weighted: of a rate, the total over the time
  std::optional<double> p10;  // none with one window: there is no spread
  std::optional<double> p90;
  size_t windows = 0;  // that have a value
};

// The value at position share * (n - 1) of the n ascending values, linear between two neighbours (the definition of
// most spreadsheets, "type 7"). At least one value.
[[nodiscard]] double percentile(const std::vector<double>& ascending, double share);

// None without samples.
[[nodiscard]] std::optional<Spread> spread_of(const std::vector<Sample>& samples);

// As if every sample were `factor` times as large; factor > 0.
[[nodiscard]] std::optional<Spread> scaled(std::optional<Spread> spread, double factor);

struct Change {
  std::optional<double> absolute;  // b - a
  std::optional<double> percent;   // of a; none where a is 0
  // The ranges p10..p90 of the windows do not touch; none where a side has no range. Not a test of significance.
  std::optional<bool> separate;
};

// What stands for a side: its median, or its mean where what matters is the total (per unit of work).
enum class Centre { median, mean };
[[nodiscard]] Change change_of(const std::optional<Spread>& a, const std::optional<Spread>& b,
                               Centre centre = Centre::median);

}  // namespace smtscope
