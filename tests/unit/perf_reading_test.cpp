// SPDX-License-Identifier: Apache-2.0
// What a read of a counter means: every case, and the layout of group reads.
#include "kernel/perf_reading.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <string>
#include <vector>

namespace smtscope {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;

struct ReadCase {
  const char* name;
  PerfCount previous, current;
  uint64_t elapsed_ns;
  Reason reason;
  float share;
};

TEST(PerfReading, EveryCase) {
  const PerfCount base{5'000'000, 7 * kSecond, 6 * kSecond};
  const auto plus = [&](uint64_t value, uint64_t enabled, uint64_t running) {
    return base + PerfCount{value, enabled, running};
  };
  const ReadCase cases[] = {
      {"counted", base, plus(123, kSecond, kSecond), kSecond, Reason::ok, 1},
      {"counted nothing", base, plus(0, kSecond, kSecond), kSecond, Reason::ok, 1},
      {"first read", {}, {9, kSecond, kSecond}, kSecond, Reason::ok, 1},
      {"half of the time", base, plus(123, kSecond, kSecond / 2), kSecond, Reason::multiplexed, 0.5F},
      {"all but a nanosecond", base, plus(123, 100, 99), 100, Reason::multiplexed, 0.99F},
      {"a quarter", base, plus(123, kSecond, kSecond / 4), kSecond, Reason::multiplexed, 0.25F},
      {"below the floor", base, plus(123, kSecond, kSecond / 4 - 1000), kSecond, Reason::not_counted, 0.249999F},
      {"never on the PMU", base, plus(0, kSecond, 0), kSecond, Reason::not_counted, 0},
      {"frozen", base, base, kSecond, Reason::stale, 0},
      {"frozen at once", base, base, kStaleAfterNs, Reason::stale, 0},
      {"read twice at once", base, base, kStaleAfterNs - 1, Reason::not_counted, 0},
      {"frozen for half of a second", base, plus(9, kSecond / 2, kSecond / 2), kSecond, Reason::stale, 0},
      {"frozen for an eighth", base, plus(9, kSecond * 7 / 8, kSecond * 7 / 8), kSecond, Reason::stale, 0},
      {"clocks that differ", base, plus(9, kSecond * 7 / 8 + 1, kSecond * 7 / 8 + 1), kSecond, Reason::ok, 1},
      {"short, and clocks differ", base, plus(9, 1, 1), kStaleAfterNs, Reason::ok, 1},
      {"a thread that slept", base, plus(9, 1000, 1000), 0, Reason::ok, 1},
      {"never enabled", {}, {}, kSecond, Reason::stale, 0},
      {"value went back", base, {base.value - 1, base.enabled_ns + 5, base.running_ns + 5}, 5, Reason::implausible, 0},
      {"enabled went back", base, {base.value, base.enabled_ns - 1, base.running_ns}, 5, Reason::implausible, 0},
      {"running went back", base, {base.value, base.enabled_ns + 5, base.running_ns - 1}, 5, Reason::implausible, 0},
      {"ran longer than enabled", base, plus(1, 100, 101), 100, Reason::implausible, 0},
      {"counted without running", base, plus(1, kSecond, 0), kSecond, Reason::implausible, 0},
      {"the widest core", base, plus(kMostCountsPerNs * 1000, 1000, 1000), 1000, Reason::ok, 1},
      {"a jump of 48 bits", base, plus(1ull << 48, kSecond, kSecond), kSecond, Reason::implausible, 0},
      {"a jump of 63 bits", base, plus(1ull << 63, kSecond, kSecond), kSecond, Reason::implausible, 0},
  };
  for (const ReadCase& one : cases) {
    const Quality quality = judge_read(one.previous, one.current, one.elapsed_ns);
    EXPECT_EQ(quality.reason, one.reason) << one.name << ": " << reason_word(quality.reason);
    EXPECT_NEAR(quality.running_share, one.share, 1e-6) << one.name;
    EXPECT_EQ(has_count(quality), one.reason == Reason::ok || one.reason == Reason::multiplexed) << one.name;
  }
}

TEST(PerfReading, DifferencesAndSums) {
  const PerfCount a{10, 20, 15}, b{3, 4, 5};
  EXPECT_EQ(a + b - b, a);
  EXPECT_EQ((a - b), (PerfCount{7, 16, 10}));
}

class GroupRead : public testing::Test {
 protected:
  const std::vector<uint64_t> ids_ = {11, 12, 17};
  std::vector<uint64_t> words_ = {3, 1000, 900, 5, 11, 6, 12, 7, 17};
  std::array<PerfCount, 3> out_{};

  Result<> parse(size_t bytes) { return parse_group_read(words_, bytes, ids_, out_); }
  // What a refused read must leave alone.
  void expect_untouched() {
    for (const PerfCount& count : out_) EXPECT_EQ(count, PerfCount{});
  }
};

TEST_F(GroupRead, MembersInOrder) {
  ASSERT_TRUE(parse(9 * 8));
  EXPECT_EQ(out_[0], (PerfCount{5, 1000, 900}));
  EXPECT_EQ(out_[1], (PerfCount{6, 1000, 900}));
  EXPECT_EQ(out_[2], (PerfCount{7, 1000, 900}));
}

TEST_F(GroupRead, LongerBufferThanRead) {
  words_.resize(35);
  EXPECT_TRUE(parse(9 * 8));
  EXPECT_EQ(out_[2].value, 7u);
}

TEST_F(GroupRead, NothingIsAPinnedGroupWithoutCounters) {
  const auto read = parse(0);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, ErrorKind::resource);
  EXPECT_NE(read.error().what.find("pinned"), std::string::npos) << read.error().what;
  expect_untouched();
}

TEST_F(GroupRead, AnyOtherSizeIsAnError) {
  for (size_t bytes = 1; bytes <= 35 * 8; bytes++) {
    if (bytes == 9 * 8) continue;
    const auto read = parse(bytes);
    ASSERT_FALSE(read) << bytes;
    EXPECT_EQ(read.error().kind, ErrorKind::io);
  }
  expect_untouched();
}

TEST_F(GroupRead, OtherNumberOfMembers) {
  words_[0] = 2;
  EXPECT_FALSE(parse(9 * 8));
  words_[0] = std::numeric_limits<uint64_t>::max();
  EXPECT_FALSE(parse(9 * 8));
  expect_untouched();
}

TEST_F(GroupRead, OtherEvents) {
  std::swap(words_[4], words_[6]);
  const auto read = parse(9 * 8);
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().what.find("member 0"), std::string::npos) << read.error().what;
  expect_untouched();
}

}  // namespace
}  // namespace smtscope
