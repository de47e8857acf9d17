// SPDX-License-Identifier: Apache-2.0
// Random histories of switches, lost switches, cuts, closes and drains, at every point of a run: each slice must be
// booked as a plain model says.
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <optional>

#include "native/driver.h"
#include "slice_world.h"

namespace smtscope::native {
namespace {

constexpr std::uint32_t kIdle = SMTSCOPE_ID_IDLE, kUnknown = SMTSCOPE_ID_UNKNOWN;

struct SliceMachine {
  const char* name;
  Variant variant;
  std::vector<unsigned> siblings;
};
class SwitchCountersRandom : public ::testing::TestWithParam<SliceMachine> {};

// What must have been booked, from the order of the changes of each core and from what the counters were made to say.
// Knows nothing of words, records and readings.
class SliceModel {
 public:
  SliceModel(SliceWorld& s, Variant variant) : s_(s), variant_(variant), cpus_(s.world.cpus()) {}

  // After the run of a switch (or of the seeding) on `cpu`; `from`: how many changes its core had seen before.
  void ran(unsigned cpu, std::size_t from, std::uint32_t next, bool missed) {
    Cpu& c = cpus_[cpu];
    const auto& all = s_.world.history(s_.world.core_of(cpu)).events;
    std::optional<std::size_t> own;
    for (std::size_t i = from; i < all.size(); i++)
      if (all[i].what == Event::What::change && all[i].cpu == cpu) own = i;
    if (own) c.stale = false;
    else if (c.id != next || missed || c.stale) c.stale = true;
    if (c.id == next && !missed) return;
    book(cpu, missed, own);
    begin(cpu, next, own ? std::optional(*own + 1) : std::nullopt);
  }

  void cut(unsigned cpu, bool missed) {
    Cpu& c = cpus_[cpu];
    if (c.id == kIdle) return;
    const std::size_t now = s_.world.history(s_.world.core_of(cpu)).events.size();
    std::optional<std::size_t> seen = now;
    if (c.stale || given_up(cpu, now)) seen.reset();
    book(cpu, missed, seen);
    begin(cpu, missed ? kUnknown : c.id, seen);
  }

  [[nodiscard]] const std::map<unsigned, Slices>& booked() const { return booked_; }
  [[nodiscard]] std::uint64_t classes(unsigned k) const { return classes_[k]; }

 private:
  struct Cpu {
    std::uint32_t id = kUnknown;
    bool begun = false, stale = false;
    std::uint64_t counter = 0;
    std::optional<std::size_t> start;  // how many changes the state at the start has seen
  };

  // True if a sibling gave an update up after the last write before change `at`.
  [[nodiscard]] bool given_up(unsigned cpu, std::size_t at) const {
    if (variant_ == Variant::word) return false;
    const auto& all = s_.world.history(s_.world.core_of(cpu)).events;
    for (; at > 0 && all[at - 1].what == Event::What::give_up; at--)
      if (all[at - 1].cpu != cpu) return true;
    return false;
  }

  // What each sibling runs after the first `n` changes.
  [[nodiscard]] std::vector<std::uint32_t> ids(unsigned core, std::size_t n) const {
    const History& h = s_.world.history(core);
    auto ids = h.first_ids;
    for (std::size_t i = 0; i < n; i++)
      if (h.events[i].what != Event::What::close) ids[h.events[i].sibling] = h.events[i].id;
    return ids;
  }

  [[nodiscard]] unsigned slice_class(unsigned cpu, bool missed, std::optional<std::size_t> found) const {
    const Cpu& c = cpus_[cpu];
    const unsigned core = s_.world.core_of(cpu);
    const auto& cpus = s_.world.cpus_of(core);
    if (missed || c.id == kUnknown) return SMTSCOPE_SLICE_UNKNOWN;
    if (cpus.size() == 1) return SMTSCOPE_SLICE_NO_SIBLING;
    if (!c.start || !found || given_up(cpu, *found)) return SMTSCOPE_SLICE_UNKNOWN;
    if (*c.start != *found) return SMTSCOPE_SLICE_MIXED;
    const auto state = ids(core, *found);
    bool same = false, other = false, unknown = false;
    for (std::size_t i = 0; i < cpus.size(); i++) {
      if (cpus[i] == cpu) continue;
      unknown |= state[i] == kUnknown;
      same |= state[i] != kIdle && state[i] == c.id;
      other |= state[i] != kIdle && state[i] != kUnknown && state[i] != c.id;
    }
    if (unknown) return SMTSCOPE_SLICE_UNKNOWN;
    return other ? SMTSCOPE_SLICE_OTHER : same ? SMTSCOPE_SLICE_SAME : SMTSCOPE_SLICE_IDLE;
  }

  void book(unsigned cpu, bool missed, std::optional<std::size_t> found) {
    Cpu& c = cpus_[cpu];
    if (!c.begun) return;
    const unsigned k = slice_class(cpu, missed, found);
    classes_[k]++;
    Sliced& to = booked_[cpu][{missed ? kUnknown : c.id, k}];
    to.count += s_.events[cpu].counter - c.counter;
    to.slices++;
  }

  void begin(unsigned cpu, std::uint32_t id, std::optional<std::size_t> start) {
    cpus_[cpu] = {id, true, cpus_[cpu].stale, s_.events[cpu].counter, start};
  }

