// SPDX-License-Identifier: Apache-2.0
// The reader's close of a state word in the middle of other runs: which buffer gets what, and when it is drained.
#include <gtest/gtest.h>

#include "native/script.h"

namespace smtscope::native {
namespace {

constexpr std::uint32_t kIdle = SMTSCOPE_ID_IDLE;

class JointClose : public ::testing::Test {
 protected:
  void end() {
    world.finish();
    EXPECT_EQ(world.difference(), "");
  }

  World world{Variant::word, {2}};
  Task a{10, 100}, a2{11, 100}, b{20, 200};
};

TEST_F(JointClose, CloseBetweenLoadAndSwapTurnsTheCreditToTheNewBuffer) {
  seed_all(world);
  pass_ticks(world, 10);
  at_point(world, NATIVE_CLOCK_READ, [&] {
    ASSERT_TRUE(world.close(0));
    EXPECT_FALSE(world.drain(0));  // this run had entered
    pass_ticks(world, 5);
  });
  world.switch_to(0, a);
  EXPECT_TRUE(world.drain(0));
  end();
  EXPECT_TRUE(cells(world, 0, 0).empty());
  EXPECT_EQ(cells(world, 0, 1), (Ticks{{pair_cell(kIdle, kIdle), 5}}));
  EXPECT_EQ(world.closes(0)[0].now - world.closes(0)[0].old.last, 10u);
}

TEST_F(JointClose, CloseBetweenSwapAndCreditLeavesTheCreditInTheOldBuffer) {
  seed_all(world);
  a.queue_for(5000);
  pass_ticks(world, 10);
  at_point(world, NATIVE_SWAPPED, [&] {
    ASSERT_TRUE(world.close(0));
    EXPECT_FALSE(world.drain(0));
    EXPECT_FALSE(world.close(0));  // not before the run has left
  });
  world.switch_to(0, a);
  EXPECT_TRUE(world.drain(0));
  end();
  EXPECT_EQ(cells(world, 0, 0), (Ticks{{pair_cell(kIdle, kIdle), 10}}));
  EXPECT_TRUE(cells(world, 0, 1).empty());
  EXPECT_EQ(world.drained(0, 0).waits.size(), 1u);  // and the wait with it
  EXPECT_TRUE(world.drained(0, 1).waits.empty());
}

TEST_F(JointClose, RunThatEndsNoStateBooksItsWaitByTheLoadedEpoch) {
  seed_all(world);
  world.switch_to(0, a);
  ASSERT_TRUE(world.close(0));
  a2.queue_for(5000);
  world.switch_to(0, a2);
  end();
  EXPECT_EQ(world.drained(0, 0).waits.size(), 1u);  // a's
  EXPECT_EQ(world.drained(0, 1).waits.size(), 1u);
}

TEST_F(JointClose, CloseRetriesAndInTheEndLeavesTheCoreOpen) {
  seed_all(world);
  const auto toggle = [&] { pass_ticks(world, 1), world.switch_to(0, &world.current(0) == &a ? b : a); };
  at_point(world, NATIVE_CLOCK_READ, toggle, 3);
  EXPECT_TRUE(world.close(0));
  at_point(world, NATIVE_CLOCK_READ, toggle, 1000);
  world.drain(0);
  EXPECT_FALSE(world.close(0));
  EXPECT_EQ(world.closes(0).size(), 1u);
  end();
}

}  // namespace
}  // namespace smtscope::native
