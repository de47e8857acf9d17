// SPDX-License-Identifier: Apache-2.0
// A made-up node with two cores of two threads, tick by tick, for the tests of `diff`.
#pragma once

#include <array>
#include <cmath>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "compare/window_sum.h"
#include "kernel/ledger_reader.h"
#include "unit/recording_frames.h"
#include "views/diff_view.h"

namespace smtscope::test {

// What an entity does in a second: CPU seconds by class, and its waits.
struct Doing {
  Entity who;
  std::array<double, kClassColumns> oncpu{};
  uint64_t waits = 0;
  double wait_us = 0;  // of each
};

struct Second {
  double single = 0, both = 0;  // core seconds, of two
  std::vector<Doing> doing;
  std::vector<std::pair<std::pair<uint32_t, uint32_t>, double>> pairs;  // by id of `doing`
};

inline Entity service(uint32_t id, const std::string& name) {
  return {id, EntityKind::unit, name, "/system.slice/" + name, 100 + id, {}, {}};
}

inline std::shared_ptr<RunFacts> node_run() {
  auto run = std::make_shared<RunFacts>();
  run->started_unix_ns = 1'790'000'000'000'000'000;
  run->version = "0.1.0";
  run->architecture = "x86_64";
  run->interval_ns = 1'000'000'000;
  run->host.name = "node-0417";
  run->host.kernel = "6.1.0-18-amd64";
  run->host.cpu_model = "Some CPU";
  run->host.smt_control = "on";
  run->host.smt_active = true;
  run->host.core_scheduling = "not in use";
  run->host.hypervisor = "none";
  run->host.clocksource = "tsc";
  run->host.governor = "performance";
  run->host.mitigations = {{"mds", "Mitigation: Clear CPU buffers; SMT vulnerable"}, {"meltdown", "Mitigation: PTI"}};
  run->grouping = "cgroup v2";
  return run;
}

class DiffNode {
 public:
  explicit DiffNode(std::shared_ptr<const RunFacts> run = node_run(), uint32_t threads = 2) : run_(std::move(run)) {
    auto topology = std::make_shared<Topology>();
    for (uint32_t c = 0; c < 2; c++) {
      Core core{c, 0, c, 0, 0, {c}};
      if (threads > 1) core.cpus.push_back(c + 2);
      topology->cores.push_back(core);
    }
    for (uint32_t cpu = 0; cpu < 2 * threads; cpu++) topology->cpus.push_back({cpu, true, false, cpu % 2});
    topology->possible_cpus = 2 * threads;
    topology->attested = true;
    this->topology = std::move(topology);
    auto bounds = std::make_shared<std::vector<uint64_t>>();
    for (uint32_t k = 0; k < SMTSCOPE_BUCKETS; k++) bounds->push_back(bucket_upper_ns(k));
    bounds_ = bounds;
  }

  // The first frame: nothing yet.
  Frame begin() {
    Frame frame = make();
    frame.begin = true;
    return frame;
  }

  Frame after(const Second& second) {
    now_ += 1'000'000'000;
    for (size_t c = 0; c < 2; c++) {
      const uint64_t single = ns(second.single / 2), both = ns(second.both / 2);
      cores_[c][1] += single;
      cores_[c][2] += both;
      cores_[c][0] += 1'000'000'000 - single - both;
    }
    transitions_ += 100;
    for (const Doing& doing : second.doing) {
      entities_[doing.who.id] = doing.who;
      for (uint32_t c = 0; c < kClassColumns; c++) times_[doing.who.id][c] += ns(doing.oncpu[c]);
      if (doing.waits == 0) continue;
      const auto wait = static_cast<uint64_t>(doing.wait_us * 1000);
      const auto at = std::lower_bound(bounds_->begin(), bounds_->end() - 1, wait);
      waits_[{doing.who.id, static_cast<uint32_t>(at - bounds_->begin())}] += doing.waits;
      waited_[doing.who.id] += doing.waits * wait;
    }
    for (const auto& [ids, seconds] : second.pairs) pairs_[ids] += ns(seconds);
    return make();
  }

  void forget(uint32_t id) {
    entities_.erase(id);
    times_.erase(id);
    waited_.erase(id);
    std::erase_if(waits_, [&](const auto& row) { return row.first.first == id; });
    std::erase_if(pairs_, [&](const auto& row) { return row.first.first == id || row.first.second == id; });
  }

  std::shared_ptr<const Topology> topology;
  std::map<Reading, Reason> missing;  // readings without a value

 private:
  static uint64_t ns(double seconds) { return static_cast<uint64_t>(std::llround(seconds * 1e9)); }

