// SPDX-License-Identifier: Apache-2.0
// The programs of bpf/numa.bpf.c: what the scheduler decides about tasks and their memory's node.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kernel/fd.h"
#include "kernel/program_stats.h"
#include "model/result.h"
#include "model/snapshot.h"
#include "numa.h"

struct numa_bpf;
struct bpf_link;

namespace smtscope {

// A tracepoint, and why it is not counted; empty: it is.
struct NumaHook {
  std::string name;
  std::string program;
  std::string why;
};

// The hooks as this kernel's BTF has them; loads nothing.
[[nodiscard]] std::vector<NumaHook> numa_hooks();

class NumaProbe {
 public:
  // Attaches the hooks that this kernel has. Fails if it has none, or none can be attached.
  static Result<NumaProbe> make(uint32_t possible_cpus);
  NumaProbe(const NumaProbe&) = delete;
  NumaProbe& operator=(const NumaProbe&) = delete;
  NumaProbe(NumaProbe&&) noexcept;
  NumaProbe& operator=(NumaProbe&&) noexcept;
  ~NumaProbe();

  [[nodiscard]] const std::vector<NumaHook>& hooks() const { return hooks_; }
  // Of all CPUs since make, in the order of NumaPlacementColumn. A hook that is missing counts nothing.
  [[nodiscard]] std::array<uint64_t, kNumaPlacementColumns> read() const;
  [[nodiscard]] std::vector<ProgramStats> program_stats() const;
  [[nodiscard]] uint64_t map_bytes() const;

 private:
  struct Unload {
    void operator()(numa_bpf* skeleton) const;
  };
  struct Detach {
    void operator()(bpf_link* link) const;
  };
  NumaProbe();
  Result<> load(uint32_t possible_cpus);
  Result<> attach();

  std::vector<NumaHook> hooks_;
  std::unique_ptr<numa_bpf, Unload> skeleton_;
  std::vector<std::unique_ptr<bpf_link, Detach>> links_;
  Mapped<numa_cpu> counts_;
};

}  // namespace smtscope
