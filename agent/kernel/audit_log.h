// SPDX-License-Identifier: Apache-2.0
// bpf/audit.bpf.c at work: a log of every switch of every CPU. What it means is for others to say.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "audit.h"
#include "kernel/fd.h"
#include "model/result.h"

struct audit_bpf;
struct bpf_link;

namespace smtscope {

struct AuditLogOptions {
  uint32_t cpus = 1;                         // CPUs 0 .. cpus - 1 are logged
  uint32_t records_per_cpu = 1;              // sizeof(audit_record) bytes each
  std::optional<std::string> v1_controller;  // as BTF names it; none: the v2 hierarchy
};

// How many records each CPU gets: as many as `switches_per_second` make in `seconds`, within `most_bytes` in all.
[[nodiscard]] uint32_t audit_records_per_cpu(uint32_t cpus, double seconds, double switches_per_second,
                                             uint64_t most_bytes);

class AuditLog {
 public:
  // Loads and attaches in front of what comes later; keeps nothing yet. Fails where the kernel refuses the program or
  // the memory.
  static Result<AuditLog> open(const AuditLogOptions& options);
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;
  AuditLog(AuditLog&&) noexcept;
  AuditLog& operator=(AuditLog&&) noexcept;
  ~AuditLog();

  // Call when the programs to be checked are on the hook: from then on each record says how long they took.
  [[nodiscard]] Result<> enclose();
  // Records from now on, beginning with what each online CPU runs.
  [[nodiscard]] Result<> begin();
  // Detaches; after that the log stands still.
  void stop();

  // Switches for which there was no room. Not 0: the log ends at full_ns().
  [[nodiscard]] uint64_t dropped() const;
  // CLOCK_MONOTONIC of the first switch without room on any CPU; none if all had room.
  [[nodiscard]] std::optional<uint64_t> full_ns() const;
  // One CPU's records in the order in which they were written. Stable after stop() only.
  [[nodiscard]] std::span<const audit_record> records(uint32_t cpu) const;
  [[nodiscard]] uint64_t written() const;  // records of all CPUs
  [[nodiscard]] uint32_t cpus() const { return cpus_; }
  [[nodiscard]] uint64_t bytes() const;  // memory of the log

 private:
  struct Unload {
    void operator()(audit_bpf* skeleton) const;
  };
  AuditLog();
  Result<> map_arrays();

  struct Detach {
    void operator()(bpf_link* link) const;
  };

  std::unique_ptr<audit_bpf, Unload> skeleton_;
  std::unique_ptr<bpf_link, Detach> front_, behind_;
  uint32_t cpus_ = 0;
  uint32_t records_per_cpu_ = 0;
  Mapped<audit_record> records_;
  Mapped<audit_cpu> cursors_;
};

// The id of a controller in the running kernel (index in css_set.subsys), from its BTF; none if it has no such.
[[nodiscard]] std::optional<int> v1_subsys_index(const std::string& controller);

}  // namespace smtscope
