// SPDX-License-Identifier: Apache-2.0
// The witness itself: it sees every switch that the kernel counts, and its sweep shows a known truth.
#include "witness.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "harness.h"

namespace smtscope::live {
namespace {

using audit::CoreTimes;

// Logs for one second while a load runs; the middle of the log is what is looked at.
struct Watched {
  std::optional<Witness> witness;
  audit::CoreWindow window{{0, 1}, 0, 0};
};

Watched watch_one_second(const std::vector<std::string>& load_args) {
  Watched w;
  auto witness = Witness::start();
  if (!witness) {
    ADD_FAILURE() << witness.error().what;
    return w;
  }
  auto load = start_load(load_args);
  if (!load) {
    ADD_FAILURE() << "the load did not start";
    return w;
  }
  w.window.start_ns = now_ns();
  std::this_thread::sleep_for(std::chrono::seconds(1));
  w.window.end_ns = now_ns();
  witness->stop();
  w.witness.emplace(std::move(*witness));
  return w;
}

void print(const char* name, const Watched& w, const CoreTimes& t) {
  double ms = 1e-6;
  fmt::print("{}: {} + {} records, idle {:.3f} single {:.3f} all busy {:.3f} unknown {:.3f} ms, {} lost, {} hidden\n",
             name, w.witness->log().records(0).size(), w.witness->log().records(1).size(), t.idle * ms, t.single * ms,
             t.all_busy * ms, t.unknown * ms, t.lost, w.witness->facts().hidden_losses);
}

class WitnessTest : public testing::Test {
 protected:
  void SetUp() override {
    if (auto reason = cannot_run(); !reason.empty()) GTEST_SKIP() << reason;
  }
};

TEST_F(WitnessTest, LosesNothingUnderAPingPong) {
  Watched w = watch_one_second({"pingpong", "0,1", "20", "--threads"});
  ASSERT_TRUE(w.witness);
  EXPECT_EQ(w.witness->log().dropped(), 0u);
  auto changes = w.witness->changes(By::process);
  auto t = audit::sweep(changes, w.window);
  ASSERT_TRUE(t);
  print("ping-pong", w, *t);
  EXPECT_GT(t->changes, 200'000u);
  EXPECT_EQ(t->idle + t->single + t->all_busy + t->unknown, w.window.end_ns - w.window.start_ns);
  // What the kernel itself does not show (see the documentation of lost switches) stays small.
  EXPECT_LE(t->lost, t->changes / 1000);
}

TEST_F(WitnessTest, SeesTwoHogsAsAllBusy) {
  Watched w = watch_one_second({"hogs", "0,1", "20"});
  ASSERT_TRUE(w.witness);
  EXPECT_EQ(w.witness->log().dropped(), 0u);
  auto t = audit::sweep(w.witness->changes(By::process), w.window);
  ASSERT_TRUE(t);
  print("two hogs", w, *t);
  EXPECT_EQ(t->idle, 0u);
  EXPECT_GE(t->all_busy + t->unknown, (w.window.end_ns - w.window.start_ns) / 100 * 99);
}

}  // namespace
}  // namespace smtscope::live
