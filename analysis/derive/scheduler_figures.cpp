// SPDX-License-Identifier: Apache-2.0
#include "derive/scheduler_figures.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace smtscope {
namespace {

// Divided, not multiplied by 1e-9: the nearest double prints with at most nine decimals.
double to_seconds(uint64_t ns) { return static_cast<double>(ns) / 1e9; }
constexpr double kYieldLow = 0.9, kYieldHigh = 1.7;  // public measurements lie between; docs/accounting.md

const Table* table(const Interval& interval, Reading reading) {
  const auto at = interval.tables.find(reading);
  return at == interval.tables.end() ? nullptr : &at->second;
}

StateSeconds states_of(const uint64_t* by_busy, uint32_t n) {
  StateSeconds s;
  s.idle = to_seconds(by_busy[0]);
  s.single = to_seconds(by_busy[1]);
  s.unknown = to_seconds(by_busy[kCoreUnknownColumn]);
  if (n >= 2) s.all_busy = to_seconds(by_busy[n]);
  if (n > 2) {
    const uint64_t between = std::accumulate(by_busy + 2, by_busy + n, uint64_t{0});
    s.partial = to_seconds(between);
  }
  return s;
}

void add(std::optional<double>& sum, const std::optional<double>& value) {
  if (value) sum = sum.value_or(0) + *value;
}

void add(StateSeconds& sum, const StateSeconds& s) {
  sum.idle += s.idle;
  sum.single += s.single;
  add(sum.partial, s.partial);
  add(sum.all_busy, s.all_busy);
  sum.unknown += s.unknown;
}

// A core whose CPUs changed: all its time is unknown, in the node's sums too.
void forget(CoreFigures& core, uint64_t window_ns, Reason reason) {
  core.reason = reason;
  core.seconds = StateSeconds{};
  if (core.cpus.size() >= 2) core.seconds.all_busy = 0;
  if (core.cpus.size() > 2) core.seconds.partial = 0;
  core.seconds.unknown = to_seconds(window_ns);
  std::fill(core.busy_siblings.begin(), core.busy_siblings.end(), 0.0);
}

void fill_cores(const Interval& interval, SchedulerFigures& out) {
  const Window all = measured_window(interval);
  out.start_ns = all.start_ns;
  out.end_ns = all.end_ns;
  out.window_seconds = to_seconds(all.end_ns - all.start_ns);
  const Table* states = table(interval, Reading::core_state);
  const Table* windows = table(interval, Reading::core_window);
  if (!states || !windows || !interval.topology) return;
  for (const Core& core : interval.topology->cores) {
    const Key key{KeyKind::core, core.id, 0};
    const uint64_t* row = states->find(key);
    const uint64_t* window = windows->find(key);
    if (!row || !window) continue;
    const auto n = static_cast<uint32_t>(core.cpus.size());
    CoreFigures figures;
    figures.id = core.id;
    figures.package = core.package;
    figures.node = core.node;
    figures.cpus = core.cpus;
    figures.end_ns = window[1];
    figures.start_ns = window[1] - window[0];
    figures.seconds = states_of(row, n);
    for (uint32_t k = 0; k <= n; k++) figures.busy_siblings.push_back(to_seconds(row[k]));
    if (const auto at = interval.unknown.find(key); at != interval.unknown.end())
      forget(figures, window[0], at->second);
    add(out.node, figures.seconds);
    out.cores.push_back(std::move(figures));
  }
}

// Node shares over known time. SMT-2 and plain cores have a true use; wider cores need measured yields.
void fill_capacity(const Interval& interval, SchedulerFigures& out) {
  double cpu_seconds = 0, cpu_busy = 0, core_seconds = 0, core_busy = 0, smt = 0, all_busy = 0, plain_busy = 0,
         smt_single = 0;
  bool wide = false;
  for (const CoreFigures& core : out.cores) {
    const auto n = core.cpus.size();
    const double known = std::accumulate(core.busy_siblings.begin(), core.busy_siblings.end(), 0.0);
    for (size_t k = 1; k <= n; k++) cpu_busy += static_cast<double>(k) * core.busy_siblings[k];
    cpu_seconds += static_cast<double>(n) * known;
    core_seconds += known;
    core_busy += known - core.busy_siblings[0];
    wide |= n > 2;
    if (n < 2) {
      plain_busy += core.seconds.single;
      continue;
    }
    smt += known;
    smt_single += core.seconds.single;
    all_busy += core.seconds.all_busy.value_or(0);
  }
  CapacityFigures& c = out.capacity;
  if (core_seconds > 0) {
    c.cpu_used = cpu_busy / cpu_seconds;
    c.core_used = core_busy / core_seconds;
    if (smt > 0) c.all_busy = all_busy / smt;
  }
  if (!interval.topology || !interval.topology->attested) {
    c.true_used_reason = Reason::not_attested;
  } else if (wide) {
    c.true_used_reason = Reason::unsupported;
  } else if (core_seconds <= 0) {
    c.true_used_reason = Reason::too_few;
  } else {
    c.true_used = true_use(smt_single + plain_busy, all_busy, smt, core_seconds - smt, kYieldLow, kYieldHigh);
  }
}

// Upper bound of the bucket that holds the ceil(share * count)-th smallest wait.
std::optional<double> quantile_us(const RunqueueFigures& r, double share) {
  const auto rank = static_cast<uint64_t>(std::ceil(share * static_cast<double>(r.count)));
  uint64_t seen = 0;
  for (const WaitBucket& bucket : r.buckets) {
    seen += bucket.count;
    if (seen >= rank) return bucket.upper_us;
  }
  return std::nullopt;
}

std::optional<double> upper_us(const Interval& interval, uint32_t bucket) {
  const auto& bounds = *interval.bucket_upper_ns;
  if (bucket >= bounds.size() || bounds[bucket] == 0) return std::nullopt;
  return static_cast<double>(bounds[bucket]) / 1000;
}

std::map<uint32_t, RunqueueFigures> run_queues(const Interval& interval) {
  std::map<uint32_t, RunqueueFigures> all;
  const Table* counts = table(interval, Reading::runqueue_count);
  const Table* sums = table(interval, Reading::runqueue_sum);
  if (!counts || !sums || !interval.bucket_upper_ns) return all;
  for (size_t i = 0; i < counts->keys.size(); i++) {  // ascending by entity, then bucket
    RunqueueFigures& r = all[counts->keys[i].a];
    r.count += counts->row(i)[0];
    r.buckets.push_back({upper_us(interval, counts->keys[i].b), counts->row(i)[0]});
  }
  for (size_t i = 0; i < sums->keys.size(); i++) all[sums->keys[i].a].sum_seconds = to_seconds(sums->row(i)[0]);
  for (auto& [id, r] : all) {
    if (r.count == 0) continue;
    r.p50_us = quantile_us(r, 0.50);
    r.p99_us = quantile_us(r, 0.99);
    r.max_us = r.buckets.back().upper_us;
  }
  return all;
}

void fill_entities(const Interval& interval, SchedulerFigures& out) {
  auto queues = run_queues(interval);
  const bool measured = table(interval, Reading::runqueue_count) != nullptr;
  const Table* times = table(interval, Reading::entity_time);
  for (const Entity& who : interval.entities) {
    EntityFigures figures;
    figures.who = who;
    if (const uint64_t* row = times ? times->find({KeyKind::entity, who.id, 0}) : nullptr)
      for (uint32_t c = 0; c < kClassColumns; c++) figures.oncpu[c] = to_seconds(row[c]);
    if (measured) figures.runqueue = std::move(queues[who.id]);
    out.entities.push_back(std::move(figures));
  }
  std::stable_sort(out.entities.begin(), out.entities.end(),
                   [](const EntityFigures& l, const EntityFigures& r) { return l.busy_seconds() > r.busy_seconds(); });
}

void fill_pairs(const Interval& interval, SchedulerFigures& out) {
  const Table* pairs = table(interval, Reading::pair_time);
  if (!pairs) return;
  for (size_t i = 0; i < pairs->keys.size(); i++)
    out.pairs.push_back({pairs->keys[i].a, pairs->keys[i].b, to_seconds(pairs->row(i)[0])});
  std::stable_sort(out.pairs.begin(), out.pairs.end(),
                   [](const PairFigures& l, const PairFigures& r) { return l.seconds > r.seconds; });
}

// Wilson score interval at 95 % (z = 1.96): holds for few samples and for shares near 0 and 1.
void wilson(uint64_t hits, uint64_t samples, PlacementFigures& out) {
  if (samples == 0) return;
  constexpr double kZ = 1.959963984540054;
  const auto n = static_cast<double>(samples);
  const double p = static_cast<double>(hits) / n, z2 = kZ * kZ;
  const double centre = (p + z2 / (2 * n)) / (1 + z2 / n);
  const double half = kZ * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n);
  out.avoidable_low = std::max(0.0, centre - half);
  out.avoidable_high = std::min(1.0, centre + half);
}

