// SPDX-License-Identifier: Apache-2.0
// What every collector is: probes that exist as long as it does, and readings on request.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kernel/bpf_features.h"
#include "kernel/id_info.h"
#include "kernel/perf_event.h"
#include "kernel/program_stats.h"
#include "kernel/switch_object.h"
#include "model/counter_plan.h"
#include "model/result.h"
#include "model/snapshot.h"

namespace smtscope {

// An entity that is a cgroup, and the folder that shows it.
struct EntityCgroup {
  uint32_t entity = 0;
  std::string folder;
};

class SwitchProbe;
struct Drain;

// The scheduler program while it runs, for the collectors that read it too.
struct SharedSwitch {
  SwitchProbe* probe = nullptr;               // null: it does not run
  std::function<void(const Drain&)> drained;  // told of every drain; may be empty
};

// What collectors are made from.
struct CollectorContext {
  std::string sys_root;
  std::string proc_root;
  std::shared_ptr<const Topology> topology;
  SwitchOptions switch_options;
  const BpfFeatures* features = nullptr;
  // The entity that a kernel-side id stands for.
  std::function<uint32_t(uint32_t kernel_id, const IdInfo& info)> resolve;
  // The entities that are cgroups, those met since the last call named first; none with processes.
  std::function<std::vector<EntityCgroup>()> cgroups;
  // Which counters to count, or why none.
  Result<std::vector<CounterPlan>> counter_plans = fail(ErrorKind::unsupported, "nobody looked for counters");
  PerfMode counter_mode = {};  // what of a CPU is counted: all, but for tests
  std::shared_ptr<SharedSwitch> shared_switch = std::make_shared<SharedSwitch>();  // never null
};

// Something measured less fully than it could be, for people.
struct Shortfall {
  std::string what;
  std::string reason;
};

// It exists only if its probes do. It never derives, formats or throws.
class Collector {
 public:
  Collector() = default;
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;
  virtual ~Collector() = default;

  // Adds the cumulative readings as of now; who the entities are is for the caller to add.
  [[nodiscard]] virtual Result<> sample(Snapshot& snapshot) = 0;
  // Keeps the kernel side short between samples. Call about once a second, at least once a minute.
  [[nodiscard]] virtual Result<> drain() { return {}; }
  // CPUs went on- or offline.
  [[nodiscard]] virtual Result<> follow(const std::shared_ptr<const Topology>& /*topology*/) { return {}; }

  // Entities that the readings name, ascending.
  [[nodiscard]] virtual std::vector<uint32_t> entities() const { return {}; }
  // Of these the ones without a change since `ns` (CLOCK_MONOTONIC).
  [[nodiscard]] virtual std::vector<uint32_t> idle_since(uint64_t /*ns*/) const { return {}; }
  // Their readings are dropped; they must have been idle for longer than any interval that is still open.
  virtual void forget(const std::vector<uint32_t>& /*entities*/) {}

  [[nodiscard]] virtual std::vector<Shortfall> shortfalls() const { return {}; }
  // Programs it keeps attached, with their run time as far as the kernel counts it.
  [[nodiscard]] virtual std::vector<ProgramStats> programs() const { return {}; }
  [[nodiscard]] virtual uint64_t map_bytes() const { return 0; }
};

}  // namespace smtscope
