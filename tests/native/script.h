// SPDX-License-Identifier: Apache-2.0
// Short words for scripted histories.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "world.h"

namespace smtscope::native {

using Ticks = std::map<std::uint64_t, std::uint64_t>;  // by ledger key

inline std::uint64_t pair_cell(std::uint32_t a, std::uint32_t b, unsigned kind = SMTSCOPE_CELL_PAIR) {
  return SMTSCOPE_KEY(kind, std::min(a, b), std::max(a, b));
}

// Drained cells of a CPU; those without time are left out.
inline Ticks cells(const World& world, unsigned cpu, unsigned period = 0) {
  Ticks found = world.drained(cpu, period).cells;
  std::erase_if(found, [](const auto& cell) { return cell.second == 0; });
  return found;
}

inline void pass_ticks(World& world, std::uint64_t ticks) { world.now_ns += ticks << SMTSCOPE_TICK_SHIFT; }

// Does `what` the first `times` times that the outermost run reaches `point`.
inline void at_point(World& world, native_point point, std::function<void()> what, unsigned times = 1) {
  world.meanwhile = [&world, point, what = std::move(what), times](native_point reached) mutable {
    if (reached != point || world.depth() != 1 || times == 0) return;
    times--;
    what();
  };
}

// All CPUs seeded, no time passed.
inline void seed_all(World& world) {
  for (unsigned cpu = 0; cpu < world.cpus(); cpu++) world.seed(cpu);
}

}  // namespace smtscope::native