void fill_placement(const Interval& interval, SchedulerFigures& out) {
  const Table* totals = table(interval, Reading::placement);
  const uint64_t* row = totals ? totals->find({KeyKind::node, 0, 0}) : nullptr;
  if (!row || !interval.topology || interval.topology->threads_per_core() < 2) return;
  out.placement.transitions = row[0];
  out.placement.sampled = row[1];
  out.placement.avoidable = row[2];
  wilson(row[2], row[1], out.placement);
  const Table* counts = table(interval, Reading::placement_count);
  if (!counts || !interval.bucket_upper_ns) return;
  for (size_t i = 0; i < counts->keys.size(); i++)
    if (counts->row(i)[0]) out.placement.buckets.push_back({upper_us(interval, counts->keys[i].a), counts->row(i)[0]});
}

void fill_lost(const Interval& interval, SchedulerFigures& out) {
  out.lost.word_variant = interval.word_variant;
  const Table* anomalies = table(interval, Reading::anomaly);
  const uint64_t* row = anomalies ? anomalies->find({KeyKind::node, 0, 0}) : nullptr;
  if (!row) return;
  out.lost.switches = row[kLostSwitches];
  out.lost.seconds = to_seconds(row[kLostNs]);
  out.lost.contended = row[kContended];
  out.lost.clamped = row[kClamped];
  out.lost.pairs_dropped = row[kPairsDropped];
  out.lost.pairs_dropped_seconds = to_seconds(row[kPairsDroppedNs]);
  out.lost.entities_dropped = row[kEntitiesDropped];
}

}  // namespace

