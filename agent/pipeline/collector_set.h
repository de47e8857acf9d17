// SPDX-License-Identifier: Apache-2.0
// The running collectors and the state of each: one that fails becomes a state and never stops the others.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "signals.h"

namespace smtscope {

enum class Wanted : uint8_t {
  no,
  optional,  // measured if possible
  required,  // without it there is no session
};

enum class CollectorState : uint8_t { active, disabled, unsupported, degraded, failed };
[[nodiscard]] std::string_view collector_state_word(CollectorState state);

struct CollectorStatus {
  std::string_view name;
  CollectorState state = CollectorState::active;
  Reason reason = Reason::ok;  // why its readings are missing
  std::string why;             // for people; empty while active
  std::string mend;
  std::vector<Shortfall> shortfalls;
  uint64_t sample_cpu_ns = 0;  // CPU time of its samples and drains so far
};

class CollectorSet {
 public:
  // Fails if a required collector cannot be made; the others get a state.
  static Result<CollectorSet> make(const CollectorContext& context,
                                   const std::function<Wanted(std::string_view signal)>& wanted);

  // Each adds its readings, or the reason why they are missing. These three fail only if a required one does.
  [[nodiscard]] Result<> sample(Snapshot& snapshot);
  [[nodiscard]] Result<> drain();
  [[nodiscard]] Result<> follow(const std::shared_ptr<const Topology>& topology);

  // Tries again to make those that failed; what is unsupported, switched off or over budget stays so.
  void retry_failed(const CollectorContext& context);

  [[nodiscard]] std::vector<uint32_t> entities() const;
  [[nodiscard]] std::vector<uint32_t> idle_since(uint64_t ns) const;
  void forget(const std::vector<uint32_t>& entities);

  [[nodiscard]] std::vector<CollectorStatus> status() const;
  [[nodiscard]] bool active(std::string_view name) const;
  [[nodiscard]] std::vector<ProgramStats> programs(std::string_view name) const;
  // As the kernel charged them when the collector began.
  [[nodiscard]] uint64_t map_bytes(std::string_view name) const;
  // Ends a collector for good: its programs are detached, its state says why.
  void detach(std::string_view name, CollectorState state, Reason reason, std::string why);

 private:
  struct Entry {
    const Signal* signal = nullptr;
    Wanted wanted = Wanted::optional;
    std::unique_ptr<Collector> collector;  // null unless active
    CollectorStatus status;
    uint64_t map_bytes = 0;
    uint64_t cpu_ns = 0;  // outlives the collector
  };
  CollectorSet() = default;
  static Result<Entry> make_entry(const Signal& signal, Wanted wanted, const CollectorContext& context);
  Result<> each(const std::function<Result<>(Entry&)>& act);
  [[nodiscard]] const Entry* find(std::string_view name) const;

  std::vector<Entry> entries_;
};

}  // namespace smtscope
