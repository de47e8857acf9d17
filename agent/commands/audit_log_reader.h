// SPDX-License-Identifier: Apache-2.0
// The log of switches as what the offline sweep takes.
#pragma once

#include <cstdint>
#include <vector>

#include "audit/compare.h"
#include "audit/sweep.h"
#include "identity/registry.h"
#include "kernel/audit_log.h"

namespace smtscope {

// Over a log that stands still and outlives it.
class LogReader {
 public:
  // By cgroup, kernel threads are one entity; by process, each is itself.
  LogReader(const AuditLog& log, GroupBy by) : log_(log), by_(by) {}

  // What the sweep of one core's window needs: its records there, and on each CPU the ones around it.
  [[nodiscard]] std::vector<audit::Change> changes(const audit::CoreWindow& window) const;
  // Everything, of all CPUs.
  [[nodiscard]] std::vector<audit::Change> changes() const;
  // What the log says of itself from start to end.
  [[nodiscard]] audit::LogFacts facts(uint64_t start_ns, uint64_t end_ns) const;
  [[nodiscard]] audit::LogFacts facts() const { return facts(0, UINT64_MAX); }

 private:
  [[nodiscard]] audit::Switch switch_of(uint32_t cpu, const audit_record& record) const;
  [[nodiscard]] std::vector<audit::Switch> switches(uint32_t cpu, size_t begin, size_t end) const;

  const AuditLog& log_;
  GroupBy by_;
};

}  // namespace smtscope
