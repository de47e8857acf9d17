// SPDX-License-Identifier: Apache-2.0
// When the last idle sibling of a core becomes busy: was a whole other core of the cache idle, allowed, how long?
#include <gtest/gtest.h>

#include "native/script.h"

namespace smtscope::native {
namespace {

// Two caches of two cores of two siblings: CPUs 0 to 3 and 4 to 7.
class Placement : public ::testing::TestWithParam<Variant> {
 protected:
  Placement() { make({2, 2, 2, 2}, 1); }
  void make(const std::vector<unsigned>& siblings, std::uint32_t every) {
    WorldSetup setup;
    setup.knobs.placement_every = every;
    setup.knobs.runqueue = SMTSCOPE_RUNQUEUE_OFF;
    world.reset();
    world = std::make_unique<World>(GetParam(), siblings, setup);
    for (unsigned cpu = 0; cpu < world->cpus(); cpu++) {
      kernel().scan_cpus.push_back(cpu);
      world->cpu(cpu).scan_first = cpu / 4 * 4;
      world->cpu(cpu).scan_count = std::min(4u, world->cpus() - cpu / 4 * 4);
    }
    seed_all(*world);
  }
  // The only bucket that CPU `cpu` has counted in; SMTSCOPE_BUCKETS if none, -1u if several.
  unsigned bucket(unsigned cpu) const {
    unsigned found = SMTSCOPE_BUCKETS;
    for (unsigned i = 0; i < SMTSCOPE_BUCKETS; i++) {
      if (world->cpu(cpu).placement[i]) found = found == SMTSCOPE_BUCKETS ? i : -1u;
    }
    return found;
  }
  static void allow(Task& task, unsigned long cpus) { task.allowed = {cpus}; }

