// SPDX-License-Identifier: Apache-2.0
#include "views/stat_numa.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "derive/numa_metrics.h"
#include "views/text_format.h"
#include "views/text_table.h"

namespace smtscope {
namespace {

constexpr size_t kNamed = 3;          // entities
constexpr double kWorthNaming = 1e6;  // bytes
constexpr std::string_view kTitle = "NUMA        ";

std::string counted(const Locality& figures, std::string_view what) {
  const auto share = figures.remote_share();
  if (!share) return fmt::format("no {}", what);
  return fmt::format("{} of {} {} remote", text::short_percent(*share),
                     text::count(static_cast<unsigned long long>(figures.all())), what);
}

std::string megabytes(double bytes) { return fmt::format("{:.0f} MB", bytes / 1e6); }

std::string decisions_text(const NumaDecisions& d) {
  std::string out;
  const auto add = [&](uint64_t n, std::string_view what) {
    if (n) out += fmt::format("{}{} {}", out.empty() ? "" : ", ", text::count(n), what);
  };
  add(d.moves, "moved to their memory");
  add(d.swaps, "exchanged");
  add(d.sticks, "could not move");
  return out.empty() ? "" : "tasks: " + out;
}

// Those with the most memory away from where they ran.
std::string away_text(const StatView& view) {
  std::vector<std::pair<const Entity*, const ResidentFigures*>> away;
  for (const EntityFigures& e : view.figures.entities) {
    const auto at = view.numa.resident.find(e.who.id);
    if (at == view.numa.resident.end() || at->second.bytes.remote < kWorthNaming) continue;
    away.emplace_back(&e.who, &at->second);
  }
  std::stable_sort(away.begin(), away.end(),
                   [](const auto& l, const auto& r) { return l.second->bytes.remote > r.second->bytes.remote; });
  std::string out;
  for (size_t i = 0; i < std::min(away.size(), kNamed); i++) {
    const Locality& bytes = away[i].second->bytes;
    out += fmt::format("{}{} {} of {}", out.empty() ? "" : ", ", text::clean(away[i].first->name),
                       megabytes(bytes.remote), megabytes(bytes.all()));
  }
  if (away.size() > kNamed) out += fmt::format(", {} more", away.size() - kNamed);
  return out.empty() ? "" : "memory away from the CPU time (estimate): " + out;
}

}  // namespace

void put_numa(const StatView& view, const Entity& who, Object& out) {
  Fields fields(out);
  const auto at = view.numa.resident.find(who.id);
  if (at == view.numa.resident.end()) return fields.none("numa", resident_reason_of(view.numa, who));
  const Locality& bytes = at->second.bytes;
  fields.set("numa",
             Json::array({Json{
                 {"source", kNumaPlacementSource}, {"local", bytes.local}, {"remote", bytes.remote}, {"unit", "By"}}}));
}

std::string numa_lines(const StatView& view, size_t columns) {
  const NumaFigures& numa = view.numa;
  if (!numa.several_nodes) return "";
  std::vector<std::string> facts;
  if (numa.allocations) facts.push_back(counted(*numa.allocations, "allocations"));
  if (numa.hint_faults) facts.push_back(counted(*numa.hint_faults, "hint faults"));
  if (numa.decisions)
    if (std::string text = decisions_text(*numa.decisions); !text.empty()) facts.push_back(std::move(text));
  if (std::string text = away_text(view); !text.empty()) facts.push_back(std::move(text));
  std::string line;
  for (const std::string& fact : facts) line += (line.empty() ? std::string(kTitle) : "; ") + fact;
  return line.empty() ? "" : text::wrap(line, columns);
}

}  // namespace smtscope
