// SPDX-License-Identifier: Apache-2.0
// Recordings made by hand for the tests of `report`: a node that does what each step says.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model/frame.h"
#include "readings.h"
#include "stat_fixture.h"
#include "views/report_view.h"

namespace smtscope::test {

inline constexpr uint64_t kTickNs = 1'000'000'000;

class MadeNode {
 public:
  explicit MadeNode(std::vector<std::vector<uint32_t>> cores, bool attested = true)
      : topology_(topology_of(cores, attested)), bounds_(std::make_shared<std::vector<uint64_t>>()) {
    if (!attested) topology_->attested_reason = "siblings were stated by hand";
    for (int i = 0; i < 34; i++) bounds_->push_back(1ull << i);
    bounds_->push_back(0);
    RunFacts facts;
    facts.version = "1.2.3";
    facts.interval_ns = kTickNs;
    facts.host = made_host();
    facts.grouping = "cgroup v2";
    facts.not_measured = {{"instructions, top-down, NUMA, TCP", "not in this version"}};
    run_ = std::make_shared<const RunFacts>(std::move(facts));
    for (const Core& core : topology_->cores) {
      add(Reading::core_state, core_key(core.id), 0, 0);
      add(Reading::core_window, core_key(core.id), 0, 0);
    }
    for (const Reading reading :
         {Reading::entity_time, Reading::pair_time, Reading::runqueue_count, Reading::runqueue_sum})
      rows_[reading];  // without a row, which is not missing
    add(Reading::placement, {KeyKind::node, 0, 0}, 0, 0);
    add(Reading::anomaly, {KeyKind::node, 0, 0}, 0, 0);
    name(kKernelEntity, "kernel", EntityKind::kernel);
  }

  void name(uint32_t id, const std::string& name, EntityKind kind = EntityKind::cgroup) {
    Entity entity = cgroup_entity(id, name);
    entity.kind = kind;
    if (kind != EntityKind::cgroup) entity.cgroup.reset();
    entities_[id] = entity;
  }
  // The core was so long in the state with `busy` siblings busy (kCoreUnknownColumn: unknown).
  void core(uint32_t id, uint32_t busy, double seconds) {
    add(Reading::core_state, core_key(id), busy, ns(seconds));
    add(Reading::core_window, core_key(id), 0, ns(seconds));
  }
  void entity(uint32_t id, ClassColumn column, double seconds) {
    add(Reading::entity_time, entity_key(id), column, ns(seconds));
  }
  void pair(uint32_t a, uint32_t b, double seconds) { add(Reading::pair_time, pair_key(a, b), 0, ns(seconds)); }
  // `bucket` k: up to 2^k ns.
  void waits(uint32_t id, uint32_t bucket, uint64_t count) {
    add(Reading::runqueue_count, {KeyKind::entity, id, bucket}, 0, count);
    add(Reading::runqueue_sum, entity_key(id), 0, count << bucket);
  }
  void placed(uint64_t sampled, uint64_t avoidable) {
    const Key node{KeyKind::node, 0, 0};
    add(Reading::placement, node, 0, sampled * 10);
    add(Reading::placement, node, 1, sampled);
    add(Reading::placement, node, 2, avoidable);
  }
  // A collector that forgets it: the rows are gone, the next frame says so.
  void forget(uint32_t id) {
    ended_.push_back(entities_.at(id));
    entities_.erase(id);
    for (auto& [reading, rows] : rows_)
      std::erase_if(rows, [&](const auto& row) {
        const Key& key = row.first;
        return (key.kind == KeyKind::entity && key.a == id) ||
               (key.kind == KeyKind::pair && (key.a == id || key.b == id));
      });
  }
  // The probes begin anew, in another process, so much later: cumulative readings and ids begin anew too.
  void restart(double seconds) {
    now_ns_ += ns(seconds);
    RunFacts facts = *run_;
    facts.started_unix_ns++;
    run_ = std::make_shared<const RunFacts>(std::move(facts));
    for (auto& [reading, rows] : rows_)
      for (auto& [key, values] : rows) std::fill(values.begin(), values.end(), 0);
    begin_ = true;
  }
  void host(HostFacts host) {
    RunFacts facts = *run_;
    facts.host = std::move(host);
    run_ = std::make_shared<const RunFacts>(std::move(facts));
  }
  void topology(std::vector<std::vector<uint32_t>> cores) { topology_ = topology_of(cores, true); }

  // The readings now, `seconds` after those before.
  Frame frame(double seconds = 1) {
    now_ns_ += ns(seconds);
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->start_ns = now_ns_ - 1000;
    snapshot->end_ns = now_ns_;
    snapshot->unix_offset_ns = 1'700'000'000'000'000'000;
    snapshot->topology = topology_;
    snapshot->bucket_upper_ns = bounds_;
    for (auto& [reading, rows] : rows_) {
      Table& table = snapshot->tables[reading];
      table.width = reading_width(reading);
      for (auto& [key, values] : rows) {
        if (reading == Reading::core_window) values[1] = now_ns_;
        std::copy(values.begin(), values.end(), table.append(key));
      }
    }
    for (const auto& [id, entity] : entities_) snapshot->entities.push_back(entity);
    Frame frame;
    frame.run = run_;
    frame.snapshot = std::move(snapshot);
    frame.ended = std::exchange(ended_, {});
    frame.begin = std::exchange(begin_, false);
    frame.agent.user_ns = now_ns_ / 1000;
    return frame;
  }

 private:
  static uint64_t ns(double seconds) { return static_cast<uint64_t>(seconds * 1e9 + 0.5); }
  void add(Reading reading, Key key, uint32_t column, uint64_t value) {
    std::vector<uint64_t>& row = rows_[reading][key];
    row.resize(reading_width(reading));
    row[column] += value;
  }

  std::shared_ptr<Topology> topology_;
  std::shared_ptr<std::vector<uint64_t>> bounds_;
  std::shared_ptr<const RunFacts> run_;
  std::map<Reading, std::map<Key, std::vector<uint64_t>>> rows_;
  std::map<uint32_t, Entity> entities_;
  std::vector<Entity> ended_;
  uint64_t now_ns_ = 1'000'000'000'000;
  bool begin_ = true;
};

inline constexpr uint32_t kHogA = 10, kHogB = 11;

// Two cores of two; both hogs on one core, then each on its own.
inline MadeNode two_hogs(Knots& knots, int together, int apart) {
  MadeNode node({{0, 1}, {2, 3}});
  node.name(kHogA, "/hog-a");
  node.name(kHogB, "/hog-b");
  knots.add(node.frame(0));
  for (int i = 0; i < together; i++) {
    node.core(0, 2, 0.99), node.core(0, 1, 0.01), node.core(2, 0, 1);
    node.entity(kHogA, kClassOther, 0.99), node.entity(kHogB, kClassOther, 0.99);
    node.entity(kHogA, kClassIdle, 0.01);
    node.pair(kHogA, kHogB, 0.99);
    node.waits(kHogA, 12, 10), node.waits(kHogB, 13, 10);
    node.placed(10, 0);
    knots.add(node.frame());
  }
  for (int i = 0; i < apart; i++) {
    node.core(0, 1, 1), node.core(2, 1, 1);
    node.entity(kHogA, kClassIdle, 1), node.entity(kHogB, kClassIdle, 1);
    knots.add(node.frame());
  }
  return node;
}

}  // namespace smtscope::test
