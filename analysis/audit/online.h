// SPDX-License-Identifier: Apache-2.0
// What the online accounting said, as plain numbers: the one side of an audit. Nothing here is computed.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "audit/sweep.h"

namespace smtscope::audit {

// States of a core in the order of the arrays below.
enum State : uint8_t { kStateIdle, kStateSingle, kStatePartial, kStateAllBusy, kStateUnknown, kStates };
inline constexpr std::array<const char*, kStates> kStateNames = {"idle", "single", "partial", "all_busy", "unknown"};

// What ran beside an entity.
enum Class : uint8_t { kBesideIdle, kBesideSame, kBesideOther, kBesideUnknown, kNoSibling, kClasses };
inline constexpr std::array<const char*, kClasses> kClassNames = {"sibling_idle", "sibling_same", "sibling_other",
                                                                  "sibling_unknown", "no_sibling"};

// Entities that found no room on the online side, taken together. Clear of ids, as sweep.h wants.
inline constexpr Who kOther = ~2ull;

// Seconds.
struct OnlineCore {
  uint32_t id = 0;
  std::vector<uint32_t> cpus;
  uint64_t start_ns = 0;
  uint64_t end_ns = 0;
  std::array<double, kStates> states{};
  std::vector<double> busy_siblings;  // [k]: exactly k busy, known states only

  [[nodiscard]] double window() const { return (static_cast<double>(end_ns) - static_cast<double>(start_ns)) / 1e9; }
};

struct OnlineEntity {
  uint32_t id = 0;  // as the program shows it
  Who who = kUnknown;
  std::string name;
  std::array<double, kClasses> oncpu{};
};

struct OnlinePair {
  uint32_t a = 0;
  uint32_t b = 0;
  double seconds = 0;
};

struct OnlineInterval {
  std::vector<OnlineCore> cores;
  std::vector<OnlineEntity> entities;  // every id that `pairs` names is here
  std::vector<OnlinePair> pairs;
  uint64_t lost = 0;           // switches that never arrived
  double lost_seconds = 0;     // booked unknown for them and for updates given up
  uint64_t contended = 0;      // updates given up
  double dropped_seconds = 0;  // pairs for which there was no room: they went to kOther
  double proc_stat_busy = 0;   // CPU seconds that /proc/stat calls busy
};

}  // namespace smtscope::audit
