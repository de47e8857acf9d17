// SPDX-License-Identifier: Apache-2.0
#include "world.h"

#include <algorithm>
#include <bit>

namespace smtscope::native {
namespace {

constexpr int kIdlePid = 0;

void clear(Kernel& k) { k = Kernel{}; }

std::uint64_t first_word(unsigned siblings, std::uint64_t tick) {
  const std::uint64_t beside = siblings == 2 ? SMTSCOPE_ID_UNKNOWN : SMTSCOPE_ID_IDLE;
  return std::uint64_t{SMTSCOPE_ID_UNKNOWN} << SMTSCOPE_ID0_SHIFT | beside << SMTSCOPE_ID1_SHIFT |
         (tick & SMTSCOPE_LAST_MASK);
}

WaitSum wait_sum(std::uint64_t value) { return {value >> SMTSCOPE_WAIT_SUM_BITS, value & SMTSCOPE_WAIT_SUM_MASK}; }

}  // namespace

World::World(Variant variant, const std::vector<unsigned>& siblings, const WorldSetup& setup)
    : now_ns(setup.start_ns), variant_(variant), setup_(setup) {
  Kernel& k = kernel();
  clear(k);
  const std::uint64_t tick = now_ns >> SMTSCOPE_TICK_SHIFT;
  for (unsigned core = 0; core < siblings.size(); core++) {
    const unsigned n = siblings[core];
    smtscope_core_record record{};
    record.last = tick;
    cpus_of_.emplace_back();
    for (unsigned sibling = 0; sibling < n; sibling++) {
      cpus_of_[core].push_back(cpus());
      core_of_.push_back(core);
      sibling_of_.push_back(sibling);
      record.id[sibling] = SMTSCOPE_ID_UNKNOWN;
      smtscope_cpu& cpu = k.cpus.emplace_back();
      cpu.core = core;
      cpu.sibling = sibling;
      cpu.siblings = n;
      cpu.own_id = SMTSCOPE_ID_UNKNOWN;
      cpu.slice_id = SMTSCOPE_ID_UNKNOWN;
      idle_.push_back(std::make_unique<Task>(kIdlePid, 1));
      current_.push_back(idle_.back().get());
    }
    k.cores.push_back({variant == Variant::word ? first_word(n, tick) : 0, {}, {}});
    k.core_queues.push_back({record});
    history_.push_back({tick, std::vector<std::uint32_t>(n, SMTSCOPE_ID_UNKNOWN), {}});
  }
  k.closes.resize(siblings.size());
  k.id_table.resize(SMTSCOPE_ID_FIRST + setup.ids);
  for (unsigned i = 0; i < setup.ids; i++) k.free_ids.push_back(SMTSCOPE_ID_FIRST + i);
  if (setup.knobs.counters) k.counting.resize(cpus());
  closes_.resize(siblings.size());
  undrained_.resize(siblings.size());
  truth_.resize(cpus());
  native_set_knobs(&setup.knobs);
  k.point = [this](native_point point) { at(point); };
  k.clock = [this] { return read_clock(); };
}

World::~World() { clear(kernel()); }

std::uint32_t World::id_of(const Task& task) const {
  if (task.raw.pid == kIdlePid) return SMTSCOPE_ID_IDLE;
  if (task.kthread() && !setup_.knobs.kthreads_apart) return SMTSCOPE_ID_KERNEL;
  const auto found = kernel().ids.find(task.cgroup_id());
  return found == kernel().ids.end() ? std::uint32_t{SMTSCOPE_ID_OTHER} : found->second;
}

bool World::under_way(unsigned cpu) const {
  return std::any_of(runs_.begin(), runs_.end(),
                     [&](const Run& run) { return run.what == Event::What::change && run.cpu == cpu; });
}

bool World::closing() const {
  return std::any_of(runs_.begin(), runs_.end(), [](const Run& run) { return run.what == Event::What::close; });
}

const Counted& World::counted(unsigned cpu, unsigned period) const {
  static const Counted none;
  const auto found = counted_.find({cpu, period});
  return found == counted_.end() ? none : found->second;
}

const Drained& World::drained(unsigned cpu, unsigned period) const {
  static const Drained none;
  const auto found = drained_.find({cpu, period});
  return found == drained_.end() ? none : found->second;
}

std::uint64_t World::read_clock() {
  now_ns += reading_ns;
  const std::uint64_t reading = now_ns - std::exchange(back_ns, 0);
  if (runs_.empty()) {
    fault_ += "a run that has nothing to do read the clock; ";
    return reading;
  }
  Run& run = runs_.back();
  run.reading = reading;
  run.back |= reading != now_ns;
  if (reading != now_ns && run.what == Event::What::change) truth_[run.cpu].back++;
  return reading;
}

Run World::start(Run run, const std::function<void()>& program) {
  const unsigned interrupted = kernel().current_cpu;
  kernel().current_cpu = run.cpu;
  runs_.push_back(run);
  program();
  const Run done = runs_.back();
  runs_.pop_back();
  kernel().current_cpu = interrupted;
  if (done.what == Event::What::change) settle(done);
  return done;
}

void World::at(native_point point) {
  if (runs_.empty()) return;
  Run& run = runs_.back();
  if (point == NATIVE_SWAP_FAILED || point == NATIVE_POP_FAILED) run.failed++;
  if (point == NATIVE_SWAPPED || point == NATIVE_PUSHED) {
    run.took_effect = true;
    Event event = {run.what, run.reading >> SMTSCOPE_TICK_SHIFT, run.cpu, 0, 0, false};
    if (run.what == Event::What::change) {
      event.sibling = sibling_of_[run.cpu];
      event.id = id_of(*run.next);
      event.unknown = run.missed || truth_[run.cpu].stale;
    }
    history_[run.core].events.push_back(event);
    // Whoever writes the record puts in what others had to give up.
    if (point == NATIVE_PUSHED)
      for (const unsigned cpu : cpus_of_[run.core]) truth_[cpu].stale = false;
  }
  if (meanwhile) meanwhile(point);
}

void World::settle(const Run& run) {
  Truth& truth = truth_[run.cpu];
  truth.retries += run.failed;
  const std::uint32_t id = id_of(*run.next);
  const bool needless = !run.forced && truth.id == id;
  if (run.took_effect) {
    if (needless) fault_ += "a switch that changes nothing wrote the state; ";
    truth.id = id;
    truth.stale = truth.behind = false;
  } else if (!needless) {
    if (run.failed == 0) fault_ += "a switch that nobody disturbed did not take effect; ";
    truth.contended++;
    truth.stale = truth.behind = true;
    if (variant_ == Variant::queue)
      history_[run.core].events.push_back({Event::What::give_up, 0, run.cpu, sibling_of_[run.cpu], id, false});
  }
}

void World::expect_wait(unsigned cpu, Task& next) {
  if (setup_.knobs.runqueue != SMTSCOPE_RUNQUEUE_LAST_QUEUED || next.raw.pid == kIdlePid) return;
  const std::uint64_t queued = next.raw.sched_info.last_queued, clock = next.raw.se.cfs_rq->rq->clock;
  const std::uint64_t wait = queued && clock > queued ? clock - queued : 0;
  auto& [count, ns] = truth_[cpu].waits[bucket_by_bounds(wait)];
  count++;
  ns += wait;
}

void World::switch_to(unsigned cpu, Task& next) {
  Task& prev = *std::exchange(current_[cpu], &next);
  Truth& truth = truth_[cpu];
  const bool missed = truth.seen && truth.seen != &prev;
  truth.lost += missed;
  truth.seen = &next;
  Run run;
  run.cpu = cpu;
  run.core = core_of_[cpu];
  run.next = &next;
  run.missed = missed;
  run.forced = missed || truth.behind;
  expect_wait(cpu, next);
  start(run, [&] {
    if (variant_ == Variant::word) switch_word(0, &prev.raw, &next.raw);
    else switch_queue(0, &prev.raw, &next.raw);
  });
}

void World::lose_switch(unsigned cpu, Task& next) { current_[cpu] = &next; }

void World::seed(unsigned cpu) {
  if (truth_[cpu].seen) {  // must do nothing
    kernel().current_cpu = cpu;
    variant_ == Variant::word ? reader_seed_w(nullptr) : reader_seed_q(nullptr);
    return;
  }
  truth_[cpu].seen = current_[cpu];
  Run run;
  run.cpu = cpu;
  run.core = core_of_[cpu];
  run.next = current_[cpu];
  start(run, [&] {
    kernel().current_task = &run.next->raw;
    variant_ == Variant::word ? reader_seed_w(nullptr) : reader_seed_q(nullptr);
  });
}

void World::flush(unsigned cpu, bool timer) {
  const unsigned interrupted = kernel().current_cpu;
  kernel().current_cpu = cpu;
  kernel().current_task = &current_[cpu]->raw;
  const auto point = std::exchange(kernel().point, nullptr);  // interrupts are off
  const auto clock = std::exchange(kernel().clock, [this] { return now_ns; });
  if (variant_ == Variant::word) timer ? counters_tick_w() : reader_flush_w(nullptr);
  else timer ? counters_tick_q() : reader_flush_q(nullptr);
  kernel().clock = clock;
  kernel().point = point;
  kernel().current_cpu = interrupted;
}

bool World::close(unsigned core) {
  if (closing() || !drain(core)) return false;
  if (!spare_is_empty(core)) fault_ += "a drained buffer was written; ";
  Run run;
  run.what = Event::What::close;
  run.core = core;
  run = start(run, [&] {
    __u64 range[] = {core, core + 1};
    variant_ == Variant::word ? reader_close_w(range) : reader_close_q(range);
  });
  const smtscope_close& found = kernel().closes[core];
  if (!found.done) return false;
  if (found.clamped && !run.back) fault_ += "a close was clamped by a clock that had not gone back; ";
  closes_[core].push_back(found);
  undrained_[core] = cpus_of_[core];
  return true;
}

bool World::spare_is_empty(unsigned core) const {
  static const smtscope_buffer empty{};
  const unsigned spare = (periods(core) + 1) & 1;
  for (const unsigned cpu : cpus_of_[core]) {
    if (std::memcmp(&kernel().cpus[cpu].buffer[spare], &empty, sizeof(empty)) != 0) return false;
    static const smtscope_counter_buffer none{};
    if (kernel().counting.empty()) continue;
    if (std::memcmp(&kernel().counting[cpu].buffer[spare], &none, sizeof(none)) != 0) return false;
  }
  return true;
}

bool World::drain(unsigned core) {
  if (undrained_[core].empty()) return true;
  const unsigned period = periods(core) - 1;
  std::erase_if(undrained_[core], [&](unsigned cpu) {
    smtscope_cpu& it = kernel().cpus[cpu];
    if (it.enter != it.exit) return false;
    drain_cpu(cpu, period, it.buffer[period & 1]);
    if (!kernel().counting.empty()) drain_counted(cpu, period);
    return true;
  });
  return undrained_[core].empty();
}

void World::drain_cpu(unsigned cpu, unsigned period, smtscope_buffer& buffer) {
  Drained& into = drained_[{cpu, period}];
  for (unsigned word = 0; word < SMTSCOPE_SLOTS / 64; word++) {
    for (std::uint64_t rest = std::exchange(buffer.used[word], 0); rest; rest &= rest - 1) {
      smtscope_slot& slot = buffer.slot[word * 64 + static_cast<unsigned>(std::countr_zero(rest))];
      const auto [key, value] = std::exchange(slot, {});
      if (SMTSCOPE_KEY_KIND(key) != SMTSCOPE_CELL_WAIT) {
        if (!into.cells.emplace(key, value).second) fault_ += "a key in two slots; ";
      } else {
        into.waits[key] = wait_sum(value);
      }
    }
  }
  std::copy_n(buffer.spill_pair, 16, into.spill_pair.begin());
  std::copy_n(buffer.spill_class, 16, into.spill_class.begin());
  std::copy_n(buffer.spill_busy, 16, into.spill_busy.begin());
  for (unsigned bucket = 0; bucket < SMTSCOPE_BUCKETS; bucket++) {
    if (const std::uint64_t value = buffer.spill_wait[bucket]) into.spill_wait[bucket] = wait_sum(value);
  }
  into.spilled = buffer.spilled;
  into.spilled_ticks = buffer.spilled_ticks;
  const auto* slots = reinterpret_cast<const smtscope_slot*>(&buffer.slot[0]);
  if (std::any_of(slots, slots + SMTSCOPE_SLOTS, [](const smtscope_slot& slot) { return slot.key || slot.value; })) {
    fault_ += "a slot in use is not in the bit map; ";
  }
  buffer = {};
}

void World::drain_counted(unsigned cpu, unsigned period) {
  smtscope_counter_buffer& buffer = kernel().counting[cpu].buffer[period & 1];
  Counted& into = counted_[{cpu, period}];
  const auto take = [&](std::uint64_t key, const smtscope_counted& sum) {
    smtscope_counted& to = into[key];
    to.ticks += sum.ticks;
    for (unsigned i = 0; i < SMTSCOPE_COUNTERS; i++) to.count[i] += sum.count[i];
    to.uncounted += sum.uncounted;
    to.slices += sum.slices;
  };
  std::uint64_t spilled = 0;
  for (const smtscope_counter_cell& cell : buffer.cell) {
    if (cell.key) take(cell.key, cell.sum);
  }
  for (unsigned at = 0; at < std::size(buffer.spill); at++) {
    if (buffer.spill[at].slices) take(SMTSCOPE_COUNTER_KEY(at / 8, at % 8), buffer.spill[at]);
    spilled += buffer.spill[at].slices;
  }
  if (spilled != buffer.spilled) fault_ += "spilled slices; ";
  buffer = {};
}

void World::finish() {
  meanwhile = nullptr;
  for (unsigned core = 0; core < cores(); core++) {
    if (!close(core) || !drain(core)) fault_ += "a core could not be closed; ";
  }
}

}  // namespace smtscope::native
