// SPDX-License-Identifier: Apache-2.0
// The log of every switch beside a test: opened with room for a ping-pong of some seconds, and recording.
#pragma once

#include "audit/sweep.h"
#include "commands/audit_log_reader.h"
#include "stat_json.h"

namespace smtscope::live {

class Witness {
 public:
  // `v1_controller`: none for the v2 hierarchy.
  static Result<Witness> start(const std::optional<std::string>& v1_controller = std::nullopt) {
    auto log = AuditLog::open({.cpus = 2, .records_per_cpu = 6'000'000, .v1_controller = v1_controller});
    if (!log) return Failure(log.error());
    if (auto begun = log->begin(); !begun) return Failure(begun.error());
    return Witness(std::move(*log));
  }

  void stop() { log_.stop(); }
  [[nodiscard]] const AuditLog& log() const { return log_; }
  [[nodiscard]] std::vector<audit::Change> changes(By by) const {
    return LogReader(log_, by == By::process ? GroupBy::process : GroupBy::cgroup).changes();
  }
  [[nodiscard]] audit::LogFacts facts() const { return LogReader(log_, GroupBy::process).facts(); }

 private:
  explicit Witness(AuditLog log) : log_(std::move(log)) {}
  AuditLog log_;
};

}  // namespace smtscope::live
