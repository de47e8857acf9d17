// SPDX-License-Identifier: Apache-2.0
#include "views/diff_conditions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "model/units.h"

namespace smtscope::diff {
namespace {

constexpr size_t kMostValues = 4;  // of one condition that are kept
constexpr const char* kMitigation = "mitigation of ";

// In the order in which differences are said; a mitigation stands where its prefix does.
constexpr std::array<std::string_view, 18> kOrder = {
    "SMT",           kMitigation,         "governor",        "kernel",       "topology",
    "topology from", "hardware attested", "isolated CPUs",   "host",         "CPU model",
    "architecture",  "hypervisor",        "core scheduling", "clock source", kGroupingCondition,
    "interval",      "accounting",        "smtscope"};

size_t rank_of(const std::string& what) {
  for (size_t i = 0; i < kOrder.size(); i++)
    if (what == kOrder[i] || (kOrder[i] == kMitigation && what.starts_with(kMitigation))) return i;
  return kOrder.size();
}

std::string some(size_t n, std::string_view what) { return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s"); }

std::string shape(const Topology& topology) {
  std::map<size_t, size_t> cores_of;  // threads -> cores
  for (const Core& core : topology.cores) cores_of[core.cpus.size()]++;
  std::string out;
  for (const auto& [threads, cores] : cores_of)
    out += fmt::format("{}{} x {}", out.empty() ? "" : " + ", some(cores, "core"), some(threads, "thread"));
  if (out.empty()) out = "no core online";
  out += ", " + some(topology.packages(), "socket");
  if (topology.nodes() > 1) out += ", " + some(topology.nodes(), "NUMA node");
  return out;
}

std::string isolated(const Topology& topology) {
  std::string out;
  size_t n = 0;
  for (const Cpu& cpu : topology.cpus) {
    if (!cpu.isolated) continue;
    if (n++ < 8) out += (out.empty() ? "" : ",") + std::to_string(cpu.id);
  }
  return n == 0 ? "none" : n > 8 ? fmt::format("{} of them: {},..", n, out) : out;
}

std::optional<std::string> smt(const HostFacts& host) {
  if (!host.smt_control && !host.smt_active) return std::nullopt;
  std::string out = host.smt_control.value_or("");
  if (host.smt_active) out += fmt::format("{}{}", out.empty() ? "" : ", ", *host.smt_active ? "active" : "not active");
  return out;
}

// "in use (3 processes)": how many is no condition.
std::optional<std::string> core_scheduling(const HostFacts& host) {
  if (!host.core_scheduling) return std::nullopt;
  return host.core_scheduling->substr(0, host.core_scheduling->find(" ("));
}

bool is_process(const std::optional<std::string>& grouping) { return grouping && grouping->starts_with("process"); }

}  // namespace

void Conditions::say(const std::string& what, std::optional<std::string> value) {
  auto at = std::find_if(all_.begin(), all_.end(), [&](const Condition& c) { return c.what == what; });
  if (at == all_.end()) at = all_.insert(all_.end(), {what, {}});
  if (!at->values.empty() && at->values.back() == value) return;
  if (at->values.size() < kMostValues) at->values.push_back(std::move(value));
}

void Conditions::add(const Frame& frame) {
  const Snapshot& snapshot = *frame.snapshot;
  if (frame.run != run_ && !(run_ && *frame.run == *run_)) {
    const RunFacts& run = *frame.run;
    const HostFacts& host = run.host;
    say("SMT", smt(host));
    for (const auto& [name, text] : host.mitigations) say(kMitigation + name, text);
    say("governor", host.governor);
    say("kernel", host.kernel);
    say("host", host.name);
    say("CPU model", host.cpu_model);
    say("architecture", run.architecture);
    say("hypervisor", host.hypervisor);
    say("core scheduling", core_scheduling(host));
    say("clock source", host.clocksource);
    say(kGroupingCondition, run.grouping);
    say("interval", format_duration(std::chrono::nanoseconds(run.interval_ns)));
    say("smtscope", run.version);
  }
  run_ = frame.run;
  if (snapshot.topology && snapshot.topology != topology_) {
    say("topology", shape(*snapshot.topology));
    say("topology from", snapshot.topology->source == TopologySource::sysfs ? "sysfs" : "--siblings");
    say("hardware attested", snapshot.topology->attested ? "yes" : "no: " + snapshot.topology->attested_reason);
    say("isolated CPUs", isolated(*snapshot.topology));
    topology_ = snapshot.topology;
  }
  const bool first = !last("accounting");
  if (first || snapshot.full_waits != full_waits_ || snapshot.word_variant != word_variant_)
    say("accounting", fmt::format("{} variant, waits {}", snapshot.word_variant ? "word" : "queue",
                                  snapshot.full_waits ? "whole" : "from the last move on"));
  full_waits_ = snapshot.full_waits;
  word_variant_ = snapshot.word_variant;
}

std::optional<std::string> Conditions::last(const std::string& what) const {
  for (const Condition& condition : all_)
    if (condition.what == what && !condition.values.empty()) return condition.values.back();
  return std::nullopt;
}

std::optional<std::string> in_words(const Condition& condition) {
  std::string out;
  bool any = false;
  for (const auto& value : condition.values) {
    any |= value.has_value();
    out += (out.empty() ? "" : ", then ") + value.value_or("unknown");
  }
  return any ? std::optional(out) : std::nullopt;
}

std::vector<ConditionPair> differing(const Conditions& a, const Conditions& b) {
  std::map<std::string, std::pair<const Condition*, const Condition*>> both;
  for (const Condition& c : a.all()) both[c.what].first = &c;
  for (const Condition& c : b.all()) both[c.what].second = &c;
  std::vector<ConditionPair> out;
  for (const auto& [what, pair] : both) {
    ConditionPair one{what, {}, {}};
    if (pair.first) one.a = in_words(*pair.first);
    if (pair.second) one.b = in_words(*pair.second);
    if (one.a != one.b) out.push_back(std::move(one));
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const ConditionPair& l, const ConditionPair& r) { return rank_of(l.what) < rank_of(r.what); });
  return out;
}

std::vector<Condition> changed_within(const Conditions& side) {
  std::vector<Condition> out;
  for (const Condition& condition : side.all())
    if (condition.values.size() > 1) out.push_back(condition);
  return out;
}

bool comparable_groupings(const std::optional<std::string>& a, const std::optional<std::string>& b) {
  return is_process(a) == is_process(b);
}

}  // namespace smtscope::diff
