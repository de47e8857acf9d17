// SPDX-License-Identifier: Apache-2.0
// Screens of `top` made by hand, for the tests of its lines and keys.
#pragma once

#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "unit/stat_fixture.h"
#include "views/top_keys.h"
#include "views/top_lines.h"

namespace smtscope::test {

// CPU n was busy for `busy` of it, those after it a little less.
inline TopView top_of(StatView stat, double busy = 0.9) {
  setenv("TZ", "UTC", 1);
  tzset();
  TopView view;
  view.stat = std::move(stat);
  const size_t all = view.stat.topology.cpus.size();
  for (size_t i = 0; i < all; i++)
    view.cpus.push_back(
        {view.stat.topology.cpus[i].id, busy * static_cast<double>(all - i) / static_cast<double>(all)});
  view.own_cpu = 0.004;
  view.end_unix_ns = 1'700'000'005'000'000'000;
  return view;
}

// Each core in a state of its own: 0 idle, 1 one busy, .. n all busy, -1 unknown.
inline StatView with_states(StatView view, const std::vector<int>& states) {
  for (size_t i = 0; i < view.figures.cores.size(); i++) {
    CoreFigures& core = view.figures.cores[i];
    const int state = states[i % states.size()];
    const auto n = static_cast<int>(core.cpus.size());
    StateSeconds s;
    if (n > 1) s.all_busy = 0;
    if (n > 2) s.partial = 0;
    if (state < 0) s.unknown = 5;
    else if (state == 0) s.idle = 5;
    else if (state == 1) s.single = 5;
    else if (state == n) s.all_busy = 5;
    else s.partial = 5;
    core.seconds = s;
  }
  return view;
}

// `cores` cores of two siblings on two packages, `entities` workloads of which each sat beside the next.
inline StatView large_view(uint32_t cores, uint32_t entities) {
  StatView view = smt_view();
  view.topology = made_topology(cores, 2, 2);
  view.figures.cores.clear();
  view.figures.node = {};
  add_cores(view, {0.325, 0.35, 0.325});
  view.figures.entities.clear();
  view.figures.pairs.clear();
  for (uint32_t i = 0; i < entities; i++) {
    const double busy = 500.0 / (1 + i);
    view.figures.entities.push_back(workload(10 + i, "service-" + std::to_string(i) + ".service", EntityKind::unit,
                                             {busy * 0.5, busy * 0.2, busy * 0.3, 0, 0}));
    if (i > 0) view.figures.pairs.push_back({9 + i, 10 + i, busy * 0.1});
  }
  return view;
}

inline TopScreen screen_of(const TopView& view) {
  TopScreen screen;
  screen.view = &view;
  screen.play.interval_ns = 1'000'000'000;
  for (int i = 0; i <= 10; i++) screen.points.push_back({i / 10.0, i / 10.0, i / 20.0});
  return screen;
}

inline std::vector<std::string> shown(const TopScreen& screen, TopState& state, TopSize size = {24, 80},
                                      TopLook look = {}) {
  settle(state, screen, size);
  std::vector<std::string> lines;
  for (const StyledLine& line : top_lines(screen, state, look, size)) lines.push_back(plain_text(line));
  return lines;
}

inline std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (std::string line : lines) {
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

inline std::string text_of(const TopScreen& screen, TopState state = {}, TopSize size = {24, 80}, TopLook look = {}) {
  return joined(shown(screen, state, size, look));
}

inline bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

inline TopAsk type(std::string_view keys, TopState& state, const TopScreen& screen, TopSize size = {24, 80}) {
  TopAsk last = TopAsk::nothing;
  for (const char c : keys) last = press({KeyName::character, static_cast<char32_t>(c)}, state, screen, size);
  return last;
}

inline TopAsk hit(KeyName name, TopState& state, const TopScreen& screen, TopSize size = {24, 80}) {
  return press({name, 0}, state, screen, size);
}

}  // namespace smtscope::test
