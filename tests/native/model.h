// SPDX-License-Identifier: Apache-2.0
// What the accounting must come to: one ordered list of changes per core and a plain sweep over it. Knows
// nothing of words, swaps, queues or tables.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace smtscope::native {

// One change of a core's state, in the order in which the changes took effect.
struct Event {
  // give_up: `id` runs on this sibling from some time before on; whoever writes the state next knows of it.
  enum class What { change, close, give_up };
  What what = What::change;
  std::uint64_t tick = 0;  // the clock reading used
  unsigned cpu = 0;        // who ends the state and books it (not for a close)
  unsigned sibling = 0;
  std::uint32_t id = 0;  // what runs from now on
  bool unknown = false;  // what the state says of this sibling is not what ran
};

struct History {
  std::uint64_t first_tick = 0;
  std::vector<std::uint32_t> first_ids;  // one per sibling
  std::vector<Event> events;
};

struct Credit {
  std::uint64_t ticks = 0;
  std::uint64_t times = 0;
};
using Cells = std::map<std::uint64_t, Credit>;  // by ledger key

struct ClosedState {
  std::vector<std::uint32_t> ids;
  std::uint64_t last = 0;
  std::uint64_t now = 0;
};

struct Expected {
  std::map<std::pair<unsigned, unsigned>, Cells> cells;  // by CPU and number of closes before
  std::vector<ClosedState> closes;
  std::map<unsigned, std::uint64_t> lost_ticks;  // by CPU
  std::map<unsigned, std::uint64_t> clamped;     // by CPU: changes whose reading was older than the state
};

// Books every state of `history` to the one that ended it.
Expected sweep(const History& history);

// The cells of a state of `ids` that lasted `ticks`.
void book(Cells& cells, const std::vector<std::uint32_t>& ids, std::uint64_t ticks);

// The wait bucket of `ns`, found by going through the bounds.
unsigned bucket_by_bounds(std::uint64_t ns);

// Inclusive upper bound of a bucket; UINT64_MAX for the last.
std::uint64_t bucket_upper(unsigned bucket);

}  // namespace smtscope::native