  std::unique_ptr<World> world;
  Task a{10, 100}, b{20, 200}, c{30, 300}, d{40, 400};
};

TEST_P(Placement, IdleCoreOfTheSameCacheIsFoundWithItsIdleTime) {
  world->switch_to(2, c);
  pass_ticks(*world, 100);
  world->switch_to(2, world->idle(2));  // core 1 is idle from here on
  world->switch_to(0, a);
  pass_ticks(*world, 1000);
  world->switch_to(1, b);
  EXPECT_EQ(world->cpu(1).transitions, 1u);
  EXPECT_EQ(world->cpu(1).sampled, 1u);
  EXPECT_EQ(world->cpu(1).avoidable, 1u);
  EXPECT_EQ(bucket(1), native_bucket_of(1000 << SMTSCOPE_TICK_SHIFT));
  EXPECT_EQ(world->cpu(0).transitions, 0u);
}

TEST_P(Placement, CloseDoesNotShortenTheIdleTime) {
  world->switch_to(0, a);
  pass_ticks(*world, 5000);
  for (unsigned core = 0; core < world->cores(); core++) ASSERT_TRUE(world->close(core));
  pass_ticks(*world, 5000);
  world->switch_to(1, b);
  EXPECT_EQ(bucket(1), native_bucket_of(10000 << SMTSCOPE_TICK_SHIFT));
}

TEST_P(Placement, HalfIdleCoreAndCoreOfAnotherCacheDoNotCount) {
  world->switch_to(3, c);  // core 1 has one sibling idle; cores 2 and 3 are of another cache
  world->switch_to(0, a);
  pass_ticks(*world, 1000);
  world->switch_to(1, b);
  EXPECT_EQ(world->cpu(1).sampled, 1u);
  EXPECT_EQ(world->cpu(1).avoidable, 0u);
  EXPECT_EQ(bucket(1), unsigned{SMTSCOPE_BUCKETS});
  world->switch_to(4, d);
  pass_ticks(*world, 1000);
  world->switch_to(5, a);  // second cache: core 3 is idle
  EXPECT_EQ(world->cpu(5).avoidable, 1u);
}

TEST_P(Placement, OnlyCoresThatTheTaskMayUse) {
  world->switch_to(0, a);
  pass_ticks(*world, 1000);
  allow(b, 0b0011);
  world->switch_to(1, b);
  EXPECT_EQ(world->cpu(1).sampled, 1u);
  EXPECT_EQ(world->cpu(1).avoidable, 0u);
  world->switch_to(1, world->idle(1));
  allow(c, 0b1001);  // one CPU of core 1 is enough
  world->switch_to(1, c);
  EXPECT_EQ(world->cpu(1).sampled, 2u);
  EXPECT_EQ(world->cpu(1).avoidable, 1u);
}

TEST_P(Placement, OnlyTurnsFromIdleBesideABusySiblingCount) {
  world->switch_to(0, a);  // the sibling is idle
  world->switch_to(1, b);  // counts
  world->switch_to(1, c);  // busy to busy
  world->switch_to(0, d);  // busy to busy
  world->switch_to(0, world->idle(0));
  world->switch_to(0, a);  // counts
  EXPECT_EQ(world->cpu(1).transitions, 1u);
  EXPECT_EQ(world->cpu(0).transitions, 1u);
}

TEST_P(Placement, UnknownCpuIsNotIdle) {
  world.reset();
  WorldSetup setup;
  setup.knobs.placement_every = 1;
  world = std::make_unique<World>(GetParam(), std::vector<unsigned>{2, 2}, setup);
  for (unsigned cpu = 0; cpu < 4; cpu++) {
    kernel().scan_cpus.push_back(cpu);
    world->cpu(cpu).scan_count = 4;
  }
  for (const unsigned cpu : {0u, 1u, 2u}) world->seed(cpu);
  world->switch_to(0, a);
  pass_ticks(*world, 10);
  world->switch_to(1, b);
  EXPECT_EQ(world->cpu(1).sampled, 1u);
  EXPECT_EQ(world->cpu(1).avoidable, 0u);
}

TEST_P(Placement, EveryNthIsExaminedAndAllAreCounted) {
  make({2, 2}, 4);
  world->switch_to(0, a);
  for (unsigned i = 0; i < 10; i++) {
    world->switch_to(1, b);
    world->switch_to(1, world->idle(1));
  }
  EXPECT_EQ(world->cpu(1).transitions, 10u);
  EXPECT_EQ(world->cpu(1).sampled, 3u);  // the 1st, 5th and 9th
  EXPECT_EQ(world->cpu(1).avoidable, 3u);
  make({2, 2}, 0);
  world->switch_to(0, a);
  world->switch_to(1, b);
  EXPECT_EQ(world->cpu(1).transitions, 1u);
  EXPECT_EQ(world->cpu(1).sampled, 0u);
}

TEST_P(Placement, LongestIdleCoreWins) {
  make({2, 2, 2, 2}, 1);
  for (unsigned cpu = 0; cpu < 8; cpu++) {
    world->cpu(cpu).scan_first = 0;
    world->cpu(cpu).scan_count = 8;
  }
  world->switch_to(0, a);
  pass_ticks(*world, 2000);  // cores 1 to 3 idle since the start
  world->switch_to(3, c);
  world->switch_to(3, world->idle(3));
  world->switch_to(7, d);
  pass_ticks(*world, 2000);
  world->switch_to(1, b);
  EXPECT_EQ(bucket(1), native_bucket_of(4000 << SMTSCOPE_TICK_SHIFT));  // core 2
}

INSTANTIATE_TEST_SUITE_P(Variants, Placement, ::testing::Values(Variant::word, Variant::queue),
                         [](const auto& variant) { return variant.param == Variant::word ? "word" : "queue"; });

TEST(PlacementWide, LastIdleSiblingOfFour) {
  WorldSetup setup;
  setup.knobs.placement_every = 1;
  World world(Variant::queue, {4, 4}, setup);
  for (unsigned cpu = 0; cpu < 8; cpu++) {
    kernel().scan_cpus.push_back(cpu);
    world.cpu(cpu).scan_count = 8;
  }
  seed_all(world);
  std::vector<std::unique_ptr<Task>> tasks;
  for (unsigned cpu = 0; cpu < 4; cpu++) {
    tasks.push_back(std::make_unique<Task>(100 + cpu, 1000 + cpu));
    world.switch_to(cpu, *tasks.back());
    EXPECT_EQ(world.cpu(cpu).transitions, cpu == 3 ? 1u : 0u);
  }
  EXPECT_EQ(world.cpu(3).avoidable, 1u);
}

TEST(PlacementWide, AffinityBeyondTheFirstSixtyFourCpus) {
  WorldSetup setup;
  setup.knobs.placement_every = 1;
  World world(Variant::word, std::vector<unsigned>(33, 2), setup);
  for (const unsigned cpu : {0u, 1u, 64u, 65u}) {
    kernel().scan_cpus.push_back(cpu);
    world.cpu(cpu).scan_count = 4;
  }
  seed_all(world);
  Task a(10, 100), b(20, 200);
  world.switch_to(0, a);
  b.allowed = {~0ul, 0b00};
  world.switch_to(1, b);
  EXPECT_EQ(world.cpu(1).avoidable, 0u);
  world.switch_to(1, world.idle(1));
  b.allowed = {0, 0b10};
  world.switch_to(1, b);
  EXPECT_EQ(world.cpu(1).avoidable, 1u);
}

}  // namespace
}  // namespace smtscope::native
