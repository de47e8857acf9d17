// SPDX-License-Identifier: Apache-2.0
// Two recordings on disk, as `diff` reads them.
#include <gtest/gtest.h>

#include "commands/diff_read.h"
#include "compare/window_plan.h"
#include "recording/recording.h"
#include "unit/diff_frames.h"
#include "unit/tree.h"

namespace smtscope {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;
constexpr int64_t kFirstUnixNs = 1'790'000'001'000'000'000;  // of the first tick

class DiffRead : public ::testing::Test {
 protected:
  std::string record(const std::string& name, size_t seconds, double beside) {
    const std::string path = tree_.root() + "/" + name;
    auto writer = RecordingWriter::create(path);
    EXPECT_TRUE(writer);
    test::DiffNode node;
    EXPECT_TRUE(writer->write(node.begin()));
    for (size_t i = 0; i < seconds; i++)
      EXPECT_TRUE(writer->write(node.after(test::shared_second(beside, 20, test::wobble(i)))));
    return path;
  }
  test::Tree tree_;
};

TEST_F(DiffRead, ChoosesTheWindow) {
  const std::string a = record("a", 120, 0.2), b = record("b", 60, 0.6);
  const auto sides = read_sides({a, {}}, {b, {}}, 0);
  ASSERT_TRUE(sides) << sides.error().what;
  EXPECT_EQ(sides->window_ns, 5 * kSecond);
  EXPECT_EQ(sides->a->windows(), 24u);
  EXPECT_EQ(sides->b->windows(), 12u);
}

TEST_F(DiffRead, TwoRangesOfOneRecording) {
  const std::string file = record("a", 100, 0.2);
  const int64_t middle = kFirstUnixNs + 50 * static_cast<int64_t>(kSecond);
  const auto sides = read_sides({file, {std::nullopt, middle}}, {file, {middle, std::nullopt}}, 0);
  ASSERT_TRUE(sides);
  EXPECT_EQ(sides->window_ns, 5 * kSecond);
  EXPECT_EQ(sides->a->windows(), 10u);
  EXPECT_EQ(sides->b->windows(), 10u);
  EXPECT_EQ(sides->a->end_unix_ns(), sides->b->start_unix_ns());
}

TEST_F(DiffRead, WindowsAreMadeLongerWhereThereWouldBeTooMany) {
  const std::string a = record("a", kMostWindows + 10, 0.2), b = record("b", 60, 0.2);
  const auto sides = read_sides({a, {}}, {b, {}}, kSecond);
  ASSERT_TRUE(sides);
  EXPECT_EQ(sides->window_ns, 2 * kSecond);
  EXPECT_EQ(sides->a->windows(), (kMostWindows + 10) / 2);
  EXPECT_EQ(sides->b->windows(), 30u);
}

TEST_F(DiffRead, ErrorsNameTheSide) {
  const std::string a = record("a", 5, 0.2);
  const auto missing = read_sides({a, {}}, {tree_.root() + "/none", {}}, 0);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::no_input);
  EXPECT_EQ(missing.error().what.substr(0, 3), "B: ");
  const auto outside = read_sides({a, {kFirstUnixNs + 1000 * static_cast<int64_t>(kSecond), {}}}, {a, {}}, 0);
  ASSERT_FALSE(outside);
  EXPECT_EQ(outside.error().kind, ErrorKind::usage);
  EXPECT_EQ(outside.error().what.substr(0, 3), "A: ");
}

}  // namespace
}  // namespace smtscope
