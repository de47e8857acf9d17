// SPDX-License-Identifier: Apache-2.0
// bpf/switch.bpf.c as an object: opened and sized, loaded, attached. What its numbers mean is SwitchProbe's.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "abi.h"
#include "kernel/bpf_features.h"
#include "kernel/fd.h"
#include "kernel/program_stats.h"
#include "model/result.h"
#include "model/topology.h"

struct switch_bpf;
struct bpf_link;

namespace smtscope {

enum class SwitchVariant { word, queue };

// What the caller wants accounted. Turned into knobs and map sizes before load.
struct SwitchOptions {
  smtscope_by by = SMTSCOPE_BY_CGROUP_V2;
  uint32_t v1_subsys = 0;       // for SMTSCOPE_BY_CGROUP_V1: index in css_set.subsys
  bool kthreads_apart = false;  // every kernel thread an entity
  bool run_queue = true;
  uint32_t placement_every = 16;  // power of two; 0: off
  bool force_queue = false;       // tests: the queue variant also where the word would do
  uint32_t queue_tries = 1024;    // queue variant: pops before an update is given up; tests make it happen with one
  uint32_t counters = 0;          // events read where the running entity changes, at most SMTSCOPE_COUNTERS; 0: off
  size_t log_bytes = 0;           // tests: ring for every change of state (a power of two); 0: off
};

// One program or map as `doctor --plan` shows it.
struct PlannedProgram {
  std::string name;
  std::string hook;
};
struct PlannedMap {
  std::string name;
  std::string type;
  uint64_t bytes = 0;  // of keys and values at full size; the kernel adds some for its own book-keeping
};
struct SwitchPlan {
  SwitchVariant variant = SwitchVariant::word;
  smtscope_runqueue run_queue = SMTSCOPE_RUNQUEUE_OFF;
  std::vector<PlannedProgram> programs;
  std::vector<PlannedMap> maps;
};

// Which variant and run-queue source these features and this topology allow; unsupported if none.
struct SwitchChoice {
  SwitchVariant variant = SwitchVariant::word;
  smtscope_runqueue run_queue = SMTSCOPE_RUNQUEUE_OFF;
  std::string run_queue_reason;  // why less than full; empty if full or not asked for
  bool tick = false;             // with counters: slices are cut where timers expire too, not by the reader alone
  std::string tick_reason;       // why not; empty if they are, or without counters
};
[[nodiscard]] Result<SwitchChoice> choose_switch(const BpfFeatures& features, const Topology& topology,
                                                 const SwitchOptions& options);

class SwitchObject {
 public:
  // Opens and sizes; loads nothing.
  static Result<SwitchObject> open(const Topology& topology, const SwitchOptions& options, const SwitchChoice& choice);
  SwitchObject(const SwitchObject&) = delete;
  SwitchObject& operator=(const SwitchObject&) = delete;
  SwitchObject(SwitchObject&&) noexcept;
  SwitchObject& operator=(SwitchObject&&) noexcept;
  ~SwitchObject();

  // Loads programs, maps the arrays, lends out the ids. Attaches nothing.
  [[nodiscard]] Result<> load();
  // Makes the bases of waits, then attaches the hooks.
  [[nodiscard]] Result<> attach();
  [[nodiscard]] SwitchPlan plan() const;
  [[nodiscard]] std::vector<int> program_fds() const;             // of what is attached
  [[nodiscard]] std::vector<ProgramStats> program_stats() const;  // the same
  [[nodiscard]] uint64_t map_bytes() const;                       // as the kernel charges them

  // Runs the seeding program on that CPU.
  [[nodiscard]] Result<> seed(uint32_t cpu_id);
  // Closes the cores in slots first .. end - 1 (any number) into closes().
  [[nodiscard]] Result<> close_slots(uint32_t first, uint32_t end);
  // Cuts the slice under way on that CPU: an interrupt there. Nothing to do without counters, on an idle CPU, and on
  // one that is offline.
  void flush_counters(uint32_t cpu_id);
  // Puts an open event of that CPU (perf_event_open with pid -1) into its place; fd -1 takes it out.
  [[nodiscard]] Result<> set_counter_fd(uint32_t event, uint32_t cpu_id, int fd);
  // Queue variant: makes the queue of a slot with its first record. Nothing to do in the word variant.
  [[nodiscard]] Result<> put_queue(uint32_t slot, const smtscope_core_record& first);
  [[nodiscard]] Result<> set_scan_order(const std::vector<uint32_t>& cpus);
  [[nodiscard]] bool lend_id(uint32_t id);                                    // to the kernel's queue of free ids
  bool forget_key(uint64_t key);                                              // key -> id; false if it was not there
  [[nodiscard]] std::vector<std::pair<uint64_t, uint32_t>> lent_ids() const;  // all key -> id
  void raise_id_generation();                                                 // cached ids do not count any more

  [[nodiscard]] const SwitchChoice& choice() const { return choice_; }
  [[nodiscard]] Mapped<smtscope_cpu>& cpus() { return cpus_; }
  [[nodiscard]] Mapped<smtscope_core>& cores() { return cores_; }
  [[nodiscard]] Mapped<smtscope_close>& closes() { return closes_; }
  [[nodiscard]] Mapped<smtscope_id_info>& id_table() { return id_table_; }
  [[nodiscard]] Mapped<smtscope_counting>& counting() { return counting_; }  // empty without counters
  [[nodiscard]] uint32_t counters() const { return counters_; }
  [[nodiscard]] int change_log_fd() const;
  [[nodiscard]] uint64_t change_log_dropped() const;  // records that it had no room for

 private:
  struct SkeletonDeleter {
    void operator()(switch_bpf* s) const;
  };
  struct LinkDeleter {
    void operator()(bpf_link* l) const;
  };
  SwitchObject() = default;
  void select_programs();
  Result<> size_maps(const Topology& topology, const SwitchOptions& options);
  Result<> make_wait_bases();
  Result<> map_memory();

  SwitchChoice choice_;
  std::unique_ptr<switch_bpf, SkeletonDeleter> skeleton_;
  std::vector<std::unique_ptr<bpf_link, LinkDeleter>> links_;
  Mapped<smtscope_cpu> cpus_;
  Mapped<smtscope_core> cores_;
  Mapped<smtscope_close> closes_;
  Mapped<smtscope_id_info> id_table_;
  Mapped<smtscope_counting> counting_;
  uint32_t counters_ = 0;
};

}  // namespace smtscope
