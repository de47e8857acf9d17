// SPDX-License-Identifier: Apache-2.0
// The state word, step by step: what each switch, lost switch, failed swap, stall and close must come to.
#include <gtest/gtest.h>

#include "native/script.h"

namespace smtscope::native {
namespace {

constexpr std::uint32_t kIdle = SMTSCOPE_ID_IDLE, kUnknown = SMTSCOPE_ID_UNKNOWN, kKernel = SMTSCOPE_ID_KERNEL;
constexpr std::uint32_t kA = SMTSCOPE_ID_FIRST, kB = kA + 1, kC = kA + 2;  // in order of their first switch

class JointWord : public ::testing::Test {
 protected:
  explicit JointWord(const WorldSetup& setup = {}, const std::vector<unsigned>& siblings = {2})
      : world(Variant::word, siblings, setup) {}

  // Closes, compares all with the model too.
  void end() {
    world.finish();
    EXPECT_EQ(world.difference(), "");
  }

  World world;
  Task a{10, 100}, a2{11, 100}, b{20, 200}, c{30, 300}, kernel_thread{2, 1, PF_KTHREAD};
};

TEST_F(JointWord, CreditsTheEndedPairToTheCpuThatEndsIt) {
  seed_all(world);
  pass_ticks(world, 10);
  world.switch_to(0, a);  // (idle, idle) 10
  pass_ticks(world, 20);
  world.switch_to(1, b);  // (idle, a) 20
  pass_ticks(world, 30);
  world.switch_to(0, kernel_thread);  // (a, b) 30
  pass_ticks(world, 40);
  world.switch_to(1, a);  // (kernel, b) 40
  pass_ticks(world, 50);
  world.switch_to(0, a2);  // (kernel, a) 50
  pass_ticks(world, 60);
  end();  // (a, a) 60 is open
  EXPECT_EQ(cells(world, 0),
            (Ticks{{pair_cell(kIdle, kIdle), 10}, {pair_cell(kA, kB), 30}, {pair_cell(kKernel, kA), 50}}));
  EXPECT_EQ(cells(world, 1), (Ticks{{pair_cell(kIdle, kA), 20}, {pair_cell(kKernel, kB), 40}}));
  const smtscope_close& closed = world.closes(0).back();
  EXPECT_EQ(closed.old.id[0], kA);
  EXPECT_EQ(closed.old.id[1], kA);
  EXPECT_EQ(closed.now - closed.old.last, 60u);
  EXPECT_EQ(closed.now, world.now_ns >> SMTSCOPE_TICK_SHIFT);
}

TEST_F(JointWord, SwitchInsideOneEntityChangesNothing) {
  seed_all(world);
  world.switch_to(0, a);
  const std::uint64_t word = kernel().cores[0].word;
  pass_ticks(world, 100);
  world.switch_to(0, a2);
  EXPECT_EQ(kernel().cores[0].word, word);
  EXPECT_EQ(world.cpu(0).enter, 3u) << "seeding it was one";
  EXPECT_EQ(world.cpu(0).exit, 3u);
  end();
}

TEST_F(JointWord, UnknownUntilSeededOrFirstSwitch) {
  world.lose_switch(0, a);  // ran there before the attach
  pass_ticks(world, 5);
  world.switch_to(1, b);  // (unknown, unknown)
  pass_ticks(world, 7);
  world.seed(0);  // (unknown, b)
  world.seed(1);  // has switched: nothing
  world.seed(0);  // seeded: nothing
  pass_ticks(world, 9);
  world.switch_to(0, world.idle(0));  // (a, b)
  end();
  EXPECT_EQ(cells(world, 1), (Ticks{{pair_cell(kUnknown, kUnknown), 5}}));
  EXPECT_EQ(cells(world, 0), (Ticks{{pair_cell(kUnknown, kA), 7}, {pair_cell(kA, kB), 9}}));
  EXPECT_EQ(world.cpu(0).lost, 0u);
  EXPECT_EQ(world.cpu(1).lost, 0u);
}

TEST_F(JointWord, SiblingIsFirstBetweenLoadAndSwap) {
  seed_all(world);
  pass_ticks(world, 10);
  at_point(world, NATIVE_CLOCK_READ, [&] {
    pass_ticks(world, 3);
    world.switch_to(1, b);  // (idle, idle) 13
    pass_ticks(world, 4);
  });
  world.switch_to(0, a);  // (idle, b) 4: the clock is read again
  end();
  EXPECT_EQ(cells(world, 1), (Ticks{{pair_cell(kIdle, kIdle), 13}}));
  EXPECT_EQ(cells(world, 0), (Ticks{{pair_cell(kIdle, world.id_of(b)), 4}}));
  EXPECT_EQ(world.cpu(0).retries, 1u);
  EXPECT_EQ(world.cpu(0).clamped, 0u);
}

TEST_F(JointWord, StallBetweenClockAndSwapBelongsToTheNextState) {
  seed_all(world);
  pass_ticks(world, 10);
  at_point(world, NATIVE_CLOCK_READ, [&] { pass_ticks(world, 1'000'000); });
  world.switch_to(0, a);
  world.switch_to(1, b);  // (a, idle) for the stall
  end();
  EXPECT_EQ(cells(world, 0), (Ticks{{pair_cell(kIdle, kIdle), 10}}));
  EXPECT_EQ(cells(world, 1), (Ticks{{pair_cell(kIdle, kA), 1'000'000}}));
}

TEST_F(JointWord, SevenFailedSwapsAreBorne) {
  seed_all(world);
  at_point(
      world, NATIVE_CLOCK_READ, [&] { pass_ticks(world, 1), world.switch_to(1, &world.current(1) == &b ? c : b); }, 7);
  world.switch_to(0, a);
  EXPECT_EQ(world.cpu(0).retries, 7u);
  EXPECT_EQ(world.cpu(0).contended, 0u);
  EXPECT_EQ(world.cpu(0).stale, 0u);
  end();
}

TEST_F(JointWord, GivesUpAfterEightAndBooksItsNextPieceUnknown) {
  seed_all(world);
  world.switch_to(0, a);
  pass_ticks(world, 10);
  at_point(
      world, NATIVE_CLOCK_READ, [&] { pass_ticks(world, 1), world.switch_to(1, &world.current(1) == &b ? c : b); }, 8);
  world.switch_to(0, kernel_thread);  // given up: the word still says a
  EXPECT_EQ(world.cpu(0).contended, 1u);
  EXPECT_EQ(world.cpu(0).retries, 8u);
  EXPECT_EQ(world.cpu(0).stale, 1u);
  pass_ticks(world, 50);
  world.switch_to(0, a2);  // the word says a, and a is what comes: yet the piece must be cut
  EXPECT_EQ(world.cpu(0).stale, 0u);
  EXPECT_EQ(world.cpu(0).lost, 0u);
  EXPECT_EQ(world.cpu(0).lost_ticks, 50u);
  end();
  EXPECT_EQ(cells(world, 0).at(pair_cell(kUnknown, world.id_of(c))), 50u);
}

TEST_F(JointWord, LostSwitchIsBookedUnknown) {
  seed_all(world);
  world.switch_to(1, b);
  world.switch_to(0, a);
  pass_ticks(world, 10);
  world.lose_switch(0, c);
  pass_ticks(world, 10);
  world.switch_to(0, a2);  // the id does not change, yet 20 ticks are unknown
  pass_ticks(world, 5);
  world.switch_to(0, world.idle(0));
  EXPECT_EQ(world.cpu(0).lost, 1u);
  EXPECT_EQ(world.cpu(0).lost_ticks, 20u);
  end();
  const std::uint32_t id_b = world.id_of(b), id_a = world.id_of(a);
  EXPECT_EQ(cells(world, 0), (Ticks{{pair_cell(kUnknown, id_b), 20}, {pair_cell(id_a, id_b), 5}}));
}

TEST_F(JointWord, TaskThatMovedToAnotherCgroupIsNotLost) {
  seed_all(world);
  world.switch_to(0, a);
  pass_ticks(world, 10);
  a.move_to_cgroup(300);
  world.switch_to(0, b);
  EXPECT_EQ(world.cpu(0).lost, 0u);
  world.finish();
  EXPECT_EQ(cells(world, 0).at(pair_cell(kIdle, kA)), 10u);  // takes effect at the next switch-in
}

TEST_F(JointWord, TwoLossesThatRestoreTheTaskAreNotSeen) {
  seed_all(world);
  world.switch_to(0, a);
  world.lose_switch(0, b);
  pass_ticks(world, 10);
  world.lose_switch(0, a);
  world.switch_to(0, b);
  EXPECT_EQ(world.cpu(0).lost, 0u);
  end();
}

TEST_F(JointWord, ClockThatGoesBackEndsTheStateWhereItBegan) {
  seed_all(world);
  pass_ticks(world, 100);
  world.switch_to(0, a);
  world.back_ns = 50 << SMTSCOPE_TICK_SHIFT;
  world.switch_to(1, b);  // reads 50 ticks too early
  EXPECT_EQ(world.cpu(1).clamped, 1u);
  pass_ticks(world, 7);
  world.switch_to(1, c);
  world.back_ns = 50 << SMTSCOPE_TICK_SHIFT;
  ASSERT_TRUE(world.close(0));
  EXPECT_EQ(world.closes(0)[0].clamped, 1u);
  EXPECT_EQ(world.closes(0)[0].now, world.closes(0)[0].old.last);
  end();
  EXPECT_EQ(world.closes(0)[1].clamped, 0u);
  EXPECT_EQ(cells(world, 1), (Ticks{{pair_cell(kA, kB), 7}}));
}

TEST_F(JointWord, LogHoldsEveryChangeAndCountsWhatHasNoRoom) {
  native_knobs knobs = {SMTSCOPE_BY_CGROUP_V2, 1, 0, SMTSCOPE_RUNQUEUE_OFF, 0, 1, 1, 0};
  native_set_knobs(&knobs);
  kernel().log_room = 4;
  const uint64_t dropped_before = log_dropped;
  seed_all(world);
  pass_ticks(world, 10);
  world.switch_to(0, a);
  world.switch_to(0, a2);  // no change
  world.lose_switch(0, c);
  pass_ticks(world, 10);
  world.switch_to(0, b);
  world.switch_to(1, c);  // no room
  ASSERT_EQ(kernel().log.size(), 4u);
  const smtscope_log_record& lost = kernel().log[3];
  EXPECT_EQ(lost.now, world.now_ns >> SMTSCOPE_TICK_SHIFT);
  EXPECT_EQ(lost.sibling, 0u);
  EXPECT_EQ(lost.id, kB);
  EXPECT_EQ(lost.unknown, 1u);
  EXPECT_EQ(kernel().log[2].id, kA);
  EXPECT_EQ(kernel().log[2].unknown, 0u);
  EXPECT_EQ(log_dropped - dropped_before, 1u);
}

class JointWordWrap : public JointWord {
 protected:
  // 100 ticks before the 35-bit time wraps.
  JointWordWrap() : JointWord(before_wrap()) {}
  static WorldSetup before_wrap() {
    WorldSetup setup;
    setup.start_ns = (5 * (SMTSCOPE_LAST_MASK + 1) - 100) << SMTSCOPE_TICK_SHIFT;
    return setup;
  }
};

TEST_F(JointWordWrap, StatesAcrossTheWrapAreExact) {
  seed_all(world);
  pass_ticks(world, 250);
  world.switch_to(0, a);
  const std::uint64_t minutes = 200ull * 1'000'000'000 >> SMTSCOPE_TICK_SHIFT;
  pass_ticks(world, minutes);
  world.switch_to(1, b);
  pass_ticks(world, minutes);
  ASSERT_TRUE(world.close(0));
  EXPECT_EQ(world.closes(0)[0].now, world.now_ns >> SMTSCOPE_TICK_SHIFT);  // not reduced
  pass_ticks(world, minutes);
  end();
  EXPECT_EQ(cells(world, 0), (Ticks{{pair_cell(kIdle, kIdle), 250}}));
  EXPECT_EQ(cells(world, 1), (Ticks{{pair_cell(kIdle, kA), minutes}}));
  EXPECT_EQ(world.closes(0)[1].now - world.closes(0)[1].old.last, minutes);
  EXPECT_EQ(world.cpu(0).clamped + world.cpu(1).clamped, 0u);
}

TEST_F(JointWordWrap, ClampAcrossTheWrap) {
  seed_all(world);
  pass_ticks(world, 101);
  world.switch_to(0, a);  // just after the wrap
  world.back_ns = 40 << SMTSCOPE_TICK_SHIFT;
  world.switch_to(1, b);  // reads a time before the wrap
  pass_ticks(world, 5);
  EXPECT_EQ(world.cpu(1).clamped, 1u);
  end();
  EXPECT_TRUE(cells(world, 1).empty());
}

class JointWordCores : public JointWord {
 protected:
  JointWordCores() : JointWord({}, {1, 2}) {}
};

TEST_F(JointWordCores, CoreOfOneSiblingHasNobodyBeside) {
  seed_all(world);
  world.switch_to(0, a);
  world.switch_to(1, b);
  pass_ticks(world, 30);
  world.switch_to(0, world.idle(0));
  pass_ticks(world, 5);
  world.switch_to(2, c);
  end();
  EXPECT_EQ(cells(world, 0), (Ticks{{pair_cell(kIdle, kA), 30}}));
  EXPECT_TRUE(cells(world, 1).empty());
  EXPECT_EQ(cells(world, 2), (Ticks{{pair_cell(kIdle, kB), 35}}));
  EXPECT_EQ(world.id_of(c), kC);
}

TEST_F(JointWordCores, CpuThatIsNotMeasuredDoesNothing) {
  world.cpu(0).siblings = 0;
  const std::uint64_t word = kernel().cores[0].word;
  switch_word(0, &world.idle(0).raw, &a.raw);  // on CPU 0
  EXPECT_EQ(kernel().cores[0].word, word);
  EXPECT_EQ(world.cpu(0).enter, 0u);
  EXPECT_EQ(world.cpu(0).task, 0u);
}

}  // namespace
}  // namespace smtscope::native
