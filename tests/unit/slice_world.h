// SPDX-License-Identifier: Apache-2.0
// A world whose CPUs have counters that count what the test says, and the slices that were booked of them.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <utility>
#include <vector>

#include "native/script.h"

namespace smtscope::native {

inline constexpr unsigned kSliceEvents = 3;

struct Sliced {
  std::uint64_t ticks = 0, count = 0, uncounted = 0, slices = 0;
  bool operator==(const Sliced&) const = default;
};
inline void PrintTo(const Sliced& s, std::ostream* out) {
  *out << s.ticks << " ticks, counted " << s.count << ", " << s.uncounted << " ticks uncounted, " << s.slices
       << " slices";
}
using Slices = std::map<std::pair<std::uint32_t, unsigned>, Sliced>;  // by id and class

// A world in which event i of a CPU counts i + 1 times what the test says.
class SliceWorld {
 public:
  SliceWorld(Variant variant, const std::vector<unsigned>& siblings, unsigned ids = SMTSCOPE_ID_COUNT / 2)
      : world(variant, siblings, setup(ids)), events(world.cpus()) {
    kernel().read_event = [this](unsigned cpu, unsigned event, smtscope_counter_value& to) -> long {
      if (error && event == failing) return error;
      to = events[cpu];
      to.counter *= event + 1;
      reads++;
      return 0;
    };
  }

  static WorldSetup setup(unsigned ids) {
    WorldSetup setup;
    setup.ids = ids;
    setup.knobs.counters = kSliceEvents;
    return setup;
  }

  void pass(std::uint64_t ticks) {
    pass_ticks(world, ticks);
    for (auto& event : events) {
      event.enabled += ticks << SMTSCOPE_TICK_SHIFT;
      event.running += ticks << SMTSCOPE_TICK_SHIFT;
    }
  }
  void count(unsigned cpu, std::uint64_t n) { events[cpu].counter += n; }

  // What the drains of this CPU found; every event must have been booked alike.
  Slices slices(unsigned cpu, unsigned period) const {
    Slices all;
    for (const auto& [key, sum] : world.counted(cpu, period)) {
      for (unsigned i = 0; i < kSliceEvents; i++) EXPECT_EQ(sum.count[i], sum.count[0] * (i + 1));
      all[{SMTSCOPE_COUNTER_KEY_ID(key), SMTSCOPE_COUNTER_KEY_CLASS(key)}] = {sum.ticks, sum.count[0], sum.uncounted,
                                                                              sum.slices};
    }
    return all;
  }
  Slices all_slices(unsigned cpu) const {
    Slices all;
    for (unsigned period = 0; period < world.periods(world.core_of(cpu)); period++) {
      for (const auto& [key, s] : slices(cpu, period)) {
        Sliced& to = all[key];
        to = {to.ticks + s.ticks, to.count + s.count, to.uncounted + s.uncounted, to.slices + s.slices};
      }
    }
    return all;
  }

  World world;
  std::vector<smtscope_counter_value> events;
  long error = 0;
  unsigned failing = kSliceEvents - 1, reads = 0;
};

}  // namespace smtscope::native
