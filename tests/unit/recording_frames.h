// SPDX-License-Identifier: Apache-2.0
// Frames made up for tests of recordings.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "model/frame.h"

namespace smtscope::test {

inline std::shared_ptr<const RunFacts> some_run(uint64_t started_unix_ns = 1'790'000'000'000'000'000) {
  auto run = std::make_shared<RunFacts>();
  run->started_unix_ns = started_unix_ns;
  run->version = "0.1.0";
  run->architecture = "aarch64";
  run->interval_ns = 1'000'000'000;
  run->host.name = "node\x01-\xff";
  run->host.kernel = "6.1";
  run->host.smt_active = false;
  run->host.mitigations = {{"mds", "Mitigation: x; SMT vulnerable"}};
  run->host.governor = "powersave";
  run->grouping = "cgroup v2";
  run->not_measured = {{"a", "b"}};
  run->limits = {7, 3};
  run->most_series = 99;
  run->node_attributes = {{"rack", "b7"}};
  return run;
}

inline Entity some_entity(uint32_t id, const std::string& name) {
  return {id, EntityKind::cgroup, name, name, 1000 + id, std::nullopt, std::nullopt};
}

// The second `second` of a node with two cores; values that all its tables depend on.
inline Frame some_frame(uint64_t second, uint64_t value, std::shared_ptr<const RunFacts> run = some_run()) {
  auto topology = std::make_shared<Topology>();
  topology->cpus = {{0, true, false, 0}, {1, true, false, 0}, {2, true, true, 2}, {3, false, false, {}}};
  topology->cores = {{0, 0, 4, 0, 0, {0, 1}}, {2, {}, {}, {}, {}, {2}}};
  topology->possible_cpus = 4;
  topology->attested_reason = "made up";
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->end_ns = second * 1'000'000'000;
  snapshot->start_ns = snapshot->end_ns - 77;
  snapshot->unix_offset_ns = 1'790'000'000'000'000'000;
  snapshot->topology = std::move(topology);
  snapshot->bucket_upper_ns = std::make_shared<const std::vector<uint64_t>>(std::vector<uint64_t>{100, 200, 0});
  const auto put = [&](Reading reading, const Key& key, const std::vector<uint64_t>& row) {
    Table& table = snapshot->tables[reading];
    table.width = reading_width(reading);
    std::copy(row.begin(), row.end(), table.append(key));
  };
  put(Reading::core_state, {KeyKind::core, 0, 0}, {value, 2, 3});
  put(Reading::core_state, {KeyKind::core, 2, 0}, {5});
  put(Reading::core_window, {KeyKind::core, 0, 0}, {value + 5, second * 1'000'000'000 - 5});
  put(Reading::core_window, {KeyKind::core, 2, 0}, {5, second * 1'000'000'000});
  put(Reading::entity_time, {KeyKind::entity, 4, 0}, {value, 0, 1});
  put(Reading::entity_time, {KeyKind::entity, 9, 0}, {1, 1, 1, 1, 1});
  put(Reading::pair_time, {KeyKind::pair, 4, 4}, {value});
  put(Reading::pair_time, {KeyKind::pair, 4, 9}, {value * 2});
  put(Reading::runqueue_count, {KeyKind::entity, 4, 0}, {value});
  put(Reading::runqueue_count, {KeyKind::entity, 4, 2}, {3});
  put(Reading::runqueue_sum, {KeyKind::entity, 4, 0}, {value * 90});
  put(Reading::anomaly, {}, {0, 0, value});
  put(Reading::cpu_counter, {KeyKind::counter, 0, 0}, {value * 7, second, second});
  put(Reading::cpu_counter, {KeyKind::counter, 0, 1}, {value, second, second / 2});
  put(Reading::entity_counter, {KeyKind::entity, 4, 3}, {value, 2 * value, value, 0, 1});
  snapshot->unread[{KeyKind::counter, 0, 1}] = Reason::stale;
  CounterPlan plan;
  plan.microarchitecture = "zen4";
  plan.title = "Zen 4";
  plan.pmu = "cpu";
  plan.dialect = "zen4_l1_group";
  plan.slots_per_cycle = 6;
  plan.cpus = {0, 1, 2};
  plan.events = {{"instructions", 4, 0xc0, 1, 2, 1, Reason::ok, ""}, {"x", 4, 3, 0, 0, 0, Reason::unsupported, "why"}};
  plan.derived = {{"y", "instructions - x"}};
  plan.instructions = 0;
  plan.remarks = {"less"};
  snapshot->counter_plans = std::make_shared<const std::vector<CounterPlan>>(std::vector<CounterPlan>{plan, plan});
  snapshot->missing[Reading::placement] = snapshot->missing[Reading::placement_count] = Reason::not_applicable;
  snapshot->missing[Reading::cpu_time] = Reason::permission;
  snapshot->entities = {some_entity(4, "/a"), some_entity(9, "/b")};
  Frame frame;
  frame.run = std::move(run);
  frame.snapshot = std::move(snapshot);
  frame.agent.collectors = {{"scheduler", 1, Reason::over_budget}};
  frame.agent.programs = {{"switch_word", 5, 6, 7}};
  frame.agent.exporters = {{"jsonl", 1, 2, 3, 4, 5, 6}};
  frame.agent.ticks.counts[3] = second;
  frame.agent.ticks.count = second;
  frame.agent.ticks.sum = 0.1 * static_cast<double>(second);
  frame.agent.user_ns = value;
  frame.active = {"scheduler"};
  frame.tick = second;
  return frame;
}

}  // namespace smtscope::test
