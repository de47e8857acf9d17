// SPDX-License-Identifier: Apache-2.0
#include "audit/compare.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace smtscope::audit {
namespace {

double to_seconds(uint64_t ns) { return static_cast<double>(ns) / 1e9; }

std::array<double, kStates> states_of(const CoreTimes& t) {
  return {to_seconds(t.idle), to_seconds(t.single), to_seconds(t.partial), to_seconds(t.all_busy),
          to_seconds(t.unknown)};
}

std::array<double, kClasses> classes_of(const Beside& b) {
  return {to_seconds(b.idle), to_seconds(b.same), to_seconds(b.other), to_seconds(b.unknown), to_seconds(b.no_sibling)};
}

// A core without a sibling is idle or single; one of two has nothing between single and all busy.
bool has_state(size_t siblings, size_t state) {
  if (state == kStatePartial) return siblings > 2;
  return state != kStateAllBusy || siblings > 1;
}

double value(const auto& map, const auto& key) {
  const auto at = map.find(key);
  return at == map.end() ? 0 : at->second;
}

template <class Row>
void by_difference(std::vector<Row>& rows) {
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& l, const Row& r) { return std::abs(l.difference()) > std::abs(r.difference()); });
}

}  // namespace

// The log's side of pairs and entities, over all cores.
struct Comparison::Offline {
  struct Sum {
    double seconds = 0;
    double windows = 0;  // of the cores on which it ran
    double slack = 0;
  };
  std::map<Pair, Sum> pairs;
  std::map<Who, std::pair<Sum, Classes>> entities;
  double unknown_apart = 0;
  double windows = 0;
};

double Compared::excess() const {
  const double size = std::abs(difference());
  if (!std::isfinite(size)) return std::numeric_limits<double>::infinity();
  return allowed > 0 ? size / allowed : size > 0 ? std::numeric_limits<double>::infinity() : 0;
}

const CoreTimes& Comparison::CoreSum::nearer() const {
  const double booked = online[kStateUnknown];
  return std::abs(booked - to_seconds(offline.hindsight.unknown)) <
                 std::abs(booked - to_seconds(offline.without.unknown))
             ? offline.hindsight
             : offline.without;
}

double Comparison::CoreSum::unknown_apart() const {
  return std::abs(online[kStateUnknown] - to_seconds(nearer().unknown));
}

void Comparison::add(const OnlineInterval& online, const std::vector<OfflineCore>& offline) {
  check_interval(online, findings_);
  if (last_) check_order(*last_, online, findings_);
  last_ = online;
  last_->entities.clear();
  last_->pairs.clear();
  add_online(online);
  for (size_t i = 0; i < online.cores.size() && i < offline.size(); i++) {
    const OnlineCore& core = online.cores[i];
    CoreSum& sum = cores_[core.id];
    sum.siblings = core.cpus.size();
    sum.window += core.window();
    for (size_t s = 0; s < kStates; s++) sum.online[s] += core.states[s];
    sum.offline.hindsight += offline[i].hindsight;
    sum.offline.without += offline[i].without;
    sum.offline.slack += offline[i].slack;
    if (core.end_ns == core.start_ns) continue;
    start_ns_ = start_ns_ == 0 ? core.start_ns : std::min(start_ns_, core.start_ns);
    end_ns_ = std::max(end_ns_, core.end_ns);
  }
  intervals_++;
}

void Comparison::add_online(const OnlineInterval& online) {
  std::map<uint32_t, Who> who_of;
  for (const OnlineEntity& e : online.entities) {
    who_of[e.id] = e.who;
    parties_[e.who] = {e.id, e.who, e.name};
    Classes& sum = entities_[e.who];
    for (size_t c = 0; c < kClasses; c++) {
      sum[c] += e.oncpu[c];
      busy_ += e.oncpu[c];
      if (e.who == kOther) dropped_ += e.oncpu[c];
    }
  }
  for (const OnlinePair& pair : online.pairs) {
    const auto a = who_of.find(pair.a), b = who_of.find(pair.b);
    if (a == who_of.end() || b == who_of.end()) {
      findings_.add("named", pair.seconds, "a pair names an entity that is not in the list of entities");
      continue;
    }
    pairs_[std::minmax(a->second, b->second)] += pair.seconds;
  }
  lost_ += online.lost;
  contended_ += online.contended;
  lost_seconds_ += online.lost_seconds;
  dropped_ += online.dropped_seconds;
  proc_stat_busy_ += online.proc_stat_busy;
}

Comparison::Offline Comparison::offline() const {
  Offline all;
  for (const auto& [id, core] : cores_) {
    const CoreTimes& t = core.nearer();
    all.unknown_apart += core.unknown_apart();
    all.windows += core.window;
    for (const auto& [pair, ns] : t.pairs) {
      Offline::Sum& sum = all.pairs[pair];
      sum.seconds += to_seconds(ns);
      sum.windows += core.window;
    }
    for (const auto& [who, beside] : t.entities) {
      auto& [sum, classes] = all.entities[who];
      const Classes more = classes_of(beside);
      for (size_t c = 0; c < kClasses; c++) classes[c] += more[c];
      sum.windows += core.window;
    }
    for (const auto& [pair, ns] : core.offline.slack.pairs) all.pairs[pair].slack += to_seconds(ns);
    for (const auto& [who, ns] : core.offline.slack.entities) all.entities[who].first.slack += to_seconds(ns);
  }
  return all;
}

