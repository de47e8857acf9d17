// SPDX-License-Identifier: Apache-2.0
#include "topdown/dialects.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/nearest.h"
#include "topdown/event_names.h"
#include "topdown/identities.h"
#include "topdown/read_parts.h"

namespace smtscope::topdown {
namespace {

constexpr std::string_view kRatio = "ratio:";
constexpr size_t kMaxRemarks = 20;

const std::vector<Formula>& level1() {
  static const std::vector<Formula> formulas = {
      {"retiring", ""}, {"bad_speculation", ""}, {"frontend_bound", ""}, {"backend_bound", ""}, ipc_formula()};
  return formulas;
}

bool is_event_text(std::string_view text) {
  return !text.empty() &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_.:=@-") == std::string_view::npos &&
         (text[0] < '0' || text[0] > '9');
}

// "ratio:NUMERATOR/DENOMINATOR". The metric has the name that the record gives its result.
std::optional<Dialect> ratio_dialect(const std::string& id, const CountRecord& record) {
  if (!id.starts_with(kRatio)) return std::nullopt;
  const std::string terms = lower_case(std::string_view(id).substr(kRatio.size()));
  const size_t slash = terms.find('/');
  if (slash == std::string::npos) return std::nullopt;
  const std::string above = terms.substr(0, slash), below = terms.substr(slash + 1);
  if (!is_event_text(above) || !is_event_text(below)) return std::nullopt;
  Dialect out;
  out.id = id;
  std::string name = "ratio_pct";
  for (const auto& [stated, value] : record.stated)
    if (stated != "ipc") name = stated;
  out.formulas = {{name, above + " / " + below}, ipc_formula()};
  return out;
}

const Dialect* find_dialect(std::string_view id) {
  for (const Dialect& dialect : all_dialects())
    if (dialect.id == id) return &dialect;
  return nullptr;
}

// Of N2 the revision is part of the formula, and of what uarch says.
std::string with_revision(const std::string& id, const CountRecord& record) {
  if (id != "neoverse_arm_n2") return id;
  const std::string uarch = lower_case(record.uarch);
  for (const std::string_view revision : {"r0p0", "r0p1", "r0p2"})
    if (uarch.find(revision) != std::string::npos) return id + "_r0p0";
  return uarch.find("r0p3") != std::string::npos ? id + "_r0p3" : id;
}

// Families write events as their vendor does.
void use_canonical_names(Rule& rule) {
  for (auto& any : rule.needs)
    for (std::string& event : any) event = lower_case(event);
  for (std::string& event : rule.without) event = lower_case(event);
}

}  // namespace

const std::vector<Dialect>& all_dialects() {
  static const std::vector<Dialect> all = [] {
    std::vector<Dialect> out;
    for (const auto& family : {intel_core_dialects(), intel_metrics_dialects(), intel_atom_dialects(),
                               amd_zen_dialects(), arm_neoverse_dialects(), generic_dialects()})
      out.insert(out.end(), family.begin(), family.end());
    for (Dialect& dialect : out)
      for (Rule& rule : dialect.rules) use_canonical_names(rule);
    return out;
  }();
  return all;
}

std::vector<std::string> dialect_ids() {
  std::vector<std::string> out;
  for (const Dialect& dialect : all_dialects()) out.push_back(dialect.id);
  out.emplace_back(kIdentityOnly);
  return out;
}

std::vector<std::string> known_events() {
  static const std::vector<std::string> events = [] {
    std::set<std::string> names = {"read_24_bytes", "read_0_bytes", "fds"};
    for (const Dialect& dialect : all_dialects())
      if (const auto evaluator = Evaluator::make(dialect)) {
        names.insert(evaluator->events().begin(), evaluator->events().end());
        for (const Rule& rule : dialect.rules)
          for (const auto& any : rule.needs) names.insert(any.begin(), any.end());
      }
    return std::vector<std::string>(names.begin(), names.end());
  }();
  return events;
}

bool is_known_event(std::string_view canonical) {
  static const std::set<std::string, std::less<>> known = [] {
    const auto events = known_events();
    return std::set<std::string, std::less<>>(events.begin(), events.end());
  }();
  return known.contains(canonical) || is_software_event(canonical) || is_generic_event(canonical) ||
         is_cycle_event(canonical);
}

std::vector<GroupCopy> all_group_copies() {
  std::vector<GroupCopy> out;
  for (const auto copies : {amd_zen_copies(), arm_neoverse_copies()})
    out.insert(out.end(), copies.begin(), copies.end());
  return out;
}

Result<Topdown> Topdown::make(const std::optional<std::string>& dialect) {
  Topdown out;
  out.dialect_ = dialect;
  if (!dialect || find_dialect(*dialect) || *dialect == kIdentityOnly || ratio_dialect(*dialect, {})) return out;
  const auto ids = dialect_ids();
  const std::string near = nearest(*dialect, ids, 3);
  return fail(ErrorKind::usage, "no dialect of this name" + (near.empty() ? "" : "; did you mean " + near + "?"),
              fmt::format("there are {}", fmt::join(ids, ", ")));
}

void Topdown::remark(const CountRecord& record, const std::string& text) {
  for (Remark& known : remarks_)
    if (known.text == text) {
      ++known.records;
      return;
    }
  if (remarks_.size() < kMaxRemarks) remarks_.push_back({text, record.id});
}

std::vector<std::string> Topdown::remarks() const {
  std::vector<std::string> out;
  for (const Remark& remark : remarks_) {
    const std::string more = remark.records > 1 ? fmt::format(" and {} more", remark.records - 1) : "";
    out.push_back(fmt::format("{}{}: {}", excerpt(remark.first), more, remark.text));
  }
  return out;
}

Result<Metrics> Topdown::by_dialect(const CountRecord& record, const Dialect& dialect) {
  auto known = evaluators_.find(dialect.id);
  if (known == evaluators_.end()) {
    auto made = Evaluator::make(dialect);
    if (!made) return Failure(made.error());
    known = evaluators_.emplace(dialect.id, std::move(*made)).first;
  }
  return known->second.evaluate(record);
}

Result<Metrics> Topdown::by_id(const CountRecord& record, const std::string& id) {
  if (id == kIdentityOnly) return identities(record);
  if (const Dialect* dialect = find_dialect(with_revision(id, record))) return by_dialect(record, *dialect);
  if (const auto ratio = ratio_dialect(id, record)) {
    const auto evaluator = Evaluator::make(*ratio);
    if (!evaluator) return Failure(evaluator.error());
    return evaluator->evaluate(record);
  }
  const std::string near = nearest(id, dialect_ids(), 3);
  remark(record,
         fmt::format("formula \"{}\" is not known{}", excerpt(id), near.empty() ? "" : "; did you mean " + near + "?"));
  Metrics out = all_unknown(record, level1(), Reason::unsupported);
  out.dialect = id;
  return out;
}

Result<Metrics> Topdown::unresolved(const CountRecord& record, const std::vector<const Dialect*>& candidates) {
  std::vector<Formula> names;
  std::vector<std::string> ids;
  for (const Dialect* candidate : candidates) {
    ids.push_back(candidate->id);
    for (const Formula& formula : candidate->formulas)
      if (formula.kind != Kind::local &&
          std::none_of(names.begin(), names.end(), [&](const Formula& other) { return other.name == formula.name; }))
        names.push_back(formula);
  }
  if (names.empty()) names = level1();
  const bool nothing = std::all_of(record.counts.begin(), record.counts.end(),
                                   [](const auto& entry) { return is_software_event(entry.first); });
  if (!ids.empty())
    remark(record,
           fmt::format("events of {}, and alone they do not tell; say which with --dialect", fmt::join(ids, ", ")));
  else if (!nothing) remark(record, "events that fit no dialect; --dialect says one");
  return all_unknown(record, names, nothing ? Reason::not_counted : Reason::unsupported);
}

Result<Metrics> Topdown::evaluate(const CountRecord& record) {
  if (record.formula) return by_id(record, *record.formula);
  if (dialect_) return by_id(record, *dialect_);
  const auto fitting = fitting_dialects(record);
  if (fitting.one()) return by_dialect(record, *fitting.dialects.front());
  return unresolved(record, fitting.dialects);
}

}  // namespace smtscope::topdown
