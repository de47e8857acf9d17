// SPDX-License-Identifier: Apache-2.0
// The queue variant: a queue of one element is lock and record of a core of up to eight siblings.
#include <gtest/gtest.h>

#include "native/script.h"

namespace smtscope::native {
namespace {

constexpr std::uint32_t kIdle = SMTSCOPE_ID_IDLE, kUnknown = SMTSCOPE_ID_UNKNOWN, kKernel = SMTSCOPE_ID_KERNEL;
constexpr std::uint32_t kA = SMTSCOPE_ID_FIRST, kB = kA + 1, kC = kA + 2;  // in order of their first switch

std::uint64_t class_cell(std::uint32_t id, unsigned beside) { return SMTSCOPE_KEY(SMTSCOPE_CELL_CLASS, id, beside); }
std::uint64_t busy_cell(unsigned busy) { return SMTSCOPE_KEY(SMTSCOPE_CELL_BUSY, busy, 0); }
std::uint64_t running(std::uint32_t a, std::uint32_t b) { return pair_cell(a, b, SMTSCOPE_CELL_RUNNING_PAIR); }

template <unsigned N>
class JointQueue : public ::testing::Test {
 protected:
  void end() {
    world.finish();
    EXPECT_EQ(world.difference(), "");
  }

  World world{Variant::queue, {N}};
  Task a{10, 100}, a2{11, 100}, b{20, 200}, c{30, 300}, kernel_thread{2, 1, PF_KTHREAD};
};
using JointQueue2 = JointQueue<2>;
using JointQueue4 = JointQueue<4>;
using JointQueue8 = JointQueue<8>;

TEST_F(JointQueue2, CreditsTheEndedPair) {
  seed_all(world);
  pass_ticks(world, 10);
  world.switch_to(0, a);
  pass_ticks(world, 20);
  world.switch_to(1, b);
  pass_ticks(world, 30);
  world.switch_to(0, a2);  // nothing changes
  pass_ticks(world, 40);
  world.switch_to(0, kernel_thread);
  pass_ticks(world, 50);
  world.switch_to(1, world.idle(1));
  pass_ticks(world, 60);
  end();
  EXPECT_EQ(cells(world, 0), (Ticks{{pair_cell(kIdle, kIdle), 10}, {pair_cell(kA, kB), 70}}));
  EXPECT_EQ(cells(world, 1), (Ticks{{pair_cell(kIdle, kA), 20}, {pair_cell(kKernel, kB), 50}}));
  EXPECT_EQ(world.closes(0)[0].now - world.closes(0)[0].old.last, 60u);
  EXPECT_EQ(world.closes(0)[0].old.id[0], kKernel);
  EXPECT_EQ(world.closes(0)[0].old.id[1], kIdle);
}

// CPU 1 holds the record while CPU 0 switches, and puts in what CPU 0 had to give up: when it changed nobody knows.
TEST_F(JointQueue2, TheHolderPutsInWhatTheSiblingGaveUp) {
  seed_all(world);
  world.switch_to(0, a);
  world.switch_to(1, b);
  pass_ticks(world, 10);
  at_point(world, NATIVE_CLOCK, [&] { world.switch_to(0, kernel_thread); });
  world.switch_to(1, c);
  EXPECT_EQ(world.cpu(0).contended, 1u);
  EXPECT_EQ(world.cpu(0).stale, 1u);
  EXPECT_GT(world.cpu(0).retries, 1u);
  pass_ticks(world, 25);
  world.switch_to(0, a);
  EXPECT_EQ(world.cpu(0).stale, 0u);
  EXPECT_EQ(world.cpu(0).lost_ticks, 0u) << "it was known again";
  EXPECT_EQ(world.cpu(0).lost, 0u);
  end();
  EXPECT_EQ(cells(world, 1), (Ticks{{pair_cell(kUnknown, kB), 10}}));
  EXPECT_EQ(cells(world, 0), (Ticks{{pair_cell(kKernel, kC), 25}}));
}

// Nobody writes the record until the sibling comes again: it knows itself that it had to give up.
TEST_F(JointQueue2, WhatNobodyPutInIsUnknownToo) {
  seed_all(world);
  world.switch_to(0, a);
  world.switch_to(1, b);
  pass_ticks(world, 10);
  at_point(world, NATIVE_PUSHED, [&] {
    const smtscope_core_record record = kernel().core_queues[0].front();
    kernel().core_queues[0].clear();  // somebody holds it, and puts it back as it was
    world.switch_to(0, kernel_thread);
    kernel().core_queues[0].push_back(record);
  });
  world.switch_to(1, c);
  EXPECT_EQ(world.cpu(0).contended, 1u);
  pass_ticks(world, 25);
  world.switch_to(0, a);  // the record says a already
  EXPECT_EQ(world.cpu(0).stale, 0u);
  EXPECT_EQ(world.cpu(0).lost_ticks, 25u);
  end();
  EXPECT_EQ(cells(world, 0), (Ticks{{pair_cell(kUnknown, kC), 25}}));
}

// What siblings end meanwhile, and a close: the first one does not know, those after it do.
TEST_F(JointQueue2, AnUpdateThatWasGivenUpIsTakenByTheNext) {
  seed_all(world);
  world.switch_to(0, a);
  world.switch_to(1, b);
  pass_ticks(world, 10);
  at_point(world, NATIVE_PUSHED, [&] {
    const smtscope_core_record record = kernel().core_queues[0].front();
    kernel().core_queues[0].clear();
    world.switch_to(0, kernel_thread);
    world.switch_to(0, a);  // twice, and back to what the record says
    kernel().core_queues[0].push_back(record);
  });
  world.switch_to(1, c);
  pass_ticks(world, 20);
  ASSERT_TRUE(world.close(0));
  EXPECT_EQ(world.closes(0)[0].old.id[0], kUnknown);
  pass_ticks(world, 7);
  world.switch_to(1, b);
  pass_ticks(world, 5);
  world.switch_to(0, kernel_thread);
  end();
  EXPECT_EQ(cells(world, 1, 1), (Ticks{{pair_cell(kA, kC), 7}}));
  EXPECT_EQ(cells(world, 0, 1), (Ticks{{pair_cell(kA, kB), 5}}));
}

TEST_F(JointQueue2, HeldRecordIsWaitedFor) {
  seed_all(world);
  const smtscope_core_record record = kernel().core_queues[0].front();
  kernel().core_queues[0].clear();  // CPU 1 is inside
  unsigned failed = 0;
  world.meanwhile = [&](native_point point) {
    if (point == NATIVE_POP_FAILED && ++failed == 100) kernel().core_queues[0].push_back(record);
  };
  world.switch_to(0, a);
  EXPECT_EQ(world.cpu(0).contended, 0u);
  EXPECT_EQ(world.cpu(0).retries, 100u);
  end();
}

TEST_F(JointQueue2, CloseOfAHeldRecordLeavesTheCoreOpen) {
  seed_all(world);
  pass_ticks(world, 10);
  at_point(world, NATIVE_POPPED, [&] { EXPECT_FALSE(world.close(0)); });
  world.switch_to(0, a);
  EXPECT_TRUE(world.closes(0).empty());
  end();
  EXPECT_EQ(cells(world, 0), (Ticks{{pair_cell(kIdle, kIdle), 10}}));
}

TEST_F(JointQueue2, CloseInTheMiddleOfARun) {
  seed_all(world);
  pass_ticks(world, 10);
  at_point(world, NATIVE_BEGUN, [&] {
    ASSERT_TRUE(world.close(0));
    pass_ticks(world, 5);
  });
  world.switch_to(0, a);  // entered before, takes the record after the close
  EXPECT_TRUE(world.drain(0));
  pass_ticks(world, 3);
  at_point(world, NATIVE_PUSHED, [&] {
    ASSERT_TRUE(world.close(0));
    EXPECT_FALSE(world.drain(0));
  });
  world.switch_to(0, b);  // credits after the second close, into the buffer it ended
  end();
  EXPECT_TRUE(cells(world, 0, 0).empty());
  EXPECT_EQ(cells(world, 0, 1), (Ticks{{pair_cell(kIdle, kIdle), 5}, {pair_cell(kIdle, kA), 3}}));
  EXPECT_TRUE(cells(world, 0, 2).empty());
}

TEST_F(JointQueue2, WaitWithoutAChangeFollowsTheEpoch) {
  seed_all(world);
  world.switch_to(0, a);
  ASSERT_TRUE(world.close(0));
  a2.queue_for(5000);
  world.switch_to(0, a2);
  end();
  EXPECT_EQ(world.drained(0, 0).waits.size(), 1u);
  EXPECT_EQ(world.drained(0, 1).waits.size(), 1u);
}

TEST_F(JointQueue2, ClockThatGoesBackAndLostSwitch) {
  seed_all(world);
  pass_ticks(world, 100);
  world.switch_to(0, a);
  world.back_ns = 50 << SMTSCOPE_TICK_SHIFT;
  world.switch_to(1, b);
  EXPECT_EQ(world.cpu(1).clamped, 1u);
  pass_ticks(world, 7);
  world.lose_switch(1, world.idle(1));
  pass_ticks(world, 8);
  world.switch_to(1, c);
  EXPECT_EQ(world.cpu(1).lost, 1u);
  end();
  EXPECT_EQ(cells(world, 1), (Ticks{{pair_cell(kUnknown, kA), 15}}));
}

TEST_F(JointQueue4, ClassesPairsAndBusyCounts) {
  seed_all(world);
  world.switch_to(0, a);
  pass_ticks(world, 10);
  world.switch_to(1, a2);  // ends: a alone
  pass_ticks(world, 20);
  world.switch_to(2, b);  // ends: a, a
  pass_ticks(world, 30);
  world.switch_to(3, kernel_thread);  // ends: a, a, b
  pass_ticks(world, 40);
  world.switch_to(3, world.idle(3));  // ends: a, a, b, kernel
  end();
  EXPECT_EQ(cells(world, 1), (Ticks{{class_cell(kA, SMTSCOPE_BESIDE_IDLE), 10}, {busy_cell(1), 10}}));
  EXPECT_EQ(cells(world, 2),
            (Ticks{{class_cell(kA, SMTSCOPE_BESIDE_SAME), 40}, {running(kA, kA), 20}, {busy_cell(2), 20}}));
  EXPECT_EQ(cells(world, 3), (Ticks{{class_cell(kA, SMTSCOPE_BESIDE_OTHER), 2 * 30 + 2 * 40},
                                    {class_cell(kB, SMTSCOPE_BESIDE_OTHER), 30 + 40},
                                    {class_cell(kKernel, SMTSCOPE_BESIDE_OTHER), 40},
                                    {running(kA, kA), 30 + 40},
                                    {running(kA, kB), 2 * 30 + 2 * 40},
                                    {running(kKernel, kA), 2 * 40},
                                    {running(kKernel, kB), 40},
                                    {busy_cell(3), 30},
                                    {busy_cell(4), 40}}));
}

TEST_F(JointQueue4, UnknownSiblingIsNeitherIdleNorCounted) {
  for (const unsigned cpu : {0u, 1u, 2u}) world.seed(cpu);
  world.switch_to(0, a);
  pass_ticks(world, 10);
  world.switch_to(1, a2);  // ends: a beside unknown
  pass_ticks(world, 20);
  world.switch_to(2, b);  // ends: a, a, unknown: unknown goes before same
  pass_ticks(world, 30);
  world.seed(3);  // ends: a, a, b, unknown: other goes before unknown
  world.lose_switch(2, c);
  pass_ticks(world, 40);
  world.switch_to(2, world.idle(2));  // ends: a, a, lost
  end();
  const auto beside_unknown = class_cell(kA, SMTSCOPE_BESIDE_UNKNOWN);
  EXPECT_EQ(cells(world, 1), (Ticks{{beside_unknown, 10}, {busy_cell(SMTSCOPE_BUSY_UNKNOWN), 10}}));
  EXPECT_EQ(cells(world, 2), (Ticks{{beside_unknown, 2 * 20 + 2 * 40},
                                    {running(kA, kA), 20 + 40},
                                    {busy_cell(SMTSCOPE_BUSY_UNKNOWN), 20 + 40}}));
  EXPECT_EQ(cells(world, 3), (Ticks{{class_cell(kA, SMTSCOPE_BESIDE_OTHER), 60},
                                    {class_cell(kB, SMTSCOPE_BESIDE_OTHER), 30},
                                    {running(kA, kA), 30},
                                    {running(kA, kB), 60},
                                    {busy_cell(SMTSCOPE_BUSY_UNKNOWN), 30}}));
}

TEST_F(JointQueue8, AllBusyAndAllIdle) {
  std::vector<std::unique_ptr<Task>> tasks;
  seed_all(world);
  pass_ticks(world, 5);
  for (unsigned cpu = 0; cpu < 8; cpu++) {
    tasks.push_back(std::make_unique<Task>(100 + cpu, 1000 + cpu));
    world.switch_to(cpu, *tasks.back());
  }
  pass_ticks(world, 7);
  world.switch_to(0, world.idle(0));
  end();
  EXPECT_EQ(cells(world, 0).at(busy_cell(0)), 5u);
  EXPECT_EQ(cells(world, 0).at(busy_cell(8)), 7u);
  unsigned pairs = 0, classes = 0;
  for (const auto& [key, ticks] : cells(world, 0)) {
    if (SMTSCOPE_KEY_KIND(key) == SMTSCOPE_CELL_BUSY) continue;
    EXPECT_EQ(ticks, 7u);
    pairs += SMTSCOPE_KEY_KIND(key) == SMTSCOPE_CELL_RUNNING_PAIR;
    classes += key == class_cell(SMTSCOPE_KEY_A(key), SMTSCOPE_BESIDE_OTHER);
  }
  EXPECT_EQ(pairs, 28u);
  EXPECT_EQ(classes, 8u);
}

}  // namespace
}  // namespace smtscope::native
