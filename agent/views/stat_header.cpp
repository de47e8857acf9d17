// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "views/stat_text_parts.h"
#include "views/text_format.h"
#include "views/text_table.h"

namespace smtscope {
namespace {

constexpr size_t kGap = 2;

std::string some(size_t n, std::string_view what) { return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s"); }

std::string shape(const Topology& topology) {
  const size_t cores = topology.cores.size(), most = topology.threads_per_core();
  size_t least = most, threads = 0;
  for (const Core& core : topology.cores) {
    least = std::min(least, core.cpus.size());
    threads += core.cpus.size();
  }
  std::string out =
      least == most ? fmt::format("{} x {}", some(cores, "core"), some(most, "thread"))
                    : fmt::format("{}, {} ({}-{} a core)", some(cores, "core"), some(threads, "thread"), least, most);
  if (cores == 0) out = "no core online";
  out += ", " + some(topology.packages(), "socket");
  if (topology.nodes() > 1) out += ", " + some(topology.nodes(), "NUMA node");
  return out;
}

// Control and state may differ: "on" without an active sibling, "off" written while siblings still run.
std::string smt_state(const HostFacts& host) {
  static const std::map<std::string, std::string> words = {{"off", "SMT off"},
                                                           {"forceoff", "SMT forced off"},
                                                           {"notsupported", "no SMT (says the kernel)"},
                                                           {"notimplemented", "SMT unknown to the kernel"}};
  const std::string active = !host.smt_active ? "" : *host.smt_active ? "active" : "no sibling online";
  if (!host.smt_control) return active.empty() ? "SMT state unknown" : "SMT " + active;
  const auto word = words.find(*host.smt_control);
  std::string out = word == words.end() ? "SMT " + text::clean(*host.smt_control) : word->second;
  if (host.smt_active && *host.smt_active != (word == words.end())) out += ", " + active;
  return out;
}

// "SMT vulnerable: mds, taa": the clause on SMT of each text, names by clause.
std::string vulnerabilities(const HostFacts& host) {
  std::map<std::string, std::string> names_of;
  for (const auto& [name, whole] : host.vulnerabilities) {
    std::string_view clause = whole;
    if (const size_t at = clause.find("SMT"); at != std::string_view::npos) {
      const size_t before = clause.substr(0, at).find_last_of(";,:");
      clause.remove_prefix(before == std::string_view::npos ? 0 : clause.find_first_not_of(' ', before + 1));
      clause = clause.substr(0, clause.find_first_of(";,"));
    }
    std::string& names = names_of[text::clean(clause)];
    names += (names.empty() ? "" : ", ") + text::clean(name);
  }
  std::string out;
  for (const auto& [clause, names] : names_of) out += fmt::format("{}{}: {}", out.empty() ? "" : "; ", clause, names);
  return out;
}

std::string true_use_line(const StatView& view, size_t columns) {
  const CapacityFigures& capacity = view.figures.capacity;
  if (!capacity.true_used)
    return text::wrap("True use is not stated: " + why_no_true_use(capacity, view.topology), columns);
  const CapacityFigures::TrueUse& use = *capacity.true_used;
  const std::string yield = fmt::format("(yield {:.1f}-{:.1f} assumed, none measured)", use.yield_low, use.yield_high);
  const std::string is = "True use is " + text::percent_range(use.low, use.high);
  if (use.low < 0.01) return text::wrap(fmt::format("{}: nearly all of this node is free {}", is, yield), columns);
  return text::wrap(fmt::format("{}: room for {} x today's work {}", is, room_text(use), yield), columns);
}

struct Part {
  std::string label;
  double share = 0;
};

std::vector<Part> core_parts(const StatView& view) {
  const StateSeconds& s = view.figures.node;
  const double all = s.idle + s.single + s.partial.value_or(0) + s.all_busy.value_or(0) + s.unknown;
  if (!(all > 0)) return {};
  std::vector<Part> parts = {{"idle", s.idle / all}, {has_siblings(view) ? "one busy" : "busy", s.single / all}};
  if (s.partial && !two_siblings(view)) parts.push_back({"partly", *s.partial / all});
  if (s.all_busy) parts.push_back({two_siblings(view) ? "both busy" : "all busy", *s.all_busy / all});
  if (s.unknown / all >= 0.001) parts.push_back({"unknown", s.unknown / all});
  return parts;
}

// All bars on one line where that leaves them room to speak, else a line each.
std::string core_time_lines(const std::vector<Part>& parts, size_t columns) {
  static constexpr std::string_view kTitle = "Core time   ";
  constexpr size_t kPartGap = 3, kLeastBars = 12, kMostBars = 40;
  std::vector<std::string> texts;
  size_t used = kTitle.size() + kPartGap * (parts.size() - 1) + parts.size();  // a bar may round up by one
  for (const Part& part : parts) {
    texts.push_back(part.label + " " + text::percent(part.share));
    used += texts.back().size() + 2;
  }
  std::string out(kTitle);
  if (used + kLeastBars <= columns) {
    const size_t full = std::min(columns - used, kMostBars);
    for (size_t i = 0; i < parts.size(); i++) {
      const std::string bar = text::bar(parts[i].share, full);
      out += (i ? "   " : "") + texts[i] + (bar.empty() ? "" : "  " + bar);
    }
    return out + "\n";
  }
  for (size_t i = 0; i < parts.size(); i++) {
    const std::string line = fmt::format("{}{:<10}{:>8}  {}", i ? std::string(kTitle.size(), ' ') : "", parts[i].label,
                                         text::percent(parts[i].share), text::bar(parts[i].share, kMostBars / 2));
    out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return out;
}

std::string avoidable_line(const StatView& view, size_t columns) {
  const PlacementFigures& p = view.figures.placement;
  // With one core there is no other to prefer.
  if (view.topology.cores.size() < 2 || !p.sampled || *p.sampled == 0 || !p.avoidable) return "";
  std::string line =
      fmt::format("Avoidable   {} of the moments {} became busy, another core of that cache was idle",
                  text::short_percent(static_cast<double>(*p.avoidable) / static_cast<double>(*p.sampled)),
                  two_siblings(view) ? "both" : "all siblings");
  if (p.avoidable_low && p.avoidable_high)
    line += fmt::format(" ({}, {} looked at)", text::percent_range(*p.avoidable_low, *p.avoidable_high),
                        text::count(*p.sampled));
  return text::wrap(line, columns);
}

}  // namespace

std::string lost_text(const LostFigures& figures) {
  std::string out = "lost " + text::count(figures.switches);
  if (figures.seconds > 0) out += " (" + text::duration_seconds(figures.seconds) + " unknown)";
  return out;
}

std::string room_text(const CapacityFigures::TrueUse& use) {
  const std::string least = fmt::format("{:.1f}", 1 / use.high), most = fmt::format("{:.1f}", 1 / use.low);
  return least == most ? most : least + "-" + most;
}

std::string why_no_true_use(const CapacityFigures& capacity, const Topology& topology) {
  if (capacity.true_used_reason == Reason::not_attested) return text::clean(topology.attested_reason);
  if (capacity.true_used_reason == Reason::unsupported) return "cores with more than 2 siblings need a measured yield";
  return "too little time is known";
}

std::string header_lines(const StatView& view, size_t columns) {
  const HostFacts& host = view.host;
  const std::string source =
      view.topology.source == TopologySource::sysfs ? "topology from sysfs" : "topology stated by --siblings";
  std::vector<std::string> facts = {text::clean(host.name),
                                    shape(view.topology),
                                    "kernel " + text::clean(host.kernel),
                                    smt_state(host) + ", " + source,
                                    text::duration_seconds(view.figures.window_seconds),
                                    lost_text(view.figures.lost)};
  std::string out = text::flow(facts, columns, kGap);
  facts.clear();
  if (host.core_scheduling) facts.push_back("core scheduling " + text::clean(*host.core_scheduling));
  if (const std::string smt = vulnerabilities(host); !smt.empty()) facts.push_back(smt);
  std::string second;
  for (const std::string& fact : facts) second += (second.empty() ? "" : "; ") + fact;
  return second.empty() ? out : out + text::wrap(second, columns);
}

std::string use_lines(const StatView& view, size_t columns) {
  const SchedulerFigures& figures = view.figures;
  const std::vector<Part> parts = core_parts(view);
  if (parts.empty()) return "The window is empty: nothing was measured.\n";
  const CapacityFigures& capacity = figures.capacity;
  if (!capacity.cpu_used)
    return text::wrap("All core time is unknown: no switch was seen that says what ran. See smtscope doctor.", columns);
  std::vector<std::string> facts = {"CPU used (as the OS says) " + text::percent(*capacity.cpu_used)};
  if (has_siblings(view)) {
    if (capacity.core_used) facts.push_back("cores with work " + text::percent(*capacity.core_used));
    if (capacity.all_busy)
      facts.push_back((two_siblings(view) ? "both busy " : "all busy ") + text::percent(*capacity.all_busy));
  }
  return text::flow(facts, columns, 3) + true_use_line(view, columns) + core_time_lines(parts, columns) +
         avoidable_line(view, columns);
}

std::string no_sibling_line(const StatView& view, size_t columns) {
  if (has_siblings(view)) return "";
  return text::wrap(
      "No core has an SMT sibling here, so nothing can sit beside anything; --siblings 0,1 states "
      "siblings by hand where a VM hides them.",
      columns);
}

}  // namespace smtscope
