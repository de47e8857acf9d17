// SPDX-License-Identifier: Apache-2.0
#include "kernel/cpulist.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "kernel/textfile.h"
#include "unit/tree.h"

namespace smtscope {
namespace {

using List = std::vector<uint32_t>;

TEST(CpuList, ReadsNumbersAndRanges) {
  EXPECT_EQ(parse_cpulist("0", 8).value(), List({0}));
  EXPECT_EQ(parse_cpulist("0-3", 8).value(), List({0, 1, 2, 3}));
  EXPECT_EQ(parse_cpulist("0-1,4,6-7", 8).value(), List({0, 1, 4, 6, 7}));
  EXPECT_EQ(parse_cpulist("5-5", 8).value(), List({5}));
  EXPECT_EQ(parse_cpulist("", 8).value(), List());
}

TEST(CpuList, SortsWhatAPersonWrote) { EXPECT_EQ(parse_cpulist("3,0-1", 8).value(), List({0, 1, 3})); }

TEST(CpuList, HoldsAllCpusThatLinuxCanHave) {
  EXPECT_EQ(parse_cpulist("0-8191", kMaxCpus)->size(), 8192u);
  EXPECT_FALSE(parse_cpulist("0-8192", kMaxCpus));
}

TEST(CpuList, RefusesWhatIsNoList) {
  for (const char* text : {",", "0,", ",0", "0,,1", "-", "-1", "0-", "1-0", "a", "0x1", "0 ", " 0", "0\n", "0-1-2",
                           "+1", "0;1", "0-3:1/2", "1.5", "\xff"}) {
    const auto list = parse_cpulist(text, 8);
    ASSERT_FALSE(list) << text;
    EXPECT_EQ(list.error().kind, ErrorKind::input) << text;
    EXPECT_FALSE(list.error().what.empty()) << text;
  }
  EXPECT_FALSE(parse_cpulist(std::string_view("0\0", 2), 8));
}

TEST(CpuList, RefusesCpusNamedTwice) {
  EXPECT_EQ(parse_cpulist("0,0", 8).error().what, "CPU 0 is named twice");
  EXPECT_EQ(parse_cpulist("0-3,2-4", 8).error().what, "CPU 2 is named twice");
}

TEST(CpuList, HugeNumbersCostNothing) {
  for (const char* text : {"0-4294967295", "4294967295", "0-18446744073709551616", "8", "99999999999999999999999999"}) {
    const auto list = parse_cpulist(text, 8);
    ASSERT_FALSE(list) << text;
    EXPECT_NE(list.error().what.find("above the highest possible, 7"), std::string::npos) << list.error().what;
  }
}

TEST(CpuList, PrintsWhatItReads) {
  for (const char* text : {"", "0", "0-1", "0,2", "0-3,8,10-11"})
    EXPECT_EQ(format_cpulist(parse_cpulist(text, 16).value()), text);
  EXPECT_EQ(format_cpulist({0, 1, 2, 5}), "0-2,5");
}

TEST(TextFile, ReadsUpToItsLimit) {
  test::Tree tree;
  tree.write_raw("ten", "0123456789");
  const std::string path = tree.root() + "/ten";
  EXPECT_EQ(read_text_file(path, 10).value(), "0123456789");
  EXPECT_EQ(read_text_file(path, 9).error().kind, ErrorKind::input);
  EXPECT_EQ(read_text_prefix(path, 4).value(), "0123");
  EXPECT_EQ(read_text_prefix(path, 100).value(), "0123456789");
}

TEST(TextFile, ReadsFilesLongerThanItsBuffer) {
  test::Tree tree;
  const std::string text(100'000, 'x');
  tree.write_raw("long", text);
  EXPECT_EQ(read_text_file(tree.root() + "/long", 1 << 20).value(), text);
}

TEST(TextFile, SaysWhyItCannotRead) {
  test::Tree tree;
  tree.write("file", "x");
  const auto missing = read_text_file(tree.root() + "/none", 10);
  EXPECT_EQ(missing.error().kind, ErrorKind::no_input);
  EXPECT_EQ(missing.error().sys_errno, ENOENT);
  EXPECT_EQ(missing.error().what, "cannot read " + tree.root() + "/none: No such file or directory");
  EXPECT_EQ(read_text_file(tree.root() + "/file/below", 10).error().kind, ErrorKind::no_input);
  EXPECT_EQ(read_text_file(tree.root(), 10).error().kind, ErrorKind::no_input);  // a folder
}

TEST(TextFile, EndlessFilesStopAtTheLimit) {
  EXPECT_EQ(read_text_file("/dev/zero", 100'000).error().kind, ErrorKind::input);
  EXPECT_EQ(read_text_prefix("/dev/zero", 5).value(), std::string(5, '\0'));
}

TEST(TextFile, ShowsAnyBytesInALine) {
  EXPECT_EQ(shown("0-1\n"), "\"0-1\\n\"");
  EXPECT_EQ(shown(std::string_view("\0\x1b\xff\"\\", 5)), R"("\x00\x1b\xff\"\\")");
  EXPECT_EQ(shown(std::string(100, 'a')), "\"" + std::string(60, 'a') + "\"... (100 bytes)");
}

TEST(TextFile, TrimsOneNewlineOrAllBlanks) {
  EXPECT_EQ(chomp("0-1\n"), "0-1");
  EXPECT_EQ(chomp("0-1\n\n"), "0-1\n");
  EXPECT_EQ(chomp(""), "");
  EXPECT_EQ(strip(" \tname \n"), "name");
  EXPECT_EQ(strip(" \n"), "");
}

}  // namespace
}  // namespace smtscope
