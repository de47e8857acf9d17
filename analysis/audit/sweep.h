// SPDX-License-Identifier: Apache-2.0
// The plain offline sweep that the online accounting is checked against: all changes of all siblings of a
// core in time order, and the time between two of them added to what ran meanwhile. Shares no code with the
// program it checks; slow and obvious on purpose.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace smtscope::audit {

// Who runs on a CPU: a cgroup id, a process id, or one of these. The caller keeps its own ids clear of them.
using Who = uint64_t;
inline constexpr Who kIdle = 0;
inline constexpr Who kUnknown = ~0ull;
inline constexpr Who kKernel = ~1ull;  // kernel threads, where they are one entity

// From `ns` on `now` runs on `cpu`.
struct Change {
  uint64_t ns = 0;
  uint32_t cpu = 0;
  Who now = kUnknown;
  bool lost_before = false;  // what ran until now is not what the change before this one said
  uint64_t slack_ns = 0;     // another observer may have read the clock so much earlier or later
};

// A switch as a tracepoint shows it. `prev` and `next` are anything that names a task while it lives.
struct Switch {
  uint64_t ns = 0;
  uint32_t cpu = 0;
  uint64_t prev = 0;
  uint64_t next = 0;
  Who who = kUnknown;  // of next
  bool seed = false;   // not a switch: `next` was found running; `prev` says nothing
  // The kernel's own count of this CPU's switches, modulo 256, where it has one. A seed repeats the last.
  std::optional<uint8_t> number = std::nullopt;
  uint64_t slack_ns = 0;  // as in Change
};

// Which part of a CPU's time is unknown when a switch was lost.
enum class LostRule {
  since_own_change,    // all of it since that CPU's last record: nothing is claimed that was not seen
  since_joint_change,  // since who runs on any sibling last changed: what an accounting without hindsight can do
};

struct CoreWindow {
  std::vector<uint32_t> cpus;  // siblings, 1..8
  uint64_t start_ns = 0;
  uint64_t end_ns = 0;
};

// Nanoseconds that one entity was current, by what else was on its core.
struct Beside {
  uint64_t idle = 0;
  uint64_t same = 0;
  uint64_t other = 0;
  uint64_t unknown = 0;
  uint64_t no_sibling = 0;
  bool operator==(const Beside&) const = default;
};

// Nanoseconds of one core's window.
struct CoreTimes {
  uint64_t idle = 0;
  uint64_t single = 0;
  uint64_t partial = 0;                           // n > 2: more than one, not all
  uint64_t all_busy = 0;                          // n > 1
  uint64_t unknown = 0;                           // at least one sibling unknown
  std::vector<uint64_t> busy_siblings;            // [k]: exactly k busy, none unknown
  std::map<std::pair<Who, Who>, uint64_t> pairs;  // first <= second; every pair of busy siblings
  std::map<Who, Beside> entities;
  uint64_t state_changes = 0;  // moments in the window at which idle/single/partial/all_busy/unknown changed
  uint64_t changes = 0;        // records of these CPUs in the window
  uint64_t lost = 0;           // of them after a lost switch

  // The sum of two windows of one core.
  CoreTimes& operator+=(const CoreTimes& other);
};

// Switches of one CPU, in the order in which they happened, as changes. Finds the lost ones by the task that was
// left and, where there are numbers, by those.
[[nodiscard]] std::vector<Change> changes_of(std::span<const Switch> one_cpu);

// Losses in such a list, by who can see them.
struct Losses {
  uint64_t seen = 0;    // switches away from a task that was never switched to
  uint64_t hidden = 0;  // switches that only the numbers tell of
};
[[nodiscard]] Losses losses_in(std::span<const Switch> one_cpu);

// All CPUs' changes in one order of time; the order of one CPU's records is kept.
[[nodiscard]] std::vector<Change> merged(const std::vector<std::vector<Change>>& per_cpu);

// Sweeps `changes` (time order, any CPUs, from before start_ns to after end_ns) over one core's window.
// A CPU is unknown until its first change. No value if the window is empty or has no or too many CPUs.
[[nodiscard]] std::optional<CoreTimes> sweep(std::span<const Change> changes, const CoreWindow& window,
                                             LostRule rule = LostRule::since_own_change);

}  // namespace smtscope::audit
