// SPDX-License-Identifier: Apache-2.0
// Run-queue waits: buckets, sums to the nanosecond, limits, and waits that moved between CPUs.
#include <gtest/gtest.h>

#include "native/script.h"

namespace smtscope::native {
namespace {

constexpr std::uint32_t kA = SMTSCOPE_ID_FIRST;
constexpr std::uint64_t kClock = 500'000'000'000;

std::uint64_t wait_cell(std::uint32_t id, unsigned bucket) { return SMTSCOPE_KEY(SMTSCOPE_CELL_WAIT, id, bucket); }

class RunQueue : public ::testing::Test {
 protected:
  explicit RunQueue(smtscope_runqueue mode = SMTSCOPE_RUNQUEUE_LAST_QUEUED) {
    WorldSetup setup;
    setup.knobs.runqueue = mode;
    world = std::make_unique<World>(Variant::word, std::vector<unsigned>{2}, setup);
    seed_all(*world);
  }
  void wait(Task& task, std::uint64_t ns) {
    task.queue_for(ns, kClock);
    world->switch_to(0, task);
    task.raw.sched_info.run_delay += ns;  // as the scheduler does after the tracepoint
    task.raw.sched_info.last_queued = 0;
    world->switch_to(0, world->idle(0));
  }
  // Count and ticks of all waits that CPU 0 has booked to `id`.
  WaitSum total(std::uint32_t id) {
    WaitSum sum;
    for (const auto& [key, wait] : world->drained(0, 0).waits) {
      if (SMTSCOPE_KEY_A(key) != id) continue;
      sum.count += wait.count;
      sum.ticks += wait.ticks;
    }
    return sum;
  }

