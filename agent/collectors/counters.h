// SPDX-License-Identifier: Apache-2.0
// The counters signal: hardware counters of each CPU, and what the scheduler program reads of them at its switches.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "collectors/collector.h"
#include "collectors/counter_totals.h"
#include "kernel/cpu_counters.h"
#include "kernel/perf_event.h"

namespace smtscope {

class CountersCollector final : public Collector {
 public:
  // Tests, opens and enables what the plans want. Fails where nothing counts, and says why.
  static Result<std::unique_ptr<Collector>> make(const CollectorContext& context);
  CountersCollector(const CountersCollector&) = delete;
  CountersCollector& operator=(const CountersCollector&) = delete;
  ~CountersCollector() override;

  [[nodiscard]] Result<> sample(Snapshot& snapshot) override;
  [[nodiscard]] Result<> follow(const std::shared_ptr<const Topology>& topology) override;
  [[nodiscard]] std::vector<uint32_t> entities() const override { return totals_.entities(); }
  // Who is counted has time too: the scheduler signal knows who is idle.
  [[nodiscard]] std::vector<uint32_t> idle_since(uint64_t /*ns*/) const override { return totals_.entities(); }
  void forget(const std::vector<uint32_t>& entities) override { totals_.forget(entities); }
  [[nodiscard]] std::vector<Shortfall> shortfalls() const override;

 private:
  // All CPUs of one kind.
  struct Kind {
    CpuCounters counters;
    std::vector<uint32_t> at_switch;  // indexes of its events in the order of the scheduler program
  };
  explicit CountersCollector(const CollectorContext& context);
  Result<> open(const std::vector<CounterPlan>& plans, const Topology& topology);
  void test(CpuCounters& counters);
  Result<> hand_over();
  void listen();
  void publish_plans();

  std::shared_ptr<SharedSwitch> switch_;
  std::function<uint32_t(uint32_t kernel_id, const IdInfo& info)> resolve_;
  PerfMode mode_;
  PerfRules rules_;
  std::vector<Kind> kinds_;
  std::map<uint32_t, uint32_t> tested_;       // CPU -> generation of the descriptors that were tested
  std::map<uint32_t, uint32_t> handed_over_;  // CPU -> generation of the descriptors that the scheduler program has
  std::map<uint32_t, uint64_t> read_ns_;      // CPU -> when it was read last
  const SwitchProbe* given_to_ = nullptr;
  uint32_t slots_ = 0;      // events that the scheduler program reads
  uint32_t at_switch_ = 0;  // of them, those that are what they should be: the first ones
  CounterTotals totals_;
  std::shared_ptr<const std::vector<CounterPlan>> plans_;
  std::vector<CpuReading> readings_;
};

}  // namespace smtscope
