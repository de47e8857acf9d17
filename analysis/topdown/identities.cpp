// SPDX-License-Identifier: Apache-2.0
#include "topdown/identities.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace smtscope::topdown {
namespace {

constexpr double kTolerance = 0.5;  // percent, of records that do not say theirs
constexpr std::array<std::string_view, 4> kFour = {"retiring", "bad_speculation", "frontend_bound", "backend_bound"};
constexpr std::string_view kContention = "smt_contention";

struct Part {
  std::string_view part, whole;
};
// Parts that do not carry their whole in the name.
constexpr std::array<Part, 8> kParts = {{{"heavy_operations", "retiring"},
                                         {"light_operations", "retiring"},
                                         {"branch_mispredicts", "bad_speculation"},
                                         {"machine_clears", "bad_speculation"},
                                         {"fetch_latency", "frontend_bound"},
                                         {"fetch_bandwidth", "frontend_bound"},
                                         {"memory_bound", "backend_bound"},
                                         {"core_bound", "backend_bound"}}};

// Level 1 that a name is a part of; empty: none.
std::string_view whole_of(std::string_view name) {
  for (const auto& [part, whole] : kParts)
    if (name == part) return whole;
  for (const std::string_view whole : kFour)
    if (name.starts_with(whole) && name.size() > whole.size() && name[whole.size()] == '_' &&
        !name.ends_with("_of_own_slots"))
      return whole;
  return {};
}

bool is_level1(std::string_view name) {
  return name == kContention || std::find(kFour.begin(), kFour.end(), name) != kFour.end();
}

Kind kind_of(std::string_view name) {
  if (is_level1(name)) return Kind::level1;
  return whole_of(name).empty() ? Kind::number : Kind::level2;
}

void refuse(Metrics& out, Kind kind, std::string_view whole) {
  for (Metric& metric : out.metrics)
    if (metric.kind == kind && (whole.empty() || whole_of(metric.name) == whole))
      metric.value.reset(), metric.why = Reason::implausible;
}

void check_parts(const CountRecord& record, double tolerance, Metrics& out) {
  for (const std::string_view whole : kFour) {
    const auto stated = record.stated.find(whole);
    double sum = 0;
    size_t parts = 0;
    for (const auto& [name, percent] : record.stated)
      if (whole_of(name) == whole) sum += percent, ++parts;
    if (parts == 0 || stated == record.stated.end()) continue;
    const double difference = sum - stated->second;
    // One part alone need not be the whole, but not more.
    if (parts > 1 ? std::abs(difference) > tolerance : difference > tolerance) refuse(out, Kind::level2, whole);
  }
}

void check_percentages(const CountRecord& record, Metrics& out) {
  // A hair for what decimal fractions lose in binary.
  const double tolerance = record.tolerance.value_or(kTolerance) + 1e-9;
  double sum = 0;
  size_t found = 0;
  for (const auto& [name, percent] : record.stated) {
    out.metrics.push_back({name, kind_of(name), percent, Reason::ok});
    if (is_level1(name)) sum += percent, found += name != kContention ? 1 : 0;
  }
  check_parts(record, tolerance, out);
  out.closure_why = Reason::not_counted;
  for (const std::string_view name : kFour)
    if (!record.stated.contains(name))
      out.metrics.push_back({std::string(name), Kind::level1, {}, Reason::not_counted});
  if (found < kFour.size()) return;
  out.closure_error = std::abs(1 - sum / 100);
  if (std::abs(100 - sum) <= tolerance) return;
  out.closure_why = Reason::implausible;
  refuse(out, Kind::level1, {});
  refuse(out, Kind::level2, {});
}

std::optional<double> count_of(const CountRecord& record, std::string_view name) {
  const auto found = record.counts.find(name);
  return found == record.counts.end() ? std::nullopt : found->second.value;
}

Reason why_not(const CountRecord& record, std::string_view name) {
  const auto found = record.counts.find(name);
  return found == record.counts.end() ? Reason::not_counted : found->second.why;
}

// read() of a pinned event that did not fit returns 0 bytes; of one that counts, 24.
void check_descriptors(const CountRecord& record, Metrics& out) {
  const auto counted = count_of(record, "read_24_bytes"), failed = count_of(record, "read_0_bytes");
  const auto all = count_of(record, "fds");
  out.metrics.push_back({"counted", Kind::number, counted, why_not(record, "read_24_bytes")});
  out.metrics.push_back({"error_state", Kind::number, failed, why_not(record, "read_0_bytes")});
  out.closure_why = Reason::not_counted;
  if (counted && failed && all && *all > 0) {
    out.closure_error = std::abs(1 - (*counted + *failed) / *all);
    if (*out.closure_error > 0) out.closure_why = Reason::implausible;
  }
  out.validity = judged(out);
  if (out.validity == Reason::ok && failed.value_or(0) > 0) out.validity = Reason::partial;
}

// A descriptor whose enabled time stands still on a CPU that is back has to be opened again.
void check_readings(const CountRecord& record, Metrics& out) {
  constexpr size_t kEnabled = 1;
  const auto back = record.readings.find("back"), later = record.readings.find("back_after_ioc_enable");
  Metric reopen{"needs_reopen", Kind::number, std::nullopt, Reason::not_counted};
  if (back != record.readings.end() && later != record.readings.end() && back->second.size() > kEnabled &&
      later->second.size() > kEnabled)
    reopen.value = back->second[kEnabled] == later->second[kEnabled] ? 1 : 0, reopen.why = Reason::ok;
  const bool stale = reopen.value == 1.0;
  out.metrics.push_back(std::move(reopen));
  out.validity = stale ? Reason::stale : judged(out);
}

}  // namespace

Metrics identities(const CountRecord& record) {
  Metrics out;
  out.id = record.id;
  out.label = record.label;
  out.dialect = kIdentityOnly;
  const auto has = [&](std::string_view name) {
    return record.counts.contains(name) || record.readings.contains(name);
  };
  if (has("back") || has("back_after_ioc_enable")) {
    check_readings(record, out);
  } else if (has("read_24_bytes") || has("read_0_bytes") || has("fds")) {
    check_descriptors(record, out);
  } else {
    check_percentages(record, out);
    out.validity = judged(out);
  }
  return out;
}

}  // namespace smtscope::topdown
