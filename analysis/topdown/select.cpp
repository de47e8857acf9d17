// SPDX-License-Identifier: Apache-2.0
// Which dialect a record is for that names none: by its machine, else by its events.
#include <algorithm>
#include <optional>

#include "topdown/dialects.h"
#include "topdown/event_names.h"

namespace smtscope::topdown {
namespace {

using Words = std::vector<std::string>;

// "alderlake/raptorlake cpu_core" -> alderlake, raptorlake, cpu_core.
Words words_of(const std::string& uarch) {
  Words out(1);
  for (const char c : lower_case(uarch)) {
    const bool inside = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    if (inside) out.back() += c;
    else if (!out.back().empty()) out.emplace_back();
  }
  return out;
}

bool names_one_of(const Words& words, const Words& beginnings) {
  return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
    return std::any_of(beginnings.begin(), beginnings.end(),
                       [&](const std::string& beginning) { return word.starts_with(beginning); });
  });
}

bool smt_fits(SmtNeed need, std::optional<bool> smt) {
  switch (need) {
    case SmtNeed::whatever: return true;
    case SmtNeed::known_off: return smt == false;
    case SmtNeed::not_on: return smt != true;
    case SmtNeed::not_off: return smt != false;
  }
  return true;
}

bool holds(const Rule& rule, const CountRecord& record, const Words& words) {
  const auto asked = [&](const std::string& event) { return record.counts.contains(event); };
  return (rule.uarch.empty() || names_one_of(words, rule.uarch)) &&
         (rule.uarch_also.empty() || names_one_of(words, rule.uarch_also)) && smt_fits(rule.smt, record.smt) &&
         std::all_of(rule.needs.begin(), rule.needs.end(),
                     [&](const Words& any) { return std::any_of(any.begin(), any.end(), asked); }) &&
         std::none_of(rule.without.begin(), rule.without.end(), asked);
}

// The highest rank at which one or more dialects hold.
Fitting best(const CountRecord& record, bool by_uarch) {
  const Words words = words_of(record.uarch);
  Fitting out;
  int rank = -1;
  for (const Dialect& dialect : all_dialects()) {
    const Rule* own = nullptr;
    for (const Rule& rule : dialect.rules)
      if (rule.uarch.empty() != by_uarch && (!own || rule.rank > own->rank) && holds(rule, record, words)) own = &rule;
    if (!own || own->rank < rank) continue;
    if (own->rank > rank) out = {};
    rank = own->rank;
    out.dialects.push_back(&dialect);
    out.sure = out.sure && own->sure;
  }
  return out;
}

}  // namespace

Fitting fitting_dialects(const CountRecord& record) {
  auto out = best(record, true);
  return out.dialects.empty() ? best(record, false) : out;
}

}  // namespace smtscope::topdown
