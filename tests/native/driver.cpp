// SPDX-License-Identifier: Apache-2.0
#include "driver.h"

#include <algorithm>

namespace smtscope::native {
namespace {

constexpr std::uint64_t kTickNs = 1 << SMTSCOPE_TICK_SHIFT;
constexpr std::uint64_t kWrapNs = kTickNs << SMTSCOPE_LAST_BITS;
constexpr std::uint64_t kStallNs = 60'000'000'000;  // what the word bears between two closes with room to spare
constexpr std::size_t kDepth = 4;
constexpr unsigned kEntities = 6, kTasksEach = 3, kLent = 5;  // one entity more than ids

}  // namespace

std::uint32_t SeededChoices::below(std::uint32_t n) {  // splitmix64
  std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return static_cast<std::uint32_t>((z ^ z >> 31) % n);
}

std::uint32_t ByteChoices::below(std::uint32_t n) {
  std::uint32_t value = 0;
  for (std::uint32_t range = 1; range < n && size_; range = range > 0xffffff ? n : range << 8) {
    value = value << 8 | *data_++;
    size_--;
  }
  return value % n;
}

Driver::Driver(Choices& choices, Variant variant, const std::vector<unsigned>& siblings) : choices_(choices) {
  WorldSetup setup;
  setup.ids = kLent;
  // Near a wrap of the 35-bit time, sometimes just before it.
  setup.start_ns = 3 * kWrapNs - (std::uint64_t{choices.below(1u << 20)} << choices.below(16));
  back_one_in_ = choices.below(2) ? 8 : 0;
  world_ = std::make_unique<World>(variant, siblings, setup);
  world_->reading_ns = choices.below(3) * 20;
  for (unsigned i = 0; i < kEntities * kTasksEach; i++) {
    tasks_.push_back(std::make_unique<Task>(100 + static_cast<int>(i), 1000 + i / kTasksEach));
  }
  tasks_.push_back(std::make_unique<Task>(2, 1, PF_KTHREAD));
  tasks_.push_back(std::make_unique<Task>(3, 1, PF_KTHREAD));
}

// A task that runs nowhere, or idle.
Task* Driver::pick(unsigned cpu) {
  Task* next = choices_.below(3) == 0 ? &world_->idle(cpu) : tasks_[choices_.below(tasks_.size())].get();
  for (unsigned other = 0; other < world_->cpus(); other++) {
    if (&world_->current(other) == next) return nullptr;
  }
  return next;
}

void Driver::change(unsigned cpu, bool seen) {
  if (world_->under_way(cpu)) return;
  Task* next = pick(cpu);
  if (!next) return;
  if (!seen) return world_->lose_switch(cpu, *next);
  next->raw.sched_info.last_queued = 0;
  if (choices_.below(4)) next->queue_for(std::uint64_t{choices_.below(4096)} << choices_.below(22));
  const std::size_t outer = storm_;
  if (!storm_ && choices_.below(16) == 0) storm_ = world_->depth() + 1;
  world_->switch_to(cpu, *next);
  storm_ = outer;
}

void Driver::close(unsigned core) {
  world_->drain(core);
  world_->close(core);
  if (choices_.below(2)) world_->drain(core);
}

// A change by somebody else on this core, whatever it is; false if nobody is free to make one.
bool Driver::disturb(unsigned core) {
  for (const unsigned cpu : world_->cpus_of(core)) {
    if (world_->under_way(cpu)) continue;
    if (&world_->current(cpu) != &world_->idle(cpu)) {
      world_->switch_to(cpu, world_->idle(cpu));
      return true;
    }
    for (const auto& task : tasks_) {
      bool free = true;
      for (unsigned other = 0; other < world_->cpus(); other++) free = free && &world_->current(other) != task.get();
      if (!free) continue;
      task->raw.sched_info.last_queued = 0;
      world_->switch_to(cpu, *task);
      return true;
    }
  }
  return false;
}

void Driver::meanwhile(native_point point) {
  if (point == NATIVE_POP_FAILED || point == NATIVE_SWAP_FAILED) return;
  if (storm_ == world_->depth() && storm_ && point == NATIVE_CLOCK_READ && world_->run().what == Event::What::change) {
    const std::size_t outer = std::exchange(storm_, 0);
    if (steps_ < limit_) {
      steps_++;
      disturb(world_->run().core);
    }
    storm_ = outer;
    return;
  }
  if (point == NATIVE_CLOCK && back_one_in_ && choices_.below(back_one_in_) == 0) {
    world_->back_ns = choices_.below(1000);
  }
  if (world_->depth() < kDepth && choices_.below(6) == 0) step();
}

void Driver::step() {
  if (steps_ >= limit_) return;
  steps_++;
  const bool inside = world_->depth() > 0;
  const unsigned cpu = choices_.below(world_->cpus());
  switch (choices_.below(16)) {
    case 0: return change(cpu, false);
    case 1: return close(choices_.below(world_->cores()));
    case 2: world_->drain(choices_.below(world_->cores())); return;
    case 3: return pass(choices_.below(1'000'000));
    case 4:
      // Long stalls only where the reader can follow: it closes every core far more often than that.
      if (inside) return pass(choices_.below(100'000'000));
      pass(choices_.below(16) ? choices_.below(20'000'000) : choices_.below(1000) * (kStallNs / 1000));
      for (unsigned core = 0; core < world_->cores(); core++) close(core);
      return;
    default: pass(choices_.below(4) ? choices_.below(5000) : choices_.below(3)); return change(cpu, true);
  }
}

void Driver::run(std::size_t limit) {
  limit_ = limit;
  World& world = *world_;
  for (unsigned cpu = 0; cpu < world.cpus(); cpu++) {
    if (Task* first = pick(cpu); first && choices_.below(2)) world.lose_switch(cpu, *first);
  }
  // Some CPUs switch before they are seeded, as on a live machine; the window begins afterwards.
  for (unsigned cpu = 0; cpu < world.cpus(); cpu++) {
    if (choices_.below(4) == 0) change(choices_.below(world.cpus()), true);
    pass(choices_.below(100'000));
    world.seed(cpu);
  }
  world.meanwhile = [this](native_point point) { meanwhile(point); };
  while (steps_ < limit_ && !choices_.done()) step();
  world.meanwhile = nullptr;
  world.finish();
}

}  // namespace smtscope::native
