// SPDX-License-Identifier: Apache-2.0
// The ledger of one CPU and epoch: cells, full tables, limits.
#include <gtest/gtest.h>

#include <memory>

#include "native/script.h"

namespace smtscope::native {
namespace {

constexpr std::uint32_t kIdle = SMTSCOPE_ID_IDLE;

std::vector<std::unique_ptr<Task>> make_tasks(unsigned number) {
  std::vector<std::unique_ptr<Task>> tasks;
  for (unsigned i = 0; i < number; i++) tasks.push_back(std::make_unique<Task>(100 + static_cast<int>(i), 1000 + i));
  return tasks;
}

TEST(Ledger, MoreEntitiesThanSlotsSpillAndStillAddUp) {
  constexpr unsigned kTasks = 6000;
  const auto tasks = make_tasks(kTasks);
  World world(Variant::word, {2});
  seed_all(world);
  for (const auto& task : tasks) {
    pass_ticks(world, 3);
    task->queue_for(2000);
    world.switch_to(0, *task);
  }
  world.finish();
  EXPECT_EQ(world.difference(), "");
  const Drained& found = world.drained(0, 0);
  const std::uint64_t pairs = cells(world, 0).size(), waits = found.waits.size();
  EXPECT_LE(pairs + waits, std::uint64_t{SMTSCOPE_SLOTS});
  EXPECT_GT(pairs + waits, SMTSCOPE_SLOTS * 9u / 10);  // probing finds nearly all of them
  // (idle, idle) and then one pair for each task but the last, whose time is open.
  EXPECT_EQ(found.spill_pair[kIdle * 4 + SMTSCOPE_ID_OTHER], (kTasks - pairs) * 3);
  EXPECT_EQ(found.spilled_ticks, (kTasks - pairs) * 3);
  EXPECT_EQ(found.spilled, kTasks - pairs + kTasks - waits);
  EXPECT_EQ(found.spill_wait.begin()->second.count, kTasks - waits);
  EXPECT_EQ(found.spill_wait.size(), 1u);
}

TEST(Ledger, PairsOfEntitiesSpillAsOtherBesideOther) {
  const auto tasks = make_tasks(120);
  World world(Variant::word, {2});
  seed_all(world);
  // Each of 60 beside each of 60 others: 3600 pairs, nearly all of them booked by CPU 1.
  for (unsigned i = 0; i < 60; i++) {
    world.switch_to(0, *tasks[i]);
    for (unsigned j = 60; j < 120; j++) {
      world.switch_to(1, *tasks[j]);
      pass_ticks(world, 2);
    }
  }
  world.finish();
  EXPECT_EQ(world.difference(), "");
  const Drained& found = world.drained(1, 0);
  EXPECT_GT(found.spill_pair[SMTSCOPE_ID_OTHER * 4 + SMTSCOPE_ID_OTHER], 0u);
  EXPECT_EQ(found.spill_pair[SMTSCOPE_ID_OTHER * 4 + SMTSCOPE_ID_OTHER], found.spilled_ticks);
}

TEST(Ledger, FullTableOfAWideCore) {
  const auto tasks = make_tasks(90);
  World world(Variant::queue, {4});
  seed_all(world);
  for (unsigned i = 0; i < 45; i++) {
    world.switch_to(0, *tasks[i]);
    for (unsigned j = 45; j < 90; j++) {
      world.switch_to(1 + j % 3, *tasks[j]);
      pass_ticks(world, 2);
      // CPU 2 has a table of its own; it books little.
      if (j % 9 == 0) world.switch_to(1 + j % 3, world.idle(1 + j % 3));
    }
  }
  world.finish();
  EXPECT_EQ(world.difference(), "");
}

TEST(Ledger, FewHundredCellsAllFindASlot) {
  const auto tasks = make_tasks(200);
  World world(Variant::word, {2});
  seed_all(world);
  for (const auto& task : tasks) {
    pass_ticks(world, 3);
    task->queue_for(2000);
    world.switch_to(0, *task);
  }
  world.finish();
  EXPECT_EQ(world.difference(), "");
  EXPECT_EQ(world.drained(0, 0).spilled, 0u);
}

// Books one pair over and over, each time with one more of the slots in its way taken.
TEST(Ledger, LooksAtEightSlots) {
  World world(Variant::word, {2});
  seed_all(world);
  Task a(10, 100);
  a.raw.sched_info.last_queued = 0;
  const std::uint64_t key = pair_cell(kIdle, SMTSCOPE_ID_FIRST);
  smtscope_buffer& buffer = world.cpu(0).buffer[0];
  const auto book = [&] {
    world.switch_to(0, a);
    pass_ticks(world, 10);
    world.switch_to(0, world.idle(0));
    const auto* end = std::end(buffer.slot);
    auto* slot = std::find_if(std::begin(buffer.slot), std::end(buffer.slot), [&](auto& it) { return it.key == key; });
    if (slot == end) return -1l;
    slot->key = SMTSCOPE_KEY(99, 1, 1);  // taken by another
    return slot - std::begin(buffer.slot);
  };
  const long first = book();
  for (long probe = 1; probe < SMTSCOPE_PROBES; probe++) EXPECT_EQ(book(), (first + probe) % SMTSCOPE_SLOTS);
  EXPECT_EQ(buffer.spilled, 0u);
  EXPECT_EQ(book(), -1);
  EXPECT_EQ(buffer.spilled, 1u);
  EXPECT_EQ(buffer.spill_pair[kIdle * 4 + SMTSCOPE_ID_OTHER], 10u);
}

// Table of one CPU filled to the last slot, so that every kind of credit must spill.
TEST(Ledger, EveryKindSpillsToItsPlace) {
  World world(Variant::queue, {4});
  seed_all(world);
  Task a(10, 100), b(20, 200), kernel_thread(2, 1, PF_KTHREAD);
  world.switch_to(1, a);
  world.switch_to(2, kernel_thread);
  smtscope_buffer& buffer = world.cpu(0).buffer[0];
  std::fill(std::begin(buffer.spill_busy), std::end(buffer.spill_busy), 0);
  for (auto& slot : buffer.slot) slot = {SMTSCOPE_KEY(99, 1, 1), 0};
  pass_ticks(world, 10);
  b.queue_for(3000);
  world.switch_to(0, b);  // ends: a, kernel
  EXPECT_EQ(buffer.spill_busy[2], 10u);
  EXPECT_EQ(buffer.spill_class[SMTSCOPE_ID_OTHER * 4 + SMTSCOPE_BESIDE_OTHER], 10u);
  EXPECT_EQ(buffer.spill_class[SMTSCOPE_ID_KERNEL * 4 + SMTSCOPE_BESIDE_OTHER], 10u);
  EXPECT_EQ(buffer.spill_pair[SMTSCOPE_ID_KERNEL * 4 + SMTSCOPE_ID_OTHER], 10u);
  EXPECT_EQ(buffer.spill_wait[bucket_by_bounds(3000)] >> SMTSCOPE_WAIT_SUM_BITS, 1u);
  EXPECT_EQ(buffer.spill_wait[bucket_by_bounds(3000)] & SMTSCOPE_WAIT_SUM_MASK, 3000u >> SMTSCOPE_TICK_SHIFT);
  EXPECT_EQ(buffer.spilled, 4u);         // two classes, one pair, one wait
  EXPECT_EQ(buffer.spilled_ticks, 30u);  // the busy count is not folded: no loss
}

TEST(Ledger, BuffersTakeTurnsAndStayApart) {
  World world(Variant::word, {2});
  Task a(10, 100);
  seed_all(world);
  for (std::uint64_t period = 0; period < 6; period++) {
    pass_ticks(world, 10 + period);
    world.switch_to(0, a);
    pass_ticks(world, 20 + period);
    world.switch_to(0, world.idle(0));
    for (const std::uint64_t word : world.cpu(0).buffer[(period + 1) & 1].used) EXPECT_EQ(word, 0u);
    ASSERT_TRUE(world.close(0));
    ASSERT_TRUE(world.drain(0));
  }
  world.finish();
  EXPECT_EQ(world.difference(), "");
  for (unsigned period = 0; period < 6; period++) {
    EXPECT_EQ(cells(world, 0, period).at(pair_cell(kIdle, SMTSCOPE_ID_FIRST)), 20u + period);
    EXPECT_EQ(cells(world, 0, period).at(pair_cell(kIdle, kIdle)), 10u + period);
  }
}

}  // namespace
}  // namespace smtscope::native