  std::unique_ptr<World> world;
  Task a{10, 100}, a2{11, 100}, kernel_thread{2, 1, PF_KTHREAD};
};

TEST(RunQueueBuckets, BoundsAreInclusiveAndErrorIsSmall) {
  EXPECT_EQ(native_bucket_of(0), 0u);
  EXPECT_EQ(native_bucket_of(1024), 0u);
  EXPECT_EQ(native_bucket_of(1025), 1u);
  EXPECT_EQ(native_bucket_of(1152), 1u);
  EXPECT_EQ(native_bucket_of(1153), 2u);
  EXPECT_EQ(native_bucket_of(1ull << 34), SMTSCOPE_BUCKETS - 2u);
  EXPECT_EQ(native_bucket_of((1ull << 34) + 1), SMTSCOPE_BUCKETS - 1u);
  EXPECT_EQ(native_bucket_of(UINT64_MAX), SMTSCOPE_BUCKETS - 1u);
  for (unsigned bucket = 0; bucket + 1 < SMTSCOPE_BUCKETS; bucket++) {
    const std::uint64_t upper = bucket_upper(bucket);
    EXPECT_EQ(native_bucket_of(upper), bucket);
    EXPECT_EQ(native_bucket_of(upper + 1), bucket + 1);
    // 1/8 wide: the middle is off by 6.25 % at most.
    EXPECT_LE(upper * 8, bucket ? bucket_upper(bucket - 1) * 9 : upper * 8);
  }
}

TEST_F(RunQueue, SumIsExactWithTheCarry) {
  std::uint64_t sum = 0;
  for (std::uint64_t ns = 1; ns < 3000; ns += 7) {
    wait(a, ns);
    sum += ns;
  }
  world->finish();
  EXPECT_EQ(world->difference(), "");
  EXPECT_EQ(total(kA).count, 429u);
  EXPECT_EQ((total(kA).ticks << SMTSCOPE_TICK_SHIFT) + world->cpu(0).wait_carry, sum);
  EXPECT_LT(world->cpu(0).wait_carry, 16u);
}

TEST_F(RunQueue, IdleDoesNotWaitAndNotQueuedIsZero) {
  a.raw.sched_info.last_queued = 0;
  world->switch_to(0, a);
  world->idle(0).queue_for(5000, kClock);
  world->switch_to(0, world->idle(0));
  kernel_thread.queue_for(5000, kClock);
  kernel_thread.raw.sched_info.last_queued = kClock + 1;  // run queue clock behind: no wait, no underflow
  world->switch_to(0, kernel_thread);
  world->finish();
  EXPECT_EQ(world->difference(), "");
  const auto& waits = world->drained(0, 0).waits;
  ASSERT_EQ(waits.size(), 2u);
  EXPECT_EQ(waits.at(wait_cell(kA, 0)).count, 1u);
  EXPECT_EQ(waits.at(wait_cell(SMTSCOPE_ID_KERNEL, 0)).count, 1u);
}

TEST_F(RunQueue, CellAtItsLimitIsCountedNotWrapped) {
  const unsigned bucket = native_bucket_of(2000);
  wait(a, 2000);
  // The cell just booked, set to its limits in turn.
  auto& buffer = world->cpu(0).buffer[0];
  auto* slot = std::find_if(std::begin(buffer.slot), std::end(buffer.slot),
                            [&](const smtscope_slot& it) { return it.key == wait_cell(kA, bucket); });
  ASSERT_NE(slot, std::end(buffer.slot));
  const std::uint64_t full_count = ((1ull << 25) - 1) << SMTSCOPE_WAIT_SUM_BITS;
  slot->value = full_count | 77;
  const std::uint64_t carry = world->cpu(0).wait_carry;
  wait(a, 2000);
  EXPECT_EQ(slot->value, full_count | 77);
  EXPECT_EQ(world->cpu(0).waits_dropped, 1u);
  EXPECT_EQ(world->cpu(0).wait_carry, carry);
  slot->value = 5ull << SMTSCOPE_WAIT_SUM_BITS | (SMTSCOPE_WAIT_SUM_MASK - 124);
  wait(a, 1985);  // 124 ticks and one ns: fits exactly
  EXPECT_EQ(slot->value, 6ull << SMTSCOPE_WAIT_SUM_BITS | SMTSCOPE_WAIT_SUM_MASK);
  wait(a, 2000);
  EXPECT_EQ(slot->value, 6ull << SMTSCOPE_WAIT_SUM_BITS | SMTSCOPE_WAIT_SUM_MASK);
  EXPECT_EQ(world->cpu(0).waits_dropped, 2u);
}

class RunQueueFull : public RunQueue {
 protected:
  RunQueueFull() : RunQueue(SMTSCOPE_RUNQUEUE_FULL) {}
  // What the iterator before the attach does for a task that lives already.
  void know(Task& task) { kernel().wait_bases[&task.raw]; }
};

TEST_F(RunQueueFull, FirstWaitAfterTheAttachIsNotCounted) {
  know(a);
  a.raw.sched_info.run_delay = 123'456'789;
  wait(a, 4000);
  wait(a, 5000);
  wait(a, 6000);
  world->finish();
  EXPECT_EQ(total(kA).count, 2u);
  EXPECT_EQ((total(kA).ticks << SMTSCOPE_TICK_SHIFT) + world->cpu(0).wait_carry, 11'000u);
}

TEST_F(RunQueueFull, ForkedTaskIsCountedFromItsFirstWait) {
  wait_base_fork(&a.raw, &a2.raw);
  wait(a2, 4000);
  world->finish();
  EXPECT_EQ(total(kA).count, 1u);
  EXPECT_EQ(world->drained(0, 0).waits.at(wait_cell(kA, native_bucket_of(4000))).count, 1u);
  EXPECT_EQ(world->cpu(0).waits_unbased, 0u);
}

TEST_F(RunQueueFull, WaitThatMovedIsWhole) {
  wait_base_fork(&kernel_thread.raw, &a.raw);
  wait(a, 1000);
  // 30 us on the queue of CPU 0; moved: the scheduler books them and starts anew; then 12 us on CPU 1.
  a.raw.sched_info.run_delay += 30'000;
  a.queue_for(12'000, kClock);
  world->switch_to(1, a);
  a.raw.sched_info.run_delay += 12'000;
  a.raw.sched_info.last_queued = 0;
  world->switch_to(1, world->idle(1));
  world->finish();
  const auto& waits = world->drained(1, 0).waits;
  ASSERT_EQ(waits.size(), 1u);
  EXPECT_EQ(waits.begin()->first, wait_cell(kA, native_bucket_of(42'000)));
  EXPECT_EQ(waits.begin()->second.ticks, 42'000u >> SMTSCOPE_TICK_SHIFT);
}

TEST_F(RunQueueFull, SumEqualsTheGrowthOfRunDelay) {
  wait_base_fork(&kernel_thread.raw, &a.raw);
  const auto before = a.raw.sched_info.run_delay;
  for (std::uint64_t i = 0; i < 500; i++) {
    if (i % 3 == 0) a.raw.sched_info.run_delay += i * 131;  // the part waited elsewhere
    wait(a, i * 977 % 100'000);
  }
  world->finish();
  EXPECT_EQ(total(kA).count, 500u);
  EXPECT_EQ((total(kA).ticks << SMTSCOPE_TICK_SHIFT) + world->cpu(0).wait_carry, a.raw.sched_info.run_delay - before);
}

TEST_F(RunQueueFull, TaskWithoutABaseIsBookedFromItsLastQueueing) {
  a.raw.sched_info.run_delay = 1'000'000;
  wait(a, 4000);
  world->finish();
  EXPECT_EQ(world->cpu(0).waits_unbased, 1u);
  EXPECT_EQ(total(kA).count, 1u);
  EXPECT_EQ(total(kA).ticks, 4000u >> SMTSCOPE_TICK_SHIFT);
}

}  // namespace
}  // namespace smtscope::native
