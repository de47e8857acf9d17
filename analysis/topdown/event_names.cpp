// SPDX-License-Identifier: Apache-2.0
#include "topdown/event_names.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <set>
#include <vector>

namespace smtscope::topdown {
namespace {

using Names = std::set<std::string_view>;

// Other names of the same event.
const std::map<std::string_view, std::string_view> kAliases = {
    {"cpu-cycles", "cycles"},
    {"branch-instructions", "branches"},
    {"idle-cycles-frontend", "stalled-cycles-frontend"},
    {"idle-cycles-backend", "stalled-cycles-backend"},
    {"topdown.slots", "slots"},
    {"inst_retired.any_p", "inst_retired.any"},
    {"cpu_clk_unhalted.thread_p", "cpu_clk_unhalted.thread"},
    {"cpu_clk_unhalted.thread_p_any", "cpu_clk_unhalted.thread_any"},
    {"cpu_clk_unhalted.core_p", "cpu_clk_unhalted.core"},
    {"cpu_clk_thread_unhalted.ref_xclk", "cpu_clk_unhalted.ref_xclk"},
    {"cpu_clk_thread_unhalted.ref_xclk_any", "cpu_clk_unhalted.ref_xclk_any"},
    {"cpu_clk_thread_unhalted.one_thread_active", "cpu_clk_unhalted.one_thread_active"},
    {"topdown_retiring.all_p", "topdown_retiring.all"},
    {"topdown_fe_bound.all_p", "topdown_fe_bound.all"},
    {"topdown_be_bound.all_p", "topdown_be_bound.all"},
};
// What the kernel names of the small cores; there it is no PERF_METRICS.
const std::map<std::string_view, std::string_view> kAtomAliases = {
    {"topdown-retiring", "topdown_retiring.all"}, {"topdown-fe-bound", "topdown_fe_bound.all"},
    {"topdown-be-bound", "topdown_be_bound.all"}, {"topdown-bad-spec", "topdown_bad_speculation.all"},
    {"cycles", "cpu_clk_unhalted.core"},
};

constexpr std::string_view kModifiers = "ukhpPGHISDWebR";

bool all_modifiers(std::string_view text) {
  return !text.empty() && text.find_first_not_of(kModifiers) == std::string_view::npos;
}

// Which of user, kernel, guest it counts; how precise it samples does not change a count.
std::string privilege_of(std::string_view modifiers) {
  std::string out;
  for (const char c : std::string_view("ukhGH"))
    if (modifiers.find(c) != std::string_view::npos) out += c;
  return out;
}

std::vector<std::string_view> split(std::string_view text, char by) {
  std::vector<std::string_view> out;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(by, at), text.size());
    out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

// "6", "0x6" -> "6"; empty: no number.
std::string plain_number(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x")) text.remove_prefix(2), base = 16;
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return error == std::errc() && end == text.data() + text.size() ? std::to_string(value) : std::string();
}

// "name" and "name:c6", "name:cmask=0x6", "name:u" of lower case; modifiers come apart.
void take_suffixes(EventName& out) {
  const auto parts = split(out.name, ':');
  std::string name(parts[0]);
  for (size_t i = 1; i < parts.size(); ++i) {
    std::string_view part = parts[i];
    std::string mask;
    if (part.starts_with("cmask=")) mask = plain_number(part.substr(6));
    else if (part.starts_with("c")) mask = plain_number(part.substr(1));
    if (!mask.empty()) name += ":cmask=" + mask;
    else if (all_modifiers(part)) out.privilege += privilege_of(part);
    else name += ":" + std::string(part);
  }
  out.name = name;
}

// "thing", "event=0x1,umask=0x2,name=thing", "thing,cmask=0x6": what stands between the slashes.
std::string name_of_terms(std::string_view terms) {
  std::string name, mask;
  for (const std::string_view term : split(terms, ',')) {
    if (term.starts_with("name=")) return std::string(term.substr(5));
    if (term.starts_with("cmask=")) mask = plain_number(term.substr(6));
    else if (term.find('=') == std::string_view::npos && name.empty()) name = term;
  }
  if (name.empty()) return std::string(terms);
  return mask.empty() ? name : name + ":cmask=" + mask;
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

EventName event_name(std::string_view spelled) {
  EventName out;
  // Guest and host are told apart by capitals: modifiers go before case does.
  if (const size_t colon = spelled.rfind(':');
      colon != std::string_view::npos && all_modifiers(spelled.substr(colon + 1))) {
    out.privilege = privilege_of(spelled.substr(colon + 1));
    spelled = spelled.substr(0, colon);
  }
  const size_t first = spelled.find('/'), last = spelled.rfind('/');
  if (first == std::string_view::npos || first == last) {
    out.name = lower_case(spelled);
  } else {
    const std::string pmu = lower_case(spelled.substr(0, first));
    const bool core = pmu == "cpu" || pmu == "cpu_core" || pmu == "cpu_atom" || pmu.starts_with("armv8");
    if (!core) return {lower_case(spelled), {}, out.privilege};  // not a core's: no name of ours can be meant
    if (pmu.starts_with("cpu_")) out.pmu = pmu;
    out.privilege += privilege_of(spelled.substr(last + 1));
    out.name = lower_case(name_of_terms(spelled.substr(first + 1, last - first - 1)));
  }
  take_suffixes(out);
  if (const auto alias = kAliases.find(out.name); alias != kAliases.end()) out.name = alias->second;
  if (out.pmu == "cpu_atom")
    if (const auto alias = kAtomAliases.find(out.name); alias != kAtomAliases.end()) out.name = alias->second;
  return out;
}

bool is_software_event(std::string_view name) {
  static const Names names = {
      "task-clock",   "cpu-clock",        "context-switches",
      "cs",           "cpu-migrations",   "migrations",
      "page-faults",  "faults",           "minor-faults",
      "major-faults", "alignment-faults", "emulation-faults",
      "bpf-output",   "cgroup-switches",  "dummy",
      "user_time",    "system_time",      "duration_time",
  };
  return names.contains(name);
}

bool is_cycle_event(std::string_view name) {
  static constexpr std::array<std::string_view, 8> kNames = {
      "cycles", "cpu_cycles",        "ref-cycles",        "bus-cycles",
      "slots",  "cpu_clk_unhalted.", "ls_not_halted_cyc", "cpu_cycles@"};
  return std::any_of(kNames.begin(), kNames.end(), [&](std::string_view known) {
    return name == known ||
           (name.starts_with(known) && (known.ends_with(".") || name.substr(known.size()).starts_with("@")));
  });
}

bool is_generic_event(std::string_view name) {
  static const Names names = {"cache-references",       "cache-misses", "branches",
                              "branch-misses",          "bus-cycles",   "ref-cycles",
                              "instructions",           "cycles",       "stalled-cycles-frontend",
                              "stalled-cycles-backend", "mem-loads",    "mem-stores"};
  return names.contains(name) || name.starts_with("l1-dcache-") || name.starts_with("l1-icache-") ||
         name.starts_with("llc-") || name.starts_with("dtlb-") || name.starts_with("itlb-") ||
         name.starts_with("branch-load") || name.starts_with("node-");
}

}  // namespace smtscope::topdown
