// SPDX-License-Identifier: Apache-2.0
#include "views/report_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "derive/steal.h"
#include "views/report_parts.h"
#include "views/report_phases.h"
#include "views/report_sum.h"
#include "views/report_words.h"
#include "views/text_format.h"

namespace smtscope {
namespace {

constexpr size_t kMostCuts = 8;      // changes of topology that phases are cut at
constexpr size_t kMostPhases = 12;   // told
constexpr size_t kMostChanges = 20;  // listed

// Where the knots' times lie: each run by its first wall time, its windows by CLOCK_MONOTONIC.
void fill_times(const std::vector<Knot>& knots, ReportView& view, report::Timeline& line) {
  const auto unix_ns = [](const Knot& k) {
    return static_cast<int64_t>(k.snapshot->end_ns) + k.snapshot->unix_offset_ns;
  };
  const int64_t zero = unix_ns(knots.front());
  double end = 0;
  const Knot* first = nullptr;
  double base = 0;
  for (size_t i = 0; i < knots.size(); i++) {
    if (knots[i].begin || !first) {
      first = &knots[i];
      base = std::max(static_cast<double>(unix_ns(knots[i]) - zero) * 1e-9, end);
      if (i > 0) {
        view.gaps++;
        view.gap_seconds += base - end;
      }
      end = base;
      continue;
    }
    const double now = base + static_cast<double>(knots[i].snapshot->end_ns - first->snapshot->end_ns) * 1e-9;
    ReportWindow window;
    window.start = end;
    window.end = now;
    window.after_gap = i >= 2 && knots[i - 1].begin;
    view.windows.push_back(std::move(window));
    line.knot.push_back(i);
    view.measured += now - end;
    end = now;
  }
  view.start_unix_ms = zero / 1'000'000;
  view.seconds = end;
  view.end_unix_ms = view.start_unix_ms + static_cast<int64_t>(end * 1000);
  view.start_ns = knots.front().snapshot->end_ns;
  view.end_ns = knots.back().snapshot->end_ns;
}

// The topology that held for the longest time.
std::shared_ptr<const Topology> main_topology(const std::vector<Knot>& knots) {
  std::vector<std::pair<std::shared_ptr<const Topology>, uint64_t>> held;
  for (size_t i = 0; i < knots.size(); i++) {
    const auto& topology = knots[i].snapshot->topology;
    if (!topology) continue;
    const uint64_t ns = knots[i].begin ? 0 : knots[i].snapshot->end_ns - knots[i - 1].snapshot->end_ns;
    const auto at = std::find_if(held.begin(), held.end(),
                                 [&](const auto& h) { return h.first == topology || h.first->same_tree(*topology); });
    if (at == held.end()) held.emplace_back(topology, ns);
    else at->second += ns;
  }
  const auto best =
      std::max_element(held.begin(), held.end(), [](const auto& l, const auto& r) { return l.second < r.second; });
  return best == held.end() ? std::make_shared<const Topology>() : best->first;
}

std::vector<ReportRow> rows_of(const Topology& topology) {
  std::vector<const Core*> cores;
  cores.reserve(topology.cores.size());
  for (const Core& core : topology.cores) cores.push_back(&core);
  std::stable_sort(cores.begin(), cores.end(), [](const Core* l, const Core* r) { return l->package < r->package; });
  const size_t join = (cores.size() + kReportRows - 1) / kReportRows;
  std::vector<ReportRow> rows;
  for (const Core* core : cores) {
    if (rows.empty() || rows.back().cores.size() >= join || rows.back().package != core->package) {
      rows.emplace_back();
      rows.back().package = core->package;
    }
    rows.back().cores.push_back(core->id);
    rows.back().cpus.insert(rows.back().cpus.end(), core->cpus.begin(), core->cpus.end());
  }
  return rows;
}

void fill_windows(const Knots& knots, EntityNames& names, ReportView& view, report::Timeline& line) {
  for (size_t w = 0; w < view.windows.size(); w++) {
    const size_t knot = line.knot[w];
    const Interval interval = knots.interval(knot - 1, knot);
    const SchedulerFigures figures = scheduler_figures(interval);
    ReportWindow& window = view.windows[w];
    window.node = figures.node;
    report::fill_rows(figures, *view.topology, view.rows, window);
    line.overlap.push_back(report::overlap_of(figures, *interval.topology));
    line.changed.push_back(topology_changed(*knots.all()[knot - 1].snapshot, *knots.all()[knot].snapshot));
    line.rates.push_back(report::rates_of(figures, names));
  }
  for (const ReportWindow& window : view.windows)
    for (size_t r = 0; r < view.rows.size(); r++) report::add(view.rows[r].seconds, window.rows[r]);
}

// Windows [first, last] of one sum: pieces without a gap and without a change of topology are one interval each.
void add_windows(const Knots& knots, const report::Timeline& line, size_t first, size_t last, IntervalSum& sum) {
  for (size_t begin = first; begin <= last;) {
    size_t end = begin;
    while (end < last && !line.changed[begin] && line.knot[end + 1] == line.knot[end] + 1 && !line.changed[end + 1])
      end++;
    sum.add(knots.interval(line.knot[begin] - 1, line.knot[end]));
    begin = end + 1;
  }
}

SchedulerFigures figures_of(const IntervalSum& sum, std::shared_ptr<const Topology>& topology) {
  Interval interval = sum.result();
  judge_steal(interval);
  topology = interval.topology;
  return scheduler_figures(interval);
}

void fill_phases(const Knots& knots, EntityNames& names, const report::Timeline& line, ReportView& view) {
  std::vector<PhaseWindow> windows = report::phase_windows(view, line);
  const bool cut_at_changes =
      static_cast<size_t>(std::count(line.changed.begin(), line.changed.end(), true)) <= kMostCuts;
  for (size_t w = 0; w < windows.size(); w++)
    windows[w].cut_before = view.windows[w].after_gap || (cut_at_changes && line.changed[w]);
  for (const auto& [first, last] : find_phases(windows)) {
    ReportPhase phase;
    phase.start = view.windows[first].start;
    phase.end = view.windows[last].end;
    IntervalSum sum(names, knots.all()[line.knot[last]].snapshot->topology);
    add_windows(knots, line, first, last, sum);
    phase.figures = figures_of(sum, phase.topology);
    for (size_t w = first; w <= last; w++) {
      phase.while_idle += line.overlap[w].core_seconds;
      phase.while_idle_time += line.overlap[w].seconds;
    }
    view.while_idle += phase.while_idle;
    view.while_idle_time += phase.while_idle_time;
    view.phases.push_back(std::move(phase));
  }
  if (view.phases.size() <= kMostPhases) return;
  std::vector<double> lengths;
  lengths.reserve(view.phases.size());
  for (const ReportPhase& phase : view.phases) lengths.push_back(phase.end - phase.start);
  std::sort(lengths.rbegin(), lengths.rend());
  const double least = lengths[kMostPhases - 1];
  size_t room = kMostPhases;
  const auto gone = std::remove_if(view.phases.begin(), view.phases.end(), [&](const ReportPhase& phase) {
    return phase.end - phase.start < least || room-- == 0 || room > kMostPhases;
  });
  view.phases_left_out = static_cast<size_t>(view.phases.end() - gone);
  view.phases.erase(gone, view.phases.end());
}

void note_change(const ReportView& view, double at, std::string_view what, const std::string& before,
                 const std::string& after, std::vector<std::string>& out) {
  if (before == after) return;
  out.push_back(fmt::format("{}: {} {} -> {}", report::clock(view, at), what, text::clean(before), text::clean(after)));
}

// Of topology and settings, between neighbouring knots.
void fill_changes(const std::vector<Knot>& knots, const report::Timeline& line, ReportView& view) {
  const auto word = [](const std::optional<std::string>& s) { return s.value_or("unknown"); };
  std::vector<std::string> all;
  for (size_t w = 0; w < view.windows.size(); w++) {
    const size_t k = line.knot[w];
    const Knot& now = knots[k];
    const size_t b = knots[k - 1].begin && k >= 2 ? k - 2 : k - 1;  // across a gap too
    const Knot& before = knots[b];
    const double at = view.windows[w].end;
    const Topology &old_tree = *before.snapshot->topology, &tree = *now.snapshot->topology;
    if (!old_tree.same_tree(tree)) {
      note_change(view, at, "CPUs online", fmt::format("{}", old_tree.online_cpus()),
                  fmt::format("{}", tree.online_cpus()), all);
      if (old_tree.online_cpus() == tree.online_cpus())
        all.push_back(report::clock(view, at) + ": CPUs or their siblings changed");
    }
    if (before.run == now.run) continue;
    note_change(view, at, "SMT control", word(before.run->host.smt_control), word(now.run->host.smt_control), all);
    note_change(view, at, "governor", word(before.run->host.governor), word(now.run->host.governor), all);
    note_change(view, at, "kernel", before.run->host.kernel, now.run->host.kernel, all);
    note_change(view, at, "smtscope", before.run->version, now.run->version, all);
  }
  const size_t more = all.size() > kMostChanges ? all.size() - kMostChanges : 0;
  all.resize(all.size() - more);
  if (more) all.push_back(fmt::format("and {} more changes", more));
  view.changes = std::move(all);
}

void fill_cost(const std::vector<Knot>& knots, ReportView& view) {
  uint64_t cpu_ns = 0;
  std::map<std::string, std::pair<uint64_t, uint64_t>> programs;  // name -> run ns, runs
  for (size_t i = 1; i < knots.size(); i++) {
    if (knots[i].begin) continue;
    const Knot &a = knots[i - 1], &b = knots[i];
    cpu_ns += b.own_cpu_ns > a.own_cpu_ns ? b.own_cpu_ns - a.own_cpu_ns : 0;
    for (const ProgramReading& after : b.programs) {
      for (const ProgramReading& before : a.programs) {
        if (before.name != after.name || after.run_ns < before.run_ns || after.runs < before.runs) continue;
        programs[after.name].first += after.run_ns - before.run_ns;
        programs[after.name].second += after.runs - before.runs;
      }
    }
  }
  view.cost.cpu_seconds = static_cast<double>(cpu_ns) * 1e-9;
  for (const Knot& knot : knots) view.cost.memory_bytes = std::max(view.cost.memory_bytes, knot.own_memory_bytes);
  uint64_t most = 0;
  for (const auto& [name, sums] : programs) {
    if (sums.second <= most) continue;
    most = sums.second;
    view.cost.run_ns = static_cast<double>(sums.first) / static_cast<double>(sums.second);
  }
}

}  // namespace

std::string_view tone_word(Tone tone) {
  switch (tone) {
    case Tone::bad: return "problem";
    case Tone::note: return "note";
    case Tone::good: return "fine";
    case Tone::unknown: return "unknown";
  }
  return "note";
}

bool called(const Entity& who, const std::string& name) {
  if (name.empty()) return false;
  if (who.name == name || who.cgroup == name || who.comm == name) return true;
  if (who.pid && std::to_string(*who.pid) == name) return true;
  if (who.cgroup && who.cgroup->ends_with("/" + name)) return true;
  return who.name + ".service" == name || who.name == name + ".service";
}

ReportView report_view(Knots& knots, ReportSource source) {
  ReportView view;
  view.source = std::move(source);
  knots.thin_to(kReportWindows);
  const std::vector<Knot>& all = knots.all();
  view.topology = std::make_shared<const Topology>();
  EntityNames names;
  report::Timeline line;
  if (!all.empty()) {
    view.run = *all.back().run;
    view.topology = main_topology(all);
    fill_times(all, view, line);
  }
  view.unlisted = knots.unlisted();
  view.unlisted_seconds = static_cast<double>(knots.unlisted_ns()) * 1e-9;
  view.rows = rows_of(*view.topology);
  fill_windows(knots, names, view, line);
  if (!view.windows.empty()) {
    IntervalSum sum(names, view.topology);
    add_windows(knots, line, 0, view.windows.size() - 1, sum);
    view.whole = figures_of(sum, view.topology);
    line.choose(view.whole);
    fill_phases(knots, names, line, view);
    fill_changes(all, line, view);
    fill_cost(all, view);
  }
  if (view.source.of)
    for (const EntityFigures& e : view.whole.entities)
      if (called(e.who, *view.source.of)) view.of = e.who.id;
  for (ReportPhase& phase : view.phases) report::tell(phase);
  view.verdict = report::verdict(view);
  return view;
}

}  // namespace smtscope
