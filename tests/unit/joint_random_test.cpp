// SPDX-License-Identifier: Apache-2.0
// Random interleavings of switches, lost switches, closes, drains and stalls, at every point of a run, against
// the plain model. Each seed is one machine and one history.
#include <gtest/gtest.h>

#include "native/driver.h"

namespace smtscope::native {
namespace {

struct Machine {
  const char* name;
  Variant variant;
  std::vector<unsigned> siblings;
};

class JointRandom : public ::testing::TestWithParam<Machine> {};

TEST_P(JointRandom, AgreesWithTheModel) {
  constexpr std::size_t kSteps = 1500;
  std::uint64_t lost = 0, contended = 0, retries = 0, clamped = 0, closes = 0, dropped = 0;
  for (std::uint64_t seed = 1; seed <= 20; seed++) {
    SeededChoices choices(seed);
    Driver driver(choices, GetParam().variant, GetParam().siblings);
    driver.run(kSteps);
    ASSERT_EQ(driver.world().difference(), "") << GetParam().name << " seed " << seed;
    ASSERT_EQ(driver.steps(), kSteps);
    for (unsigned cpu = 0; cpu < driver.world().cpus(); cpu++) {
      const smtscope_cpu& state = driver.world().cpu(cpu);
      lost += state.lost;
      contended += state.contended;
      retries += state.retries;
      clamped += state.clamped;
      dropped += state.ids_dropped;
    }
    for (unsigned core = 0; core < driver.world().cores(); core++) closes += driver.world().periods(core);
  }
  // The histories must have reached what they are for.
  EXPECT_GT(lost, 100u);
  EXPECT_GT(clamped, 20u);
  EXPECT_GT(closes, 500u);
  EXPECT_GT(dropped, 100u);
  EXPECT_GT(retries, 100u);
  EXPECT_GT(contended, 10u);
}

INSTANTIATE_TEST_SUITE_P(
    Machines, JointRandom,
    ::testing::Values(Machine{"word_1_2", Variant::word, {2, 1}}, Machine{"word_2", Variant::word, {2}},
                      Machine{"word_2_2_2", Variant::word, {2, 2, 2}}, Machine{"queue_2", Variant::queue, {2}},
                      Machine{"queue_4", Variant::queue, {4}}, Machine{"queue_8", Variant::queue, {8}},
                      Machine{"queue_1_2_3_4", Variant::queue, {1, 2, 3, 4}}),
    [](const auto& machine) { return std::string(machine.param.name); });

}  // namespace
}  // namespace smtscope::native
