// SPDX-License-Identifier: Apache-2.0
// A machine without threads: CPUs that switch tasks, the program on their hook, and the reader of user
// space that closes cores and drains ledgers. Writes down what must have been accounted (History).
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "maps.h"
#include "model.h"
#include "task.h"

namespace smtscope::native {

enum class Variant { word, queue };

struct WorldSetup {
  std::uint64_t start_ns = 1'000'000'000'000;
  unsigned ids = SMTSCOPE_ID_COUNT - SMTSCOPE_ID_FIRST;  // how many the kernel side may lend
  native_knobs knobs = {SMTSCOPE_BY_CGROUP_V2, 1, 0, SMTSCOPE_RUNQUEUE_LAST_QUEUED, 0, 0, 1, 0};
};

struct WaitSum {
  std::uint64_t count = 0;
  std::uint64_t ticks = 0;
};

// What the reader found in the closed buffer of a CPU.
struct Drained {
  std::map<std::uint64_t, std::uint64_t> cells;  // by key; without waits
  std::map<std::uint64_t, WaitSum> waits;        // by key
  // The preallocated cells, as in smtscope_buffer.
  std::array<std::uint64_t, 16> spill_pair{}, spill_class{}, spill_busy{};
  std::map<unsigned, WaitSum> spill_wait;  // by bucket
  std::uint64_t spilled = 0, spilled_ticks = 0;
};

using Counted = std::map<std::uint64_t, smtscope_counted>;

// One run of a program, from its first to its last instruction.
struct Run {
  Event::What what = Event::What::change;
  unsigned cpu = 0, core = 0;
  Task* next = nullptr;
  bool missed = false;  // a switch before it did not arrive
  bool forced = false;  // the state has to be written even if nothing changes
  std::uint64_t reading = 0;
  std::uint64_t failed = 0;
  bool back = false;  // a reading was too old
  bool took_effect = false;
};

class World {
 public:
  // `siblings`: how many each core has; CPUs are numbered through.
  World(Variant variant, const std::vector<unsigned>& siblings, const WorldSetup& setup = {});
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // The CPU switches to `next`; the program runs.
  void switch_to(unsigned cpu, Task& next);
  // The CPU switches to `next`; the program is not called.
  void lose_switch(unsigned cpu, Task& next);
  // User space has the seeding program run on this CPU.
  void seed(unsigned cpu);
  // User space, or a timer, cuts the slice under way on this CPU.
  void flush(unsigned cpu, bool timer = false);
  // The reader ends the open state of the core. False: the program gave up, or not drained yet.
  bool close(unsigned core);
  // The reader takes the closed buffers of CPUs in which no run is under way. True: all of the core.
  bool drain(unsigned core);
  // Closes and drains all cores; nothing may be under way.
  void finish();

  Task& idle(unsigned cpu) { return *idle_[cpu]; }
  Task& current(unsigned cpu) { return *current_[cpu]; }
  [[nodiscard]] bool under_way(unsigned cpu) const;
  [[nodiscard]] bool closing() const;
  [[nodiscard]] std::size_t depth() const { return runs_.size(); }
  [[nodiscard]] const Run& run() const { return runs_.back(); }
  [[nodiscard]] unsigned cpus() const { return static_cast<unsigned>(core_of_.size()); }
  [[nodiscard]] unsigned cores() const { return static_cast<unsigned>(cpus_of_.size()); }
  [[nodiscard]] unsigned core_of(unsigned cpu) const { return core_of_[cpu]; }
  [[nodiscard]] const std::vector<unsigned>& cpus_of(unsigned core) const { return cpus_of_[core]; }
  [[nodiscard]] const History& history(unsigned core) const { return history_[core]; }
  [[nodiscard]] const std::vector<smtscope_close>& closes(unsigned core) const { return closes_[core]; }
  [[nodiscard]] std::uint32_t id_of(const Task& task) const;
  // With counters: by key (entity and class), with the cells of what spilled; by number of closes before.
  [[nodiscard]] const Counted& counted(unsigned cpu, unsigned period) const;
  // By number of closes before; empty if never drained.
  [[nodiscard]] const Drained& drained(unsigned cpu, unsigned period) const;
  [[nodiscard]] unsigned periods(unsigned core) const { return static_cast<unsigned>(closes_[core].size()); }
  [[nodiscard]] smtscope_cpu& cpu(unsigned cpu) const { return kernel().cpus[cpu]; }

  // Everything of this world that is not as the model says; empty if all is.
  [[nodiscard]] std::string difference() const;

  std::uint64_t now_ns;
  std::uint64_t reading_ns = 0;                 // time that passes at each clock reading
  std::uint64_t back_ns = 0;                    // the next reading is this much too old
  std::function<void(native_point)> meanwhile;  // what else happens at this point of run()

 private:
  friend class Checker;
  Run start(Run run, const std::function<void()>& program);
  std::uint64_t read_clock();
  void at(native_point point);
  void settle(const Run& run);
  void expect_wait(unsigned cpu, Task& next);
  void drain_cpu(unsigned cpu, unsigned period, smtscope_buffer& buffer);
  void drain_counted(unsigned cpu, unsigned period);
  [[nodiscard]] bool spare_is_empty(unsigned core) const;

  Variant variant_;
  WorldSetup setup_;
  std::vector<unsigned> core_of_, sibling_of_;
  std::vector<std::vector<unsigned>> cpus_of_;
  std::vector<History> history_;
  std::vector<std::vector<smtscope_close>> closes_;
  std::vector<std::vector<unsigned>> undrained_;  // CPUs, per core
  std::map<std::pair<unsigned, unsigned>, Drained> drained_;
  std::map<std::pair<unsigned, unsigned>, Counted> counted_;
  std::deque<Run> runs_;
  std::vector<std::unique_ptr<Task>> idle_;
  std::vector<Task*> current_;
  std::string fault_;

  // What the program must know and have counted, per CPU.
  struct Truth {
    const Task* seen = nullptr;  // what the program was last told
    std::uint32_t id = SMTSCOPE_ID_UNKNOWN;
    bool stale = false;   // the state does not say what runs
    bool behind = false;  // an update was given up and none took effect since
    std::uint64_t lost = 0, contended = 0, retries = 0, back = 0;
    std::map<unsigned, std::pair<std::uint64_t, std::uint64_t>> waits;  // by bucket: count, ns
  };
  std::vector<Truth> truth_;
};

}  // namespace smtscope::native
