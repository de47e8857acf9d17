// SPDX-License-Identifier: Apache-2.0
// Events that a user names: the table is the truth, libpfm4 the second opinion. Where they disagree and the case is not
// known, the event is not counted.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "model/cpu_pmu.h"
#include "model/result.h"
#include "pmu/resolve.h"

namespace smtscope::pmu {

// An encoding that libpfm4 4.13 has wrong.
struct KnownDifference {
  std::string_view library;  // its PMU
  std::string_view name;     // as asked for, or as it answers
  uint64_t wrong = 0;
  std::optional<uint64_t> right = {};         // none: there is no such event
  uint64_t wrong_extra = 0, right_extra = 0;  // config1
  std::string_view extra_field = {};          // of right_extra
  std::string_view why = {};
};
[[nodiscard]] std::span<const KnownDifference> known_differences();

enum class Verdict : uint8_t {
  agree,
  known_difference,  // the right code is used
  table_only,        // libpfm4 has no such name, or not this CPU
  library_only,
  refused,
};
[[nodiscard]] std::string_view verdict_word(Verdict verdict);

// What was asked, what both say, and what is counted.
struct Opinion {
  std::string asked;
  Verdict verdict = Verdict::refused;
  std::optional<std::string> table_name, library_name;
  std::optional<uint64_t> table_code, library_code;  // in the vendor's layout
  std::optional<OwnEvent> event;                     // none: it cannot be counted
  std::string why;                                   // for people
  std::string nearest;                               // what may have been meant; empty: nothing
};

// `library`: its answer, or why it has none. `names`: all it knows here, for what may have been meant.
[[nodiscard]] Opinion opinion(const Microarchitecture& table, const PmuDevice& device, const PmuFacts& facts,
                              const std::string& asked, const Result<LibraryEvent>& library,
                              const std::vector<std::string>& names);

// "idq_uops_not_delivered.core", "IDQ_UOPS_NOT_DELIVERED:CORE" -> "IDQ_UOPS_NOT_DELIVERED:CORE".
[[nodiscard]] std::string library_spelling(std::string_view name);

}  // namespace smtscope::pmu
