// SPDX-License-Identifier: Apache-2.0
// What the readers of count files share.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/result.h"
#include "topdown/counts.h"

namespace smtscope::topdown {

struct Line {
  size_t number = 0;  // from 1
  std::string_view text;
};

// One count as perf prints it, and whose it is.
struct PerfRow {
  size_t line = 0;
  std::string interval;   // "1.000812", "summary"; empty: the whole run
  std::string aggregate;  // "CPU0", "S0-D0-C0", "bash-25327"; empty: all
  std::string cgroup;
  std::string event;
  std::optional<double> value;
  Reason why = Reason::not_counted;
  std::optional<double> running;
  std::string runtime;  // time the counter ran, as printed: events of one group have the same
  size_t run = 0;       // of several runs in one file
};

// Unprintable bytes as '?', cut: for messages.
[[nodiscard]] std::string excerpt(std::string_view text);
// A number with a point or, from some locales, a comma; nothing else beside it.
[[nodiscard]] std::optional<double> decimal(std::string_view text);
// "<not supported>" and "<not counted>"; nullopt: neither.
[[nodiscard]] std::optional<Reason> not_a_count(std::string_view text);
[[nodiscard]] std::string_view trimmed(std::string_view text);

[[nodiscard]] Result<CountRecord> read_vector(std::string_view line);
// nullopt: a line of metrics without a count.
[[nodiscard]] Result<std::optional<PerfRow>> read_perf_json(std::string_view line);

// Lines of `perf stat -x`.
class PerfCsv {
 public:
  // nullopt: no separator makes this line a count.
  static std::optional<PerfCsv> for_first_line(std::string_view line);

  // nullopt in the result: a line of metrics without a count.
  [[nodiscard]] Result<std::optional<PerfRow>> row(std::string_view line) const;
  [[nodiscard]] char separator() const { return separator_; }

 private:
  explicit PerfCsv(char separator) : separator_(separator) {}

  char separator_;
};

// Rows that belong together become one record each: one interval of one CPU or other aggregate, cgroup, half of a
// hybrid machine, and user or kernel.
[[nodiscard]] std::vector<CountRecord> perf_records(const std::vector<PerfRow>& rows, const std::string& file);

}  // namespace smtscope::topdown
