// SPDX-License-Identifier: Apache-2.0
// Where the memory of entities lies: memory.numa_stat of their cgroups, some at a time.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "collectors/collector.h"
#include "model/snapshot.h"

namespace smtscope {

// A file takes some 15 us of CPU time, so at most this many are read at a tick, those longest not read first: 2000
// cgroups come round within 8 ticks. What was read last counts until it is kOldestNs old; then, and before the first
// time, the entity has no reading.
inline constexpr size_t kMostNumaFiles = 256;
inline constexpr uint64_t kOldestNs = 120'000'000'000;

class NumaResident {
 public:
  // Reads; `now_ns` is CLOCK_MONOTONIC. Whoever is not among `cgroups` any more is forgotten.
  void read(const std::vector<EntityCgroup>& cgroups, uint64_t now_ns);
  // Adds the table, with the rows that are there. Missing if no file could be read, with why it was.
  void write(Snapshot& snapshot, uint64_t now_ns) const;
  // Why the last file that failed did while none was read; empty if one was, or there is none.
  [[nodiscard]] const std::string& why() const { return why_; }
  [[nodiscard]] std::vector<uint32_t> entities() const;
  void forget(const std::vector<uint32_t>& entities);

 private:
  struct Held {
    uint64_t tried_ns = 0;  // 0: never
    uint64_t read_ns = 0;   // 0: the last try failed
    std::vector<std::pair<uint32_t, uint64_t>> bytes;
  };
  void read_one(const std::string& folder, Held& held, uint64_t now_ns);

  std::map<uint32_t, Held> held_;
  std::string why_;
  Reason reason_ = Reason::ok;
};

}  // namespace smtscope
