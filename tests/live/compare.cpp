// SPDX-License-Identifier: Apache-2.0
#include "compare.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace smtscope::live {
namespace {

using audit::Who;

std::string name(Who who) {
  if (who == audit::kKernel) return "kernel";
  if (who == audit::kUnknown - 2) return "other";
  return std::to_string(who);
}

double value(const std::map<std::string, double>& from, const std::string& key) {
  auto at = from.find(key);
  return at == from.end() ? 0 : at->second;
}

// Keeps the larger of two deviations and what it belongs to.
void worse(double& worst, std::string& label, double found, const std::string& of) {
  if (std::abs(found) <= std::abs(worst)) return;
  worst = found;
  label = of;
}

void compare_pairs(const StatObject& stat, const audit::CoreTimes& swept, Deviation& d) {
  std::set<std::pair<Who, Who>> all;
  for (const auto& [pair, seconds] : stat.pairs) all.insert(pair);
  for (const auto& [pair, ns] : swept.pairs) all.insert(pair);
  for (const auto& pair : all) {
    auto mine = stat.pairs.find(pair);
    auto theirs = swept.pairs.find(pair);
    double found = (mine == stat.pairs.end() ? 0 : mine->second) -
                   (theirs == swept.pairs.end() ? 0 : static_cast<double>(theirs->second) * 1e-9);
    worse(d.pair, d.worst_pair, found, name(pair.first) + "+" + name(pair.second));
  }
}

void compare_entities(const StatObject& stat, const audit::CoreTimes& swept, Deviation& d) {
  std::set<Who> all;
  for (const auto& [who, classes] : stat.oncpu) all.insert(who);
  for (const auto& [who, beside] : swept.entities) all.insert(who);
  for (Who who : all) {
    auto at = stat.oncpu.find(who);
    const auto mine = at == stat.oncpu.end() ? std::map<std::string, double>{} : at->second;
    auto theirs = swept.entities.find(who);
    const audit::Beside beside = theirs == swept.entities.end() ? audit::Beside{} : theirs->second;
    const std::pair<const char*, uint64_t> classes[] = {
        {"sibling_idle", beside.idle}, {"sibling_same", beside.same}, {"sibling_other", beside.other}};
    for (auto [key, ns] : classes) {
      worse(d.beside, d.worst_beside, value(mine, key) - static_cast<double>(ns) * 1e-9, name(who) + "." + key);
    }
  }
}

}  // namespace

double Deviation::states_allowed(const Allowed& a, Slack slack) const {
  return a.states * window + a.per_state_change * static_cast<double>(state_changes) +
         (slack == Slack::unknown ? unknown + sweep_unknown : std::abs(unknown - sweep_unknown));
}

double Deviation::pairs_allowed(const Allowed& a, Slack slack) const {
  return a.pairs * window + (slack == Slack::unknown ? unknown + sweep_unknown : std::abs(unknown - sweep_unknown));
}

Deviation compare(const StatObject& stat, const StatCore& core, const audit::CoreTimes& swept) {
  Deviation d;
  d.window = core.window_seconds();
  d.idle = value(core.seconds, "idle") - static_cast<double>(swept.idle) * 1e-9;
  d.single = value(core.seconds, "single") - static_cast<double>(swept.single) * 1e-9;
  d.all_busy = value(core.seconds, "all_busy") - static_cast<double>(swept.all_busy) * 1e-9;
  d.unknown = value(core.seconds, "unknown");
  d.sweep_unknown = static_cast<double>(swept.unknown) * 1e-9;
  d.state_changes = swept.state_changes;
  d.switches = swept.changes;
  d.lost_seen = stat.lost;
  d.lost_swept = swept.lost;
  compare_pairs(stat, swept, d);
  compare_entities(stat, swept, d);
  return d;
}

std::string table_head() {
  return fmt::format("{:<26}{:>9}{:>9}{:>10}{:>10}{:>10}{:>10}{:>10}{:>9}{:>9}{:>10}\n", "deviation in us", "sw/s/CPU",
                     "changes", "idle", "single", "all busy", "pair", "beside", "unkn.%", "replay%", "lost");
}

std::string row(const std::string& load, const Deviation& d) {
  return fmt::format("{:<26}{:>9.0f}{:>9}{:>10.1f}{:>10.1f}{:>10.1f}{:>10.1f}{:>10.1f}{:>9.4f}{:>9.4f}{:>6}/{}\n", load,
                     static_cast<double>(d.switches) / 2 / d.window, d.state_changes, d.idle * 1e6, d.single * 1e6,
                     d.all_busy * 1e6, d.pair * 1e6, d.beside * 1e6, 100 * d.unknown / d.window,
                     100 * d.sweep_unknown / d.window, d.lost_seen, d.lost_swept);
}

void expect_within(const Deviation& d, const Allowed& allowed, Slack slack) {
  const double states = d.states_allowed(allowed, slack), pairs = d.pairs_allowed(allowed, slack);
  EXPECT_LE(std::abs(d.idle), states);
  EXPECT_LE(std::abs(d.single), states);
  EXPECT_LE(std::abs(d.all_busy), states);
  EXPECT_LE(std::abs(d.pair), pairs) << d.worst_pair;
  // An entity's split changes with the states and with the pairs; a pair of an entity with itself counts twice.
  EXPECT_LE(std::abs(d.beside), 2 * std::max(states, pairs)) << d.worst_beside;
}

}  // namespace smtscope::live