Window measured_window(const Interval& interval) {
  const Window whole{interval.start_ns, interval.end_ns};
  const Table* windows = table(interval, Reading::core_window);
  if (!windows || !interval.topology) return whole;
  std::optional<Window> all;
  for (const Core& core : interval.topology->cores) {
    const uint64_t* row = windows->find({KeyKind::core, core.id, 0});
    if (!row) continue;
    const Window own{row[1] - row[0], row[1]};
    all = all ? Window{std::min(all->start_ns, own.start_ns), std::max(all->end_ns, own.end_ns)} : own;
  }
  return all.value_or(whole);
}

double EntityFigures::busy_seconds() const { return std::accumulate(oncpu.begin(), oncpu.end(), 0.0); }

CapacityFigures::TrueUse true_use(double single_seconds, double double_seconds, double smt_core_seconds,
                                  double plain_core_seconds, double yield_low, double yield_high) {
  const auto use = [&](double y) {
    return (single_seconds + y * double_seconds) / (smt_core_seconds * std::max(y, 1.0) + plain_core_seconds);
  };
  CapacityFigures::TrueUse range{use(yield_low), use(yield_low), yield_low, yield_high};
  // Below 1 it rises with Y, above 1 it is monotonic: the extremes are at the ends or at 1.
  for (const double y : {yield_high, std::clamp(1.0, yield_low, yield_high)}) {
    range.low = std::min(range.low, use(y));
    range.high = std::max(range.high, use(y));
  }
  return range;
}

SchedulerFigures scheduler_figures(const Interval& interval) {
  SchedulerFigures out;
  out.unix_offset_ns = interval.unix_offset_ns;
  out.full_waits = interval.full_waits;
  fill_cores(interval, out);
  fill_capacity(interval, out);
  fill_entities(interval, out);
  fill_pairs(interval, out);
  fill_placement(interval, out);
  fill_lost(interval, out);
  return out;
}

}  // namespace smtscope
