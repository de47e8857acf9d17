// SPDX-License-Identifier: Apache-2.0
// The tables: what each microarchitecture counts, with which code, on which counters, and in which groups. Plain data.
// They are the truth; libpfm4 is a second opinion, and slots and topdown-* come from the kernel alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "model/counter_plan.h"
#include "model/cpu_pmu.h"

namespace smtscope::pmu {

// Counters that an event may sit on, as the kernel numbers them: bits 0-31 general ones, from bit 32 fixed ones.
inline constexpr uint64_t kGeneral = 0xffffffff;
// Counters 0-3. With both threads busy Ice Lake and later were seen to give only three of them to such events.
inline constexpr uint64_t kLow = 0x7;
inline constexpr uint64_t kFirst = 0x1;
inline constexpr uint64_t kNoCounter = 0;  // read from a register of its own: the metrics beside slots
[[nodiscard]] constexpr uint64_t fixed(unsigned n) { return 1ull << (32 + n); }

struct Event {
  std::string_view name;  // as the formulas of analysis/topdown spell it
  // In the vendor's layout (code.h). None: from events/<name> of sysfs alone.
  std::optional<uint64_t> code = {};
  std::string_view library = {};  // spelled for libpfm4, without the PMU; empty: it has no name for it
  std::string_view what = {};
  std::string_view source = {};  // of the code
  uint64_t counters = kGeneral;
  std::string_view extra_field = {};  // a further field of format/, with the value `extra`
  uint64_t extra = 0;
  bool whole_core = false;  // counts both threads: needs the permission to count CPUs
  bool listed = false;      // only if events/<name> is there: the kernel lists what the CPU says it has (Arm)
};

// What a group is counted for beside the basic events, in the order in which they are given up.
enum class Topic : uint8_t { topdown, core, numa, misses, stores };
inline constexpr Topic kTopics[] = {Topic::topdown, Topic::core, Topic::numa, Topic::misses, Topic::stores};
[[nodiscard]] std::string_view topic_word(Topic topic);

// Which plan: beside which instructions and cycles always run, or one with all that checks the top-down metrics.
enum class Purpose : uint8_t { always_on, check };

// Groups for top-down. Each fits beside the group that has the instructions; where they are more, they take turns.
struct Plan {
  Purpose purpose = Purpose::always_on;
  std::optional<bool> smt = {};  // only with SMT on, off
  std::string_view dialect = {};
  std::vector<std::vector<std::string_view>> groups = {};
  std::vector<DerivedCount> derived = {};
  std::string_view remark = {};  // what is measured less fully than by the first plan
};

struct Extra {
  Topic topic;
  std::vector<std::string_view> events;
};

struct Range {
  uint32_t first = 0, last = 0;
};

struct Microarchitecture {
  std::string_view id = {}, title = {};
  CpuVendor vendor = CpuVendor::unknown;
  std::string_view device = {};        // of hybrid machines: for this PMU alone
  uint32_t family = 0;                 // x86
  std::vector<Range> models = {};      // x86
  Range steppings = {0, 0xffff};       // x86
  uint32_t implementer = 0, part = 0;  // Arm
  Range revisions = {0, 0xff};         // Arm: 0x12 is r1p2
  std::string_view library = {};       // PMU of libpfm4 4.13; empty: it has none
  uint32_t slots_per_cycle = 0;
  uint32_t general = 4;                                              // general counters a CPU has with SMT on
  uint32_t general_single = 4;                                       // with SMT off
  uint64_t fixed_counters = 0;                                       // those that there are
  std::string_view instructions = {}, cycles = {}, ref_cycles = {};  // names in `events`
  std::vector<Event> events = {};
  std::vector<Plan> plans = {};  // the first that fits and may be counted
  std::vector<Extra> extras = {};
  std::vector<std::string_view> notes = {};  // that hold for all plans

  [[nodiscard]] const Event* find(std::string_view name) const;
  [[nodiscard]] bool fits(const CpuIdentity& identity, std::string_view pmu_device) const;
};

// All tables.
[[nodiscard]] const std::vector<Microarchitecture>& microarchitectures();
// nullptr: none. The device of CPUs that have none is "".
[[nodiscard]] const Microarchitecture* find_microarchitecture(const CpuIdentity& identity, std::string_view pmu_device);

std::vector<Microarchitecture> intel_skylake();
std::vector<Microarchitecture> intel_icelake();
std::vector<Microarchitecture> intel_sapphire_rapids();
std::vector<Microarchitecture> intel_gracemont();
std::vector<Microarchitecture> amd_zen2();  // and Zen 3
std::vector<Microarchitecture> amd_zen4();  // and Zen 5
std::vector<Microarchitecture> arm_neoverse();

}  // namespace smtscope::pmu
