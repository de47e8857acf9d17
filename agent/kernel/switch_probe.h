// SPDX-License-Identifier: Apache-2.0
// The scheduler program at work: which core sits in which slot, closing and draining, exact windows.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "kernel/counter_reader.h"
#include "kernel/id_info.h"
#include "kernel/id_pool.h"
#include "kernel/ledger_reader.h"
#include "kernel/switch_object.h"

namespace smtscope {

// What happened on one core between two closes. Times are CLOCK_MONOTONIC.
struct CoreDrain {
  uint32_t core_id = 0;
  uint32_t siblings = 0;
  uint64_t start_ns = 0;
  uint64_t end_ns = 0;
  std::vector<Cell> cells;
  // With counters, one a CPU of the core. A slice that went on at the close is in the next drain.
  std::vector<CpuSliceCells> counters;
};

// Cumulative since start, summed over CPUs.
struct SwitchAnomalies {
  uint64_t lost = 0;
  uint64_t lost_ns = 0;
  uint64_t contended = 0;
  uint64_t retries = 0;
  uint64_t clamped = 0;
  uint64_t pairs_dropped = 0;
  uint64_t pairs_dropped_ns = 0;
  uint64_t entities_dropped = 0;
  uint64_t waits_dropped = 0;
  uint64_t waits_unbased = 0;
  uint64_t slices_dropped = 0;  // slices of entities folded into `other`
  uint64_t slices_dropped_ns = 0;
};

struct SwitchPlacement {
  uint64_t transitions = 0;
  uint64_t sampled = 0;
  uint64_t avoidable = 0;
  std::vector<uint64_t> buckets;  // by bucket_upper_ns
};

struct Drain {
  std::vector<CoreDrain> cores;  // a core that could not be drained in time is missing and comes next time
  SwitchAnomalies anomalies;
  SwitchPlacement placement;
  std::vector<CpuSlices> slices;  // with counters, one a measured CPU
};

class SwitchProbe {
 public:
  // Loads the program for this kernel and topology; falls back where the kernel refuses the better one.
  static Result<std::unique_ptr<SwitchProbe>> make(const Topology& topology, const SwitchOptions& options,
                                                   const BpfFeatures& features);

  // Attaches, seeds each CPU, and closes once: the windows begin after that.
  [[nodiscard]] Result<> start();
  // Ends the window of each core and collects it. Takes 1 ms, 20 ms where a CPU is stalled in the program.
  [[nodiscard]] Result<> drain(Drain& out);
  // The topology changed: cores whose CPUs changed end their window and begin a new one. out: that of the drain just
  // before; what it says of these cores becomes unknown.
  [[nodiscard]] Result<> follow(const Topology& topology, Drain& out);

  // Hands over an open event of that CPU; fd -1 takes it back. Before start() and, for CPUs that come online, before
  // follow(): what is read earlier fails, is counted as failed, and its time has no counts.
  [[nodiscard]] Result<> set_counter_fd(uint32_t event, uint32_t cpu, int fd) {
    return object_.set_counter_fd(event, cpu, fd);
  }

  // Idle since before `ns` (CLOCK_MONOTONIC), as the program saw it.
  [[nodiscard]] bool slept_since(uint32_t cpu, uint64_t ns);

  // Who an id stands for; key 0 if nobody was described.
  [[nodiscard]] IdInfo who(uint32_t id) const;
  [[nodiscard]] const SwitchChoice& choice() const { return object_.choice(); }
  [[nodiscard]] std::vector<ProgramStats> program_stats() const { return object_.program_stats(); }
  [[nodiscard]] uint64_t map_bytes() const { return object_.map_bytes(); }
  [[nodiscard]] int change_log_fd() const { return object_.change_log_fd(); }
  [[nodiscard]] uint64_t change_log_dropped() const { return object_.change_log_dropped(); }

 private:
  struct Slot {
    bool used = false;
    bool pending = false;  // closed, not drained yet
    uint32_t core_id = 0;
    std::vector<uint32_t> cpus;
    uint64_t start_ticks = 0;
    smtscope_close close{};
  };
  explicit SwitchProbe(SwitchObject object) : object_(std::move(object)) {}
  Result<> set_scan(const Topology& topology);
  Result<std::vector<uint32_t>> place_new(const Topology& topology);
  Result<> place_core(uint32_t slot, const Core& core);
  Result<> begin(const std::vector<uint32_t>& slots);
  bool seed_unknown(uint32_t slot);
  Result<> close_open(const std::function<bool(const Slot&)>& wanted);
  bool wait_left(const Slot& slot, uint64_t deadline_ns) const;
  void collect(uint32_t slot, CoreDrain* out);
  void collect_counters(const Slot& s, CoreDrain* out);
  void flush_counters();
  std::map<uint32_t, uint64_t> retire(const std::vector<uint32_t>& slots, Drain& out);
  void read_totals(Drain& out);

  SwitchObject object_;
  std::vector<Slot> slots_;
  IdPool pool_;
  Spill spill_, counter_spill_;
  uint64_t close_clamped_ = 0;
};

}  // namespace smtscope
