// SPDX-License-Identifier: Apache-2.0
#include "kernel/switch_probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

#include "kernel/clock.h"

namespace smtscope {
namespace {

constexpr uint64_t kSettleNs = 1'000'000;    // credits outside a swap have landed by then
constexpr uint64_t kStalledNs = 20'000'000;  // a CPU longer in the program than this: its core waits
constexpr uint64_t kPollNs = 100'000;
constexpr int kBeginTries = 100, kSeedTries = 10;

uint64_t ticks_to_ns(uint64_t ticks) { return ticks << SMTSCOPE_TICK_SHIFT; }
uint64_t load(const __u64& value) { return std::atomic_ref(const_cast<__u64&>(value)).load(); }
void store(__u32& value, uint32_t to) { std::atomic_ref(value).store(to); }

// The part of the window that no cell has is unknown.
void credit_rest(uint64_t window, uint32_t siblings, std::vector<Cell>& cells) {
  const smtscope_kind kind = siblings > 2 ? SMTSCOPE_CELL_BUSY : SMTSCOPE_CELL_PAIR;
  uint64_t sum = 0;
  for (const Cell& cell : cells)
    if (cell.kind == kind) sum += cell.value;
  if (sum >= window) return;
  const uint16_t unknown = siblings > 2 ? SMTSCOPE_BUSY_UNKNOWN : SMTSCOPE_ID_UNKNOWN;
  cells.push_back(
      {kind, siblings > 2 ? unknown : uint16_t{SMTSCOPE_ID_IDLE}, siblings > 2 ? uint16_t{0} : unknown, window - sum});
}

// What is said of a core across a change of its CPUs: nothing but the waits that ended. A CPU switches unseen while it
// goes offline (tracepoints are silent then) and until its coming online was noticed.
void forget_states(CoreDrain& core) {
  std::erase_if(core.cells, [](const Cell& cell) { return cell.kind != SMTSCOPE_CELL_WAIT; });
  credit_rest((core.end_ns - core.start_ns) >> SMTSCOPE_TICK_SHIFT, core.siblings, core.cells);
  forget_counts(core.counters);
}

}  // namespace

Result<std::unique_ptr<SwitchProbe>> SwitchProbe::make(const Topology& topology, const SwitchOptions& options,
                                                       const BpfFeatures& features) {
  auto choice = choose_switch(features, topology, options);
  if (!choice) return Failure(choice.error());
  for (;;) {
    auto object = SwitchObject::open(topology, options, *choice);
    if (!object) return Failure(object.error());
    const auto loaded = object->load();
    if (loaded) {
      std::unique_ptr<SwitchProbe> probe(new SwitchProbe(std::move(*object)));
      probe->slots_.resize(probe->object_.cores().size());
      if (auto r = probe->place_new(topology); !r) return Failure(r.error());
      return probe;
    }
    // A kernel that refuses task storage here may still take the rest.
    if (loaded.error().kind != ErrorKind::unsupported) return Failure(loaded.error());
    if (choice->run_queue != SMTSCOPE_RUNQUEUE_FULL) {
      if (!choice->tick) return Failure(loaded.error());
      choice->tick = false;
      choice->tick_reason = "the kernel refused a program at its timers";
      continue;
    }
    choice->run_queue = SMTSCOPE_RUNQUEUE_LAST_QUEUED;
    choice->run_queue_reason = "the kernel refused task storage in the scheduler program";
  }
}

// Where each CPU looks for idle cores. The groups of all CPUs move when one of them comes or goes.
Result<> SwitchProbe::set_scan(const Topology& topology) {
  const ScanOrder scan = scan_order(topology);
  auto& cpus = object_.cpus();
  for (size_t i = 0; i < cpus.size(); i++) store(cpus[i].scan_count, 0);  // nobody reads a list half written
  if (auto r = object_.set_scan_order(scan.cpus); !r) return r;
  for (const auto& [cpu, range] : scan.range_of_cpu) {
    store(cpus[cpu].scan_first, range.first);
    store(cpus[cpu].scan_count, range.second);
  }
  return {};
}

// Gives a slot to each core that has none; the slots given.
Result<std::vector<uint32_t>> SwitchProbe::place_new(const Topology& topology) {
  if (auto r = set_scan(topology); !r) return Failure(r.error());
  std::vector<uint32_t> placed;
  for (const Core& core : topology.cores) {
    const auto same = [&](const Slot& s) { return s.used && s.core_id == core.id; };
    if (std::any_of(slots_.begin(), slots_.end(), same)) continue;
    if (choice().variant == SwitchVariant::word && core.cpus.size() > 2)
      return fail(ErrorKind::unsupported,
                  fmt::format("core {} now has {} CPUs online, and was prepared for two", core.id, core.cpus.size()),
                  "start again");
    const auto free = std::find_if(slots_.begin(), slots_.end(), [](const Slot& s) { return !s.used; });
    if (free == slots_.end()) return fail(ErrorKind::bug, "more cores than slots");
    placed.push_back(static_cast<uint32_t>(free - slots_.begin()));
    if (auto r = place_core(placed.back(), core); !r) return Failure(r.error());
  }
  return placed;
}

// Writes the state of a core whose CPUs do not run the program yet: every sibling unknown, from now on.
Result<> SwitchProbe::place_core(uint32_t slot, const Core& core) {
  Slot& s = slots_[slot];
  s = Slot{.used = true, .pending = false, .core_id = core.id, .cpus = core.cpus, .start_ticks = 0, .close = {}};
  const auto n = static_cast<uint32_t>(core.cpus.size());
  smtscope_core_record record{};
  record.last = monotonic_ns() >> SMTSCOPE_TICK_SHIFT;
  for (uint32_t i = 0; i < n; i++) record.id[i] = SMTSCOPE_ID_UNKNOWN;
  const bool word = choice().variant == SwitchVariant::word;
  object_.cores()[slot].word = !word ? 0
                                     : uint64_t{record.id[1]} << SMTSCOPE_ID1_SHIFT |
                                           uint64_t{record.id[0]} << SMTSCOPE_ID0_SHIFT |
                                           (record.last & SMTSCOPE_LAST_MASK);
  for (uint32_t& given_up : object_.cores()[slot].given_up) given_up = 0;
  if (auto r = object_.put_queue(slot, record); !r) return r;
  for (uint32_t i = 0; i < n; i++) {
    smtscope_cpu& cpu = object_.cpus()[core.cpus[i]];
    cpu.core = slot;
    cpu.sibling = i;
    cpu.task = 0;
    cpu.idle_since = 0;
    cpu.own_id = SMTSCOPE_ID_UNKNOWN;
    cpu.stale = 0;
    forget_slice(object_, core.cpus[i]);
  }
  for (const uint32_t cpu : core.cpus) store(object_.cpus()[cpu].siblings, n);  // last: now it is measured
  return {};
}

Result<> SwitchProbe::start() {
  if (auto r = object_.attach(); !r) return r;
  std::vector<uint32_t> all;
  for (uint32_t slot = 0; slot < slots_.size(); slot++)
    if (slots_[slot].used) all.push_back(slot);
  return begin(all);
}

// Seeds the CPUs of these cores and closes them: what came before the seeding is nobody's.
Result<> SwitchProbe::begin(const std::vector<uint32_t>& slots) {
  for (const uint32_t slot : slots) seed_unknown(slot);
  for (int attempt = 0; attempt < kBeginTries; attempt++) {
    const auto unbegun = [](const Slot& s) { return s.start_ticks == 0; };
    if (auto r = close_open(unbegun); !r) return r;
    sleep_ns(kSettleNs);
    const uint64_t deadline = monotonic_ns() + kStalledNs;
    bool all = true;
    for (const uint32_t slot : slots) {
      if (slots_[slot].start_ticks) continue;
      if (slots_[slot].pending && wait_left(slots_[slot], deadline)) collect(slot, nullptr);
      // A seeding is an update, and may be given up.
      if (slots_[slot].start_ticks && attempt < kSeedTries && seed_unknown(slot)) slots_[slot].start_ticks = 0;
      all &= slots_[slot].start_ticks != 0;
    }
    if (all) return {};
  }
  return fail(ErrorKind::io, "a CPU does not leave the scheduler program",
              "the hypervisor may have stopped it; try again");
}

// Seeds the CPUs that are unknown in the state of the last close; false if there were none. One that went offline a
// moment ago stays unknown until the topology is read again.
bool SwitchProbe::seed_unknown(uint32_t slot) {
  const Slot& s = slots_[slot];
  bool any = false;
  for (size_t i = 0; i < s.cpus.size(); i++) {
    if (s.close.done) {
      if (s.close.old.id[i] != SMTSCOPE_ID_UNKNOWN) continue;
      std::atomic_ref(object_.cpus()[s.cpus[i]].task).store(0);  // the program seeds only whom it has not seen
    }
    any = true;
    (void)object_.seed(s.cpus[i]);
  }
  return any;
}

// Closes the cores that are open and wanted, in as few calls as their slots allow.
Result<> SwitchProbe::close_open(const std::function<bool(const Slot&)>& wanted) {
  const auto open = [&](uint32_t i) { return slots_[i].used && !slots_[i].pending && wanted(slots_[i]); };
  for (uint32_t first = 0; first < slots_.size();) {
    uint32_t end = first;
    while (end < slots_.size() && open(end)) end++;
    if (end > first) {
      if (auto r = object_.close_slots(first, end); !r) return r;
      for (uint32_t i = first; i < end; i++) {
        slots_[i].close = object_.closes()[i];
        slots_[i].pending = slots_[i].close.done != 0;
      }
    }
    first = end + 1;
  }
  return {};
}

// True when every run that had begun on the core's CPUs has left; false at the deadline.
bool SwitchProbe::wait_left(const Slot& slot, uint64_t deadline_ns) const {
  auto& cpus = const_cast<SwitchObject&>(object_).cpus();
  for (const uint32_t cpu : slot.cpus) {
    const uint64_t entered = load(cpus[cpu].enter);
    while (load(cpus[cpu].exit) < entered) {
      if (monotonic_ns() > deadline_ns) return false;
      sleep_ns(kPollNs);
    }
  }
  return true;
}

void SwitchProbe::flush_counters() {
  for (const Slot& slot : slots_)
    if (slot.used) flush_busy(object_, slot.cpus);
}

void SwitchProbe::collect_counters(const Slot& s, CoreDrain* out) {
  if (!object_.counters()) return;
  for (const uint32_t cpu : s.cpus) {
    CpuSliceCells counted{cpu, {}};
    Spill spill;
    drain_counters(object_.counting()[cpu].buffer[s.close.old.epoch & 1], counted.cells, spill);
    for (const CounterCell& cell : counted.cells) pool_.saw(cell.id);
    if (!out) continue;
    out->counters.push_back(std::move(counted));
    counter_spill_.credits += spill.credits;
    counter_spill_.ticks += spill.ticks;
  }
}

// Takes the closed buffers of a core's CPUs and the open state its close found; out null: thrown away.
void SwitchProbe::collect(uint32_t slot, CoreDrain* out) {
  Slot& s = slots_[slot];
  const auto n = static_cast<uint32_t>(s.cpus.size());
  std::vector<Cell> scratch;
  std::vector<Cell>& cells = out ? out->cells : scratch;
  Spill spill;
  for (const uint32_t cpu : s.cpus) {
    drain_buffer(object_.cpus()[cpu].buffer[s.close.old.epoch & 1], n, cells, spill);
  }
  credit_state(s.close.old, n, s.close.now - s.close.old.last, cells);
  // More than 9 minutes without a close (a stopped agent): what wrapped away in the word's time.
  if (const uint64_t window = s.close.now - s.start_ticks; s.start_ticks && window > SMTSCOPE_LAST_MASK)
    credit_rest(window, n, cells);
  collect_counters(s, out);
  for (uint32_t i = 0; i < n; i++) pool_.saw(s.close.old.id[i]);
  for (const Cell& cell : cells) {
    pool_.saw(cell.a);
    if (cell.kind == SMTSCOPE_CELL_PAIR || cell.kind == SMTSCOPE_CELL_RUNNING_PAIR) pool_.saw(cell.b);
  }
  if (out) {
    out->core_id = s.core_id;
    out->siblings = n;
    out->start_ns = ticks_to_ns(s.start_ticks);
    out->end_ns = ticks_to_ns(s.close.now);
    spill_.credits += spill.credits;
    spill_.ticks += spill.ticks;
    close_clamped_ += s.close.clamped;
  }
  s.start_ticks = s.close.now;
  s.pending = false;
}

Result<> SwitchProbe::drain(Drain& out) {
  flush_counters();  // what runs on and on is in the window that ends
  if (auto r = close_open([](const Slot&) { return true; }); !r) return r;
  // Without a tick the slices of what runs on last from close to close, and every close makes one mixed: a short one.
  if (!choice().tick) flush_counters();
  sleep_ns(kSettleNs);
  const uint64_t deadline = monotonic_ns() + kStalledNs;
  bool complete = true;
  for (uint32_t slot = 0; slot < slots_.size(); slot++) {
    if (!slots_[slot].used) continue;
    if (!slots_[slot].pending || !wait_left(slots_[slot], deadline)) {
      complete = false;
      continue;
    }
    collect(slot, &out.cores.emplace_back());
  }
  read_totals(out);
  if (complete) pool_.after_drain(object_, out.anomalies.entities_dropped);
  return {};
}

Result<> SwitchProbe::follow(const Topology& topology, Drain& out) {
  std::vector<uint32_t> ended;
  for (uint32_t slot = 0; slot < slots_.size(); slot++) {
    if (!slots_[slot].used) continue;
    const Core* core = topology.find_core(slots_[slot].core_id);
    if (!core || core->cpus != slots_[slot].cpus) ended.push_back(slot);
  }
  const std::map<uint32_t, uint64_t> ends = retire(ended, out);
  const auto begun = place_new(topology);
  if (!begun) return Failure(begun.error());
  if (auto r = begin(*begun); !r) return r;
  for (const uint32_t slot : *begun) {  // a core that goes on with other CPUs was not measured in between
    const Slot& s = slots_[slot];
    const auto end = ends.find(s.core_id);
    if (end == ends.end()) continue;
    out.cores.push_back({s.core_id,
                         static_cast<uint32_t>(s.cpus.size()),
                         ticks_to_ns(end->second),
                         ticks_to_ns(s.start_ticks),
                         {},
                         {}});
  }
  for (CoreDrain& core : out.cores)
    if (ends.contains(core.core_id)) forget_states(core);
  return {};
}

// Stops measuring on the CPUs of these cores and ends their windows; when that was, in ticks, by core.
std::map<uint32_t, uint64_t> SwitchProbe::retire(const std::vector<uint32_t>& slots, Drain& out) {
  std::map<uint32_t, uint64_t> ends;
  for (const uint32_t slot : slots)
    for (const uint32_t cpu : slots_[slot].cpus) store(object_.cpus()[cpu].siblings, 0);
  sleep_ns(kSettleNs);
  for (const uint32_t slot : slots) {
    Slot& s = slots_[slot];
    (void)wait_left(s, monotonic_ns() + kStalledNs);
    if (s.pending) collect(slot, &out.cores.emplace_back());
    if (object_.close_slots(slot, slot + 1) && object_.closes()[slot].done) {
      s.close = object_.closes()[slot];
      collect(slot, &out.cores.emplace_back());
    }
    ends[s.core_id] = s.start_ticks;
    s = Slot{};
  }
  return ends;
}

void SwitchProbe::read_totals(Drain& out) {
  out.placement.buckets.assign(SMTSCOPE_BUCKETS, 0);
  SwitchAnomalies& a = out.anomalies;
  auto& cpus = object_.cpus();
  for (size_t i = 0; i < cpus.size(); i++) {
    const smtscope_cpu& cpu = cpus[i];
    a.lost += load(cpu.lost);
    a.lost_ns += ticks_to_ns(load(cpu.lost_ticks));
    a.contended += load(cpu.contended);
    a.retries += load(cpu.retries);
    a.clamped += load(cpu.clamped);
    a.entities_dropped += load(cpu.ids_dropped);
    a.waits_dropped += load(cpu.waits_dropped);
    a.waits_unbased += load(cpu.waits_unbased);
    out.placement.transitions += load(cpu.transitions);
    out.placement.sampled += load(cpu.sampled);
    out.placement.avoidable += load(cpu.avoidable);
    for (uint32_t k = 0; k < SMTSCOPE_BUCKETS; k++) out.placement.buckets[k] += load(cpu.placement[k]);
  }
  a.clamped += close_clamped_;
  a.slices_dropped = counter_spill_.credits;
  a.slices_dropped_ns = ticks_to_ns(counter_spill_.ticks);
  for (const Slot& slot : slots_)
    if (slot.used) read_slices(object_, slot.cpus, out.slices);
  a.pairs_dropped = spill_.credits;
  a.pairs_dropped_ns = ticks_to_ns(spill_.ticks);
}

IdInfo SwitchProbe::who(uint32_t id) const {
  static_assert(kKernelSideIds == SMTSCOPE_ID_COUNT && kFirstLentId == SMTSCOPE_ID_FIRST &&
                kStartUnitNs == 1ull << SMTSCOPE_START_SHIFT);
  const smtscope_id_info& info = const_cast<SwitchObject&>(object_).id_table()[id & SMTSCOPE_ID_MASK];
  IdInfo out{info.key, info.tgid, info.kthread != 0, info.key >> SMTSCOPE_PID_BITS, {}};
  std::copy(std::begin(info.comm), std::end(info.comm), out.comm.begin());
  return out;
}

bool SwitchProbe::slept_since(uint32_t cpu, uint64_t ns) {
  if (cpu >= object_.cpus().size()) return false;
  const uint64_t since = load(object_.cpus()[cpu].idle_since);
  return since != 0 && ticks_to_ns(since) < ns;
}

}  // namespace smtscope
