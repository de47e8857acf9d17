// SPDX-License-Identifier: Apache-2.0
#include "model/units.h"

#include <gtest/gtest.h>

namespace smtscope {
namespace {

TEST(Duration, UnitsAndFractions) {
  using std::chrono::milliseconds;
  EXPECT_EQ(parse_duration("500ms").value(), milliseconds(500));
  EXPECT_EQ(parse_duration("10s").value(), milliseconds(10'000));
  EXPECT_EQ(parse_duration("1.5s").value(), milliseconds(1'500));
  EXPECT_EQ(parse_duration("2m").value(), milliseconds(120'000));
  EXPECT_EQ(parse_duration("1h").value(), milliseconds(3'600'000));
}

TEST(Duration, EverythingElseIsAUsageErrorWithTheMend) {
  for (const char* text : {"", "5", "s", "-1s", "0s", "10 s", "1d", "5ss", "nan", "infs", "1e3s", "999999h", "0.1ms"}) {
    const auto d = parse_duration(text);
    ASSERT_FALSE(d) << text;
    EXPECT_EQ(d.error().kind, ErrorKind::usage) << text;
    EXPECT_FALSE(d.error().mend.empty()) << text;
  }
}

TEST(Duration, PrintsWhatItReads) {
  for (const char* text : {"1ms", "500ms", "1001ms", "1s", "90s", "1m", "2h", "26h", "8784h", "1ms", "31622399999ms"})
    EXPECT_EQ(format_duration(parse_duration(text).value()), text);
  EXPECT_EQ(format_duration(std::chrono::nanoseconds(1'500)), "0.0015ms");
  EXPECT_EQ(format_duration(std::chrono::nanoseconds(0)), "0ms");
}

TEST(Size, UnitsAndPlainBytes) {
  EXPECT_EQ(parse_size("0").value(), 0u);
  EXPECT_EQ(parse_size("4096").value(), 4096u);
  EXPECT_EQ(parse_size("3KiB").value(), 3u << 10);
  EXPECT_EQ(parse_size("64MiB").value(), 64u << 20);
  EXPECT_EQ(parse_size("5GiB").value(), 5ull << 30);
  EXPECT_EQ(parse_size("17179869183GiB").value(), 17179869183ull << 30);
}

TEST(Size, EverythingElseIsAUsageErrorWithTheMend) {
  for (const char* text : {"", "MiB", "-1", "+1", "1.5MiB", "64MB", "64M", "64 MiB", "64mib", "1B", "1TiB",
                           "17179869184GiB", "18446744073709551616", " 1", "1 "}) {
    const auto size = parse_size(text);
    ASSERT_FALSE(size) << text;
    EXPECT_EQ(size.error().kind, ErrorKind::usage) << text;
    EXPECT_FALSE(size.error().mend.empty()) << text;
  }
}

TEST(Size, PrintsWhatItReads) {
  for (const char* text : {"0", "1", "1023", "1KiB", "1025", "64MiB", "1GiB", "1025MiB", "18446744073709551615"})
    EXPECT_EQ(format_size(parse_size(text).value()), text);
}

}  // namespace
}  // namespace smtscope