Party Comparison::party(Who who) const {
  const auto at = parties_.find(who);
  if (at != parties_.end()) return at->second;
  if (who == kKernel) return {std::nullopt, who, "kernel"};
  return {std::nullopt, who, id_kind_ + ":" + std::to_string(who)};
}

void Comparison::state_rows(Report& report) const {
  for (const auto& [id, core] : cores_) {
    if (!(core.window > 0)) continue;
    const CoreTimes& t = core.nearer();
    const auto offline = states_of(t);
    const double base = tolerance_.states * core.window + to_seconds(core.offline.slack.states) + given_up();
    // Which part of a lost switch's time is unknown depends on who is asked; both rules are honest.
    const double rules =
        std::abs(to_seconds(core.offline.hindsight.unknown) - to_seconds(core.offline.without.unknown));
    for (size_t s = 0; s < kStates; s++) {
      if (!has_state(core.siblings, s)) continue;
      StateRow row;
      row.core = id;
      row.state = static_cast<State>(s);
      row.window = core.window;
      row.online = core.online[s];
      row.offline = offline[s];
      row.allowed = base + (s == kStateUnknown ? rules : core.unknown_apart());
      report.states.push_back(row);
    }
    report.core_seconds += core.window;
    report.changes += t.changes;
    report.state_changes += t.state_changes;
  }
}

double Comparison::share_allowed(double windows, double slack) const {
  return tolerance_.pairs * windows + slack + given_up() + dropped_;
}

// A sibling that gave up an update is booked as what it ran before until its next switch, which books unknown.
// How long that was nobody knows; four runs of average length each is generous.
double Comparison::given_up() const {
  if (contended_ == 0) return 0;
  double cpu_seconds = 0, changes = 0;
  for (const auto& [id, core] : cores_) {
    cpu_seconds += core.window * static_cast<double>(core.siblings);
    changes += static_cast<double>(core.nearer().changes);
  }
  return lost_seconds_ + 4 * static_cast<double>(contended_) * cpu_seconds / std::max(changes, 1.0);
}

void Comparison::pair_rows(const Offline& offline, Report& report) const {
  std::map<Pair, Offline::Sum> all = offline.pairs;
  for (const auto& [pair, seconds] : pairs_) all.try_emplace(pair);
  for (const auto& [pair, sum] : all) {
    PairRow row;
    row.a = party(pair.first);
    row.b = party(pair.second);
    row.online = value(pairs_, pair);
    row.offline = sum.seconds;
    // Never in the log: measured by one core's share.
    const double windows = sum.windows > 0 ? sum.windows : offline.windows / static_cast<double>(cores_.size());
    row.allowed = share_allowed(windows, sum.slack + offline.unknown_apart);
    if (row.online == 0 && row.offline == 0) continue;
    report.pairs.push_back(std::move(row));
  }
  by_difference(report.pairs);
}

void Comparison::entity_rows(const Offline& offline, Report& report) const {
  auto all = offline.entities;
  for (const auto& [who, classes] : entities_) all.try_emplace(who);
  for (const auto& [who, swept] : all) {
    const auto& [sum, classes] = swept;
    const auto at = entities_.find(who);
    const double windows = sum.windows > 0 ? sum.windows : offline.windows / static_cast<double>(cores_.size());
    for (size_t c = 0; c < kClasses; c++) {
      EntityRow row;
      row.entity = party(who);
      row.beside = static_cast<Class>(c);
      row.online = at == entities_.end() ? 0 : at->second[c];
      row.offline = classes[c];
      // Where an entity runs on both siblings what is unknown of them counts twice.
      row.allowed = share_allowed(windows, sum.slack + 2 * offline.unknown_apart);
      // Whether it is unknown what ran beside it is the rule's to say, within what the cores' unknown time allows.
      if (c == kBesideUnknown)
        for (const StateRow& s : report.states)
          if (s.state == kStateUnknown) row.allowed += s.allowed;
      if (row.online != 0 || row.offline != 0) report.entities.push_back(std::move(row));
    }
  }
  by_difference(report.entities);
}

Report Comparison::report(const LogFacts& log) const {
  Report report;
  report.start_ns = start_ns_;
  report.end_ns = end_ns_;
  report.window_seconds = to_seconds(end_ns_ - start_ns_);
  report.intervals = intervals_;
  report.online_lost = lost_;
  report.contended = contended_;
  report.proc_stat_busy = proc_stat_busy_;
  report.online_busy = busy_;
  report.log = log;
  state_rows(report);
  const Offline swept = offline();
  pair_rows(swept, report);
  entity_rows(swept, report);
  report.inconsistencies = findings_.sentences();
  judge_log(report);
  judge(report);
  return report;
}

}  // namespace smtscope::audit
