// SPDX-License-Identifier: Apache-2.0
// A dialect: one way of making top-down metrics from counts, as plain data. A name of its own, because two dialects
// give two numbers for the same counts.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace smtscope::topdown {

enum class Kind : uint8_t {
  local,   // a step on the way, not published ("$slots")
  level1,  // percent
  level2,  // percent, a part of one of level 1, or further
  number,  // as it comes: instructions per cycle, whole numbers
};

struct Formula {
  std::string name;
  std::string expression;  // expression.h; earlier names of the list may be used
  Kind kind = Kind::level1;
};

enum class SmtNeed : uint8_t { whatever, known_off, not_on, not_off };

// When a dialect is chosen for counts that do not name one. All of a rule must hold.
struct Rule {
  std::vector<std::string> uarch = {};  // a word of the record's uarch begins with one of these; empty: by events alone
  std::vector<std::string> uarch_also = {};          // and another with one of these
  std::vector<std::vector<std::string>> needs = {};  // of each list one event was asked for
  std::vector<std::string> without = {};             // none of these was
  SmtNeed smt = SmtNeed::whatever;
  int rank = 2;      // the highest wins: 2 a machine's own, 1 one ratio, 0 any machine
  bool sure = true;  // no: others have these events too; somebody must say which it is
};

struct Dialect {
  std::string id;
  std::string machine;
  std::vector<Formula> formulas;
  std::string closure = {};  // what should be 0, as a share; empty: one bucket is the remainder of the others
  double tolerance = 0.015;  // of closure, and of what may lie outside 0..1
  bool exact = false;        // counted in one group: what does not close is refused, not just marked
  std::vector<Rule> rules = {};
  std::vector<std::pair<std::string, std::string>> never_equal = {};  // events: readings of a broken virtual PMU
  size_t gate = 2;  // this many other events, all 0 beside counting cycles: a PMU that does not count; 0: believed
};

// A copy of an event that is counted again in another multiplex group: `event@group` goes with `anchor`.
struct GroupCopy {
  std::string event, group, anchor;
};

std::vector<Dialect> intel_core_dialects();     // Skylake, Cascade Lake
std::vector<Dialect> intel_metrics_dialects();  // Ice Lake and later
std::vector<Dialect> intel_atom_dialects();
std::vector<Dialect> amd_zen_dialects();
std::vector<Dialect> arm_neoverse_dialects();
std::vector<Dialect> generic_dialects();

[[nodiscard]] std::span<const GroupCopy> amd_zen_copies();
[[nodiscard]] std::span<const GroupCopy> arm_neoverse_copies();

// On any machine.
[[nodiscard]] Formula ipc_formula();

}  // namespace smtscope::topdown
