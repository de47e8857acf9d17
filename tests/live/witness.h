// SPDX-License-Identifier: Apache-2.0
// Runs the witness program and hands out what it saw, as input for the offline sweep.
#pragma once

#include <bpf/libbpf.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/result.h"
#include "stat_json.h"
#include "sweep/sweep.h"
#include "witness_record.h"

struct switch_witness_bpf;

namespace smtscope::live {

struct WitnessOptions {
  uint32_t cpus = 2;                         // CPUs 0 .. cpus - 1 are watched
  uint32_t records_per_cpu = 6'000'000;      // 40 bytes each
  std::optional<std::string> v1_controller;  // none: the v2 hierarchy
};

// Logs every switch from start() to stop().
class Witness {
 public:
  // Loads, attaches and seeds every online CPU. Fails where the kernel refuses the program.
  static Result<Witness> start(const WitnessOptions& options);
  Witness(Witness&&) noexcept;
  Witness& operator=(Witness&&) noexcept;
  ~Witness();

  // Detaches; after that the log stands still.
  void stop();
  // Switches for which there was no room. Not 0: the log is no witness.
  [[nodiscard]] uint64_t dropped() const;
  // One CPU's records in the order of time.
  [[nodiscard]] std::span<const witness_record> records(uint32_t cpu) const;
  // The log as changes of all CPUs in the order of time. By cgroup, kernel threads are sweep::kKernel; by
  // process, each is itself. A switch that the tracepoint did not show is found by the task that was left and
  // by the kernel's own count of the CPU's switches.
  [[nodiscard]] std::vector<sweep::Change> changes(By by) const;
  // Of the switches not shown, how many the task left alone would not have told.
  [[nodiscard]] uint64_t hidden_losses() const;

 private:
  struct Unload {
    void operator()(switch_witness_bpf* skeleton) const;
  };
  struct Mapping {
    void* at = nullptr;
    size_t bytes = 0;
  };
  Witness() = default;
  Result<> map_arrays();
  void unmap();

  std::unique_ptr<switch_witness_bpf, Unload> skeleton_;
  uint32_t cpus_ = 0;
  uint32_t records_per_cpu_ = 0;
  Mapping records_;
  Mapping cursors_;
};

// The id of a controller in the running kernel (index in css_set.subsys), from its BTF; none if it has no such.
[[nodiscard]] std::optional<int> v1_subsys_index(const std::string& controller);

}  // namespace smtscope::live
