// SPDX-License-Identifier: Apache-2.0
// Task to id: the kinds, the cache and its generation, and what happens when ids run out.
#include <gtest/gtest.h>

#include "native/script.h"

namespace smtscope::native {
namespace {

constexpr std::uint32_t kFirst = SMTSCOPE_ID_FIRST;

// The id in the state word of a core that is CPU 0 alone.
std::uint32_t running_id() { return kernel().cores[0].word >> SMTSCOPE_ID0_SHIFT & SMTSCOPE_ID_MASK; }

class SwitchIdentity : public ::testing::Test {
 protected:
  void make(native_knobs knobs, unsigned ids = 100) {
    WorldSetup setup;
    setup.knobs = knobs;
    setup.ids = ids;
    world = std::make_unique<World>(Variant::word, std::vector<unsigned>{1, 1}, setup);
    knobs_ = knobs;
  }
  void raise_generation() {
    knobs_.id_generation++;
    native_set_knobs(&knobs_);
  }

  native_knobs knobs_{SMTSCOPE_BY_CGROUP_V2, 1, 0, SMTSCOPE_RUNQUEUE_OFF, 0, 0, 1, 0};
  std::unique_ptr<World> world;
  Task a{10, 100}, a2{11, 100}, b{20, 200}, c{30, 300}, kernel_thread{2, 1, PF_KTHREAD},
      kernel_thread2{3, 1, PF_KTHREAD};
};

TEST_F(SwitchIdentity, ByCgroupAllThreadsOfOneAreOne) {
  make(knobs_);
  world->switch_to(0, a);
  EXPECT_EQ(running_id(), kFirst);
  world->switch_to(0, a2);
  EXPECT_EQ(running_id(), kFirst);
  world->switch_to(0, b);
  EXPECT_EQ(running_id(), kFirst + 1);
  world->switch_to(0, kernel_thread);
  EXPECT_EQ(running_id(), SMTSCOPE_ID_KERNEL);
  world->switch_to(0, world->idle(0));
  EXPECT_EQ(running_id(), SMTSCOPE_ID_IDLE);
  EXPECT_EQ(kernel().id_table[kFirst].key, 100u);
  EXPECT_EQ(kernel().id_table[kFirst].tgid, 10u);
  EXPECT_EQ(kernel().id_table[kFirst].kthread, 0u);
  EXPECT_STREQ(kernel().id_table[kFirst].comm, "task");
}

TEST_F(SwitchIdentity, ByCgroupOfAVersionOneHierarchy) {
  make({SMTSCOPE_BY_CGROUP_V1, 1, 0, SMTSCOPE_RUNQUEUE_OFF, 0, 0, 1, 0});
  world->switch_to(0, a);
  EXPECT_EQ(kernel().id_table[kFirst].key, 1000100u);
  EXPECT_EQ(kernel().ids.at(1000100), kFirst);
}

TEST_F(SwitchIdentity, ByProcessWithKernelThreadsApart) {
  make({SMTSCOPE_BY_PROCESS, 1, 1, SMTSCOPE_RUNQUEUE_OFF, 0, 0, 1, 0});
  Task thread(12, 100);
  thread.raw.tgid = 10;
  thread.raw.group_leader = &a.raw;
  thread.raw.start_boottime += 12345678;  // its own, not the process's
  world->switch_to(0, a);
  EXPECT_EQ(running_id(), kFirst);
  world->switch_to(0, thread);
  EXPECT_EQ(running_id(), kFirst);
  world->switch_to(0, a2);  // same cgroup, another process
  EXPECT_EQ(running_id(), kFirst + 1);
  world->switch_to(0, kernel_thread);
  EXPECT_EQ(running_id(), kFirst + 2);
  world->switch_to(0, kernel_thread2);
  EXPECT_EQ(running_id(), kFirst + 3);
  EXPECT_EQ(kernel().id_table[kFirst + 2].kthread, 1u);
  EXPECT_EQ(kernel().id_table[kFirst + 2].tgid, 2u);
  Task again(10, 100);  // the pid of a, used again later
  again.raw.start_boottime = a.raw.start_boottime + (1ull << SMTSCOPE_START_SHIFT);
  world->switch_to(0, again);
  EXPECT_EQ(running_id(), kFirst + 4);
}

TEST_F(SwitchIdentity, IdsRunOut) {
  make(knobs_, 2);
  world->switch_to(0, a);
  world->switch_to(0, b);
  EXPECT_EQ(world->cpu(0).ids_dropped, 0u);
  world->switch_to(0, c);
  EXPECT_EQ(running_id(), SMTSCOPE_ID_OTHER);
  EXPECT_EQ(world->cpu(0).ids_dropped, 1u);
  world->switch_to(0, a2);
  EXPECT_EQ(running_id(), kFirst);
  kernel().free_ids.push_back(5);  // user space takes the second one back and lends it anew
  kernel().ids.erase(200);
  raise_generation();
  world->switch_to(0, c);
  EXPECT_EQ(running_id(), 5u);
  EXPECT_EQ(kernel().id_table[5].key, 300u);
  EXPECT_EQ(world->cpu(0).ids_dropped, 1u);
}

TEST_F(SwitchIdentity, FullTableOfIdsGivesTheIdBack) {
  make(knobs_, 5);
  kernel().ids_room = 1;
  world->switch_to(0, a);
  world->switch_to(0, b);
  EXPECT_EQ(running_id(), SMTSCOPE_ID_OTHER);
  EXPECT_EQ(world->cpu(0).ids_dropped, 1u);
  EXPECT_EQ(kernel().free_ids.size(), 4u);
}

TEST_F(SwitchIdentity, CacheHoldsUntilTheGenerationIsRaised) {
  make(knobs_);
  world->switch_to(0, a);
  world->switch_to(0, b);
  kernel().ids.at(100) = 50;  // as if taken back and lent anew
  world->switch_to(0, a);
  EXPECT_EQ(running_id(), kFirst);  // from the cache
  world->switch_to(0, b);
  raise_generation();
  world->switch_to(0, a);
  EXPECT_EQ(running_id(), 50u);
}

TEST_F(SwitchIdentity, KeysThatShareACacheEntryStayApart) {
  make(knobs_, 1000);
  std::vector<std::unique_ptr<Task>> tasks;
  for (unsigned i = 0; i < 300; i++) tasks.push_back(std::make_unique<Task>(100 + static_cast<int>(i), 5000 + i));
  for (unsigned round = 0; round < 3; round++) {
    for (unsigned i = 0; i < 300; i++) {
      world->switch_to(0, *tasks[i]);
      ASSERT_EQ(running_id(), kFirst + i);
    }
  }
  EXPECT_EQ(kernel().ids.size(), 300u);
}

}  // namespace
}  // namespace smtscope::native