  Frame make() {
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->start_ns = now_ - 1000;
    snapshot->end_ns = now_;
    snapshot->unix_offset_ns = 1'790'000'000'000'000'000;
    snapshot->topology = topology;
    snapshot->bucket_upper_ns = bounds_;
    for (const auto& [id, entity] : entities_) snapshot->entities.push_back(entity);
    const auto row = [&](Reading reading, const Key& key) {
      Table& table = snapshot->tables[reading];
      table.width = reading_width(reading);
      return table.append(key);
    };
    for (const Reading reading :
         {Reading::entity_time, Reading::pair_time, Reading::runqueue_count, Reading::runqueue_sum})
      snapshot->tables[reading].width = reading_width(reading);
    for (const Core& core : topology->cores) {
      std::copy(cores_[core.id].begin(), cores_[core.id].end(), row(Reading::core_state, {KeyKind::core, core.id, 0}));
      uint64_t* window = row(Reading::core_window, {KeyKind::core, core.id, 0});
      window[0] = now_ - kStart;
      window[1] = now_;
    }
    for (const auto& [id, time] : times_)
      std::copy(time.begin(), time.end(), row(Reading::entity_time, {KeyKind::entity, id, 0}));
    for (const auto& [ids, time] : pairs_) *row(Reading::pair_time, {KeyKind::pair, ids.first, ids.second}) = time;
    for (const auto& [at, n] : waits_) *row(Reading::runqueue_count, {KeyKind::entity, at.first, at.second}) = n;
    for (const auto& [id, time] : waited_) *row(Reading::runqueue_sum, {KeyKind::entity, id, 0}) = time;
    uint64_t* placement = row(Reading::placement, {});
    placement[0] = transitions_;
    placement[1] = transitions_ / 10;
    placement[2] = transitions_ / 50;
    row(Reading::anomaly, {});
    for (const auto& [reading, reason] : missing) {
      snapshot->tables.erase(reading);
      snapshot->missing[reading] = reason;
    }
    Frame frame;
    frame.run = run_;
    frame.snapshot = std::move(snapshot);
    frame.tick = tick_++;
    return frame;
  }

  static constexpr uint64_t kStart = 1'000'000'000;

  std::shared_ptr<const RunFacts> run_;
  std::shared_ptr<const std::vector<uint64_t>> bounds_;
  std::array<std::array<uint64_t, kCoreColumns>, 2> cores_{};
  std::map<uint32_t, Entity> entities_;
  std::map<uint32_t, std::array<uint64_t, kClassColumns>> times_;
  std::map<std::pair<uint32_t, uint32_t>, uint64_t> waits_, pairs_;
  std::map<uint32_t, uint64_t> waited_;
  uint64_t transitions_ = 0;
  uint64_t now_ = kStart;
  uint64_t tick_ = 0;
};

// redis and settle share a node: redis sits beside settle for `beside` of its 0.5 s a second and waits `wait_us`.
// `wobble` moves the numbers a little, as every second differs.
inline Second shared_second(double beside, double wait_us, double wobble) {
  const double redis = 0.5 + wobble, together = redis * beside;
  Second second;
  second.both = together;
  second.single = redis - together + 0.9 - together;
  second.doing = {{service(4, "redis.service"), {redis - together, 0, together, 0, 0}, 1000, wait_us},
                  {service(7, "settle.service"), {0.9 - together, 0, together, 0, 0}, 50, 4000},
                  {{kKernelEntity, EntityKind::kernel, "kernel", {}, {}, {}, {}}, {0.01, 0, 0.002, 0, 0}, 10, 5}};
  second.pairs = {{{4, 7}, together}};
  return second;
}

inline double wobble(size_t i) { return 0.004 * static_cast<double>((i * 7) % 5) - 0.008; }

// `seconds` ticks of that, after the first one.
inline void feed(diff::Side& side, DiffNode& node, size_t seconds, double beside, double wait_us) {
  for (size_t i = 0; i < seconds; i++) side.add(node.after(shared_second(beside, wait_us, wobble(i))));
}

// Two sides of a test, and what is asked of them.
struct TwoSides {
  explicit TwoSides(uint64_t window_ns = 1'000'000'000) : a(names, window_ns), b(names, window_ns) {
    options.window_ns = window_ns;
  }
  NamedEntities names;
  diff::Side a, b;
  DiffOptions options;

  Result<DiffView> view() {
    a.finish();
    b.finish();
    return diff_view(a, b, {"A", "before.smtscope", {}, {}, {}}, {"B", "after.smtscope", {}, {}, {}}, names, options);
  }
};

// 12 seconds each: redis alone, then beside settle.
inline void fill_usual(TwoSides& sides, std::shared_ptr<const RunFacts> run_b = node_run()) {
  DiffNode a, b(std::move(run_b));
  sides.a.add(a.begin());
  feed(sides.a, a, 12, 0.2, 20);
  sides.b.add(b.begin());
  feed(sides.b, b, 12, 0.6, 900);
}

}  // namespace smtscope::test