  SliceWorld& s_;
  Variant variant_;
  std::vector<Cpu> cpus_;
  std::map<unsigned, Slices> booked_;
  std::array<std::uint64_t, 8> classes_{};
};

class SliceDriver {
 public:
  SliceDriver(std::uint64_t seed, const SliceMachine& machine)
      : choices_(seed), s_(machine.variant, machine.siblings, 5), model(s_, machine.variant), seen_(s_.world.cpus()) {
    s_.world.reading_ns = 20;  // no two changes at the same moment
    for (unsigned i = 0; i < 12; i++) tasks_.push_back(std::make_unique<Task>(100 + static_cast<int>(i), 1000 + i / 2));
  }

  void run(unsigned steps) {
    World& w = s_.world;
    for (unsigned cpu = 0; cpu < w.cpus(); cpu++) {
      const std::size_t from = changes(cpu);
      w.seed(cpu);
      seen_[cpu] = &w.current(cpu);
      model.ran(cpu, from, w.id_of(w.current(cpu)), false);
    }
    w.meanwhile = [this](native_point point) {
      if (point == NATIVE_POP_FAILED || point == NATIVE_SWAP_FAILED) return;
      if (s_.world.depth() < 4 && choices_.below(5) == 0) step();
    };
    for (left_ = steps; left_ > 0;) step();
    w.finish();
  }

  // The cells of each CPU, without time: the clock of a slice is the ledger's.
  [[nodiscard]] Slices found(unsigned cpu) const {
    Slices all = s_.all_slices(cpu);
    for (auto& [key, sum] : all) sum.ticks = sum.uncounted = 0;
    return all;
  }
  [[nodiscard]] Slices expected(unsigned cpu) const {
    const auto it = model.booked().find(cpu);
    return it == model.booked().end() ? Slices{} : it->second;
  }
  World& world() { return s_.world; }

 private:
  [[nodiscard]] std::size_t changes(unsigned cpu) const {
    return s_.world.history(s_.world.core_of(cpu)).events.size();
  }

  void step() {
    if (left_ == 0) return;
    left_--;
    World& w = s_.world;
    s_.pass(choices_.below(1000));
    const unsigned cpu = choices_.below(w.cpus());
    const bool inside = w.depth() > 0, under_way = w.under_way(cpu);
    for (unsigned other = 0; other < w.cpus(); other++)  // what a program itself counts is the test's not to say
      if (!w.under_way(other)) s_.count(other, choices_.below(1000));
    const unsigned what = choices_.below(16);
    if (what == 0) {
      w.drain(w.core_of(cpu));
      w.close(w.core_of(cpu));
    } else if (what <= 2) {
      if (under_way) {
        w.flush(cpu);  // must leave it alone
      } else if (!inside) {
        const bool missed = seen_[cpu] != &w.current(cpu);
        w.flush(cpu);
        model.cut(cpu, missed);
      }
    } else if (!under_way) {
      change(cpu, what == 3);
    }
  }

  void change(unsigned cpu, bool lose) {
    World& w = s_.world;
    Task& next = choices_.below(3) ? *tasks_[choices_.below(tasks_.size())] : w.idle(cpu);
    for (unsigned other = 0; other < w.cpus(); other++)
      if (&w.current(other) == &next) return;
    if (lose) return w.lose_switch(cpu, next);
    next.raw.sched_info.last_queued = 0;
    const bool missed = seen_[cpu] != &w.current(cpu);
    seen_[cpu] = &next;
    const std::size_t from = changes(cpu);
    w.switch_to(cpu, next);
    model.ran(cpu, from, w.id_of(next), missed);
  }

  SeededChoices choices_;
  SliceWorld s_;

 public:
  SliceModel model;

 private:
  std::vector<std::unique_ptr<Task>> tasks_;
  std::vector<const Task*> seen_;
  unsigned left_ = 0;
};

TEST_P(SwitchCountersRandom, AgreesWithTheModel) {
  std::array<std::uint64_t, 6> classes{};
  for (std::uint64_t seed = 1; seed <= 25; seed++) {
    SliceDriver driver(seed, GetParam());
    driver.run(1000);
    ASSERT_EQ(driver.world().difference(), "") << "seed " << seed;
    for (unsigned cpu = 0; cpu < driver.world().cpus(); cpu++)
      ASSERT_EQ(driver.found(cpu), driver.expected(cpu)) << "seed " << seed << " cpu " << cpu;
    for (unsigned k = 0; k < classes.size(); k++) classes[k] += driver.model.classes(k);
  }
  // The histories must have reached what they are for.
  const bool alone = GetParam().siblings == std::vector<unsigned>{1};
  for (unsigned k = 0; k < classes.size(); k++) {
    if (k != SMTSCOPE_SLICE_UNKNOWN && (k == SMTSCOPE_SLICE_NO_SIBLING) != alone) continue;
    EXPECT_GT(classes[k], 10u) << "class " << k;
  }
}

INSTANTIATE_TEST_SUITE_P(Machines, SwitchCountersRandom,
                         ::testing::Values(SliceMachine{"word_1", Variant::word, {1}},
                                           SliceMachine{"word_2_2", Variant::word, {2, 2}},
                                           SliceMachine{"queue_2_2", Variant::queue, {2, 2}},
                                           SliceMachine{"queue_4", Variant::queue, {4}}),
                         [](const auto& machine) { return std::string(machine.param.name); });

}  // namespace
}  // namespace smtscope::native
