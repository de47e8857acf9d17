// SPDX-License-Identifier: Apache-2.0
// All dialects, which of them a record is for, and what comes out.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "topdown/evaluate.h"

namespace smtscope::topdown {

[[nodiscard]] const std::vector<Dialect>& all_dialects();
[[nodiscard]] std::vector<std::string> dialect_ids();

// Names that some formula, or perf on any machine, has.
[[nodiscard]] bool is_known_event(std::string_view canonical);
[[nodiscard]] std::vector<std::string> known_events();

// Copies of events in other groups, of all machines.
[[nodiscard]] std::vector<GroupCopy> all_group_copies();

// The dialects that fit equally well.
struct Fitting {
  std::vector<const Dialect*> dialects;
  bool sure = true;  // no: the events are also those of machines that no dialect is for

  [[nodiscard]] bool one() const { return sure && dialects.size() == 1; }
};
[[nodiscard]] Fitting fitting_dialects(const CountRecord& record);

class Topdown {
 public:
  // A dialect for records that name none; of all dialects if it does not exist: usage.
  static Result<Topdown> make(const std::optional<std::string>& dialect);

  [[nodiscard]] Result<Metrics> evaluate(const CountRecord& record);

  // What somebody should hear who reads the metrics, each once.
  [[nodiscard]] std::vector<std::string> remarks() const;

 private:
  Result<Metrics> by_id(const CountRecord& record, const std::string& id);
  Result<Metrics> by_dialect(const CountRecord& record, const Dialect& dialect);
  Result<Metrics> unresolved(const CountRecord& record, const std::vector<const Dialect*>& candidates);
  void remark(const CountRecord& record, const std::string& text);

  std::optional<std::string> dialect_;
  std::map<std::string, Evaluator> evaluators_;  // by id
  struct Remark {
    std::string text, first;  // of which record first
    size_t records = 1;
  };
  std::vector<Remark> remarks_;
};

}  // namespace smtscope::topdown
