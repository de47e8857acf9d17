// SPDX-License-Identifier: Apache-2.0
#include "views/report_parts.h"

#include <algorithm>
#include <functional>
#include <set>
#include <tuple>

#include "views/report_words.h"

namespace smtscope::report {
namespace {

constexpr size_t kBusiest = 4;  // of all time, and of single windows

// Cores that placement takes for neighbours: of one last-level cache, else of one package, else all.
using Group = std::tuple<int, uint32_t>;
Group group_of(const Core* core) {
  if (core && core->llc) return {0, *core->llc};
  if (core && core->package) return {1, *core->package};
  return {2, 0};
}

struct Shares {
  std::vector<double> all_busy, idle;
};

}  // namespace

Overlap overlap_of(const SchedulerFigures& figures, const Topology& topology) {
  std::map<Group, Shares> groups;
  for (const CoreFigures& core : figures.cores) {
    const double window = total(core.seconds);
    if (!(window > 0)) continue;
    Shares& shares = groups[group_of(topology.find_core(core.id))];
    shares.idle.push_back(core.seconds.idle / window);
    if (core.seconds.all_busy) shares.all_busy.push_back(*core.seconds.all_busy / window);
  }
  Overlap out;
  double most = 0, sum = 0;
  for (auto& [group, shares] : groups) {
    std::sort(shares.all_busy.begin(), shares.all_busy.end(), std::greater<>());
    std::sort(shares.idle.begin(), shares.idle.end(), std::greater<>());
    for (size_t i = 0; i < std::min(shares.all_busy.size(), shares.idle.size()); i++) {
      const double both = shares.all_busy[i] + shares.idle[i] - 1;
      if (both <= 0) break;
      sum += both;
      most = std::max(most, both);
    }
  }
  out.core_seconds = sum * figures.window_seconds;
  out.seconds = most * figures.window_seconds;
  return out;
}

Rates rates_of(const SchedulerFigures& figures, EntityNames& names) {
  Rates out;
  for (const EntityFigures& e : figures.entities) {
    auto& rates = out[names.id_of(e.who)];
    rates[0] += e.oncpu[kClassIdle] + e.oncpu[kClassNoSibling];
    rates[1] += e.oncpu[kClassSame];
    rates[2] += e.oncpu[kClassOther] + e.oncpu[kClassUnknown];
  }
  return out;
}

void Timeline::choose(const SchedulerFigures& whole) {
  std::set<uint32_t> ids;
  for (size_t i = 0; i < std::min(whole.entities.size(), kBusiest); i++) ids.insert(whole.entities[i].who.id);
  std::map<uint32_t, double> peaks;
  for (const Rates& window : rates)
    for (const auto& [id, r] : window) peaks[id] = std::max(peaks[id], r[0] + r[1] + r[2]);
  std::vector<std::pair<double, uint32_t>> order;
  order.reserve(peaks.size());
  for (const auto& [id, peak] : peaks) order.emplace_back(peak, id);
  std::sort(order.rbegin(), order.rend());
  for (size_t i = 0; i < std::min(order.size(), kBusiest); i++) ids.insert(order[i].second);
  chosen.assign(ids.begin(), ids.end());
}

std::vector<PhaseWindow> phase_windows(const ReportView& view, const Timeline& line) {
  std::vector<PhaseWindow> windows;
  for (size_t w = 0; w < view.windows.size(); w++) {
    const ReportWindow& window = view.windows[w];
    PhaseWindow out;
    out.seconds = window.end - window.start;
    const double seconds = out.seconds > 0 ? out.seconds : 1;
    const StateSeconds& s = window.node;
    for (const double state : {s.single, s.partial.value_or(0), s.all_busy.value_or(0), s.unknown})
      out.features.push_back(state / seconds);
    for (const uint32_t id : line.chosen) {
      const auto at = line.rates[w].find(id);
      for (size_t i = 0; i < 3; i++) out.features.push_back(at == line.rates[w].end() ? 0 : at->second[i] / seconds);
    }
    windows.push_back(std::move(out));
  }
  return windows;
}

void add(StateSeconds& sum, const StateSeconds& s) {
  sum.idle += s.idle;
  sum.single += s.single;
  if (s.partial) sum.partial = sum.partial.value_or(0) + *s.partial;
  if (s.all_busy) sum.all_busy = sum.all_busy.value_or(0) + *s.all_busy;
  sum.unknown += s.unknown;
}

void fill_rows(const SchedulerFigures& figures, const Topology& topology, const std::vector<ReportRow>& rows,
               ReportWindow& window) {
  std::map<uint32_t, const CoreFigures*> cores;
  for (const CoreFigures& core : figures.cores) cores[core.id] = &core;
  for (const ReportRow& row : rows) {
    StateSeconds sum;
    for (const uint32_t id : row.cores) {
      const auto at = cores.find(id);
      const Core* core = topology.find_core(id);
      StateSeconds own;
      if (at != cores.end() && core && core->cpus == at->second->cpus) own = at->second->seconds;
      else own.unknown = window.end - window.start;
      add(sum, own);
    }
    window.rows.push_back(sum);
  }
}

}  // namespace smtscope::report
