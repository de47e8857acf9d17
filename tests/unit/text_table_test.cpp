// SPDX-License-Identifier: Apache-2.0
#include "views/text_table.h"

#include <gtest/gtest.h>

#include "views/text_format.h"

namespace smtscope {
namespace {

constexpr const char* kBad = "\xEF\xBF\xBD";

TEST(TextFormat, CleanLeavesOnlyWhatATerminalPrints) {
  EXPECT_EQ(text::clean("plain \xc3\xb6 \xe6\xbc\xa2 \xf0\x9f\x9a\x80"),
            "plain \xc3\xb6 \xe6\xbc\xa2 \xf0\x9f\x9a\x80");
  for (const char* raw : {"\xff", "\xc3", "\x80", "\x1b", "\n", "\x7f", "\xc2\x9b", "\xe2\x80\xae", "\xef\xbb\xbf"})
    EXPECT_EQ(text::clean(raw), kBad);
  // Overlong, surrogate, above U+10FFFF, cut short.
  EXPECT_EQ(text::clean("\xc0\xaf"), std::string(kBad) + kBad);
  EXPECT_EQ(text::clean("\xed\xa0\x80"), std::string(kBad) + kBad + kBad);
  EXPECT_EQ(text::clean("\xf4\x90\x80\x80"), std::string(kBad) + kBad + kBad + kBad);
  EXPECT_EQ(text::clean("\xe6\xbc"), std::string(kBad) + kBad);
}

TEST(TextFormat, WidthIsColumns) {
  EXPECT_EQ(text::width("abc"), 3u);
  EXPECT_EQ(text::width("\xc3\xb6\xc3\x9f"), 2u);
  EXPECT_EQ(text::width("\xe6\xbc\xa2"), 2u);
  EXPECT_EQ(text::width("e\xcc\x81"), 1u);
  EXPECT_EQ(text::width("\xf0\x9f\x9a\x80"), 2u);
}

TEST(TextFormat, CutKeepsBothEnds) {
  EXPECT_EQ(text::cut("short", 5), "short");
  EXPECT_EQ(text::cut("kubepods-pod12345.slice", 11), "kub...slice");
  EXPECT_EQ(text::cut("abcdef", 2), "ab");
  EXPECT_EQ(text::cut("abcdef", 0), "");
  for (size_t columns = 0; columns < 12; columns++) {
    EXPECT_LE(
        text::width(text::cut("\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2", columns)),
        columns);
    EXPECT_EQ(text::width(text::left("\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2", columns)), columns);
    EXPECT_EQ(text::width(text::right("a\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2", columns)), columns);
  }
}

TEST(TextFormat, Numbers) {
  EXPECT_EQ(text::percent(0), "0 %");
  EXPECT_EQ(text::percent(0.0004), "<0.1 %");
  EXPECT_EQ(text::percent(0.675), "67.5 %");
  EXPECT_EQ(text::percent(1), "100 %");
  EXPECT_EQ(text::short_percent(0), "0 %");
  EXPECT_EQ(text::short_percent(0.001), "<1 %");
  EXPECT_EQ(text::short_percent(0.9999), ">99 %");
  EXPECT_EQ(text::short_percent(1), "100 %");
  EXPECT_EQ(text::percent_range(0.53, 0.68), "53-68 %");
  EXPECT_EQ(text::percent_range(0.531, 0.532), "53.1-53.2 %");
  EXPECT_EQ(text::percent_range(0.0555, 0.0648), "5.6-6.5 %");
  EXPECT_EQ(text::percent_range(0.5, 0.5), "50 %");
  EXPECT_EQ(text::percent_range(0, 0), "0 %");
  EXPECT_EQ(text::duration_us(6.144), "6 us");
  EXPECT_EQ(text::duration_us(999.6), "1.0 ms");
  EXPECT_EQ(text::duration_us(1900), "1.9 ms");
  EXPECT_EQ(text::duration_us(30408), "30 ms");
  EXPECT_EQ(text::duration_us(999'600), "1.0 s");
  EXPECT_EQ(text::duration_us(0), "0 us");
  EXPECT_EQ(text::duration_us(0.4), "0.4 us");
  EXPECT_EQ(text::duration_seconds(120), "120.0 s");
  EXPECT_EQ(text::seconds(88), "88.0");
  EXPECT_EQ(text::seconds(0.094), "0.09");
  EXPECT_EQ(text::seconds(0.004), "0.004");
  EXPECT_EQ(text::seconds(0.0001), "<0.001");
  EXPECT_EQ(text::seconds(0), "0.0");
  EXPECT_EQ(text::count(0), "0");
  EXPECT_EQ(text::count(999), "999");
  EXPECT_EQ(text::count(41322), "41,322");
  EXPECT_EQ(text::count(18'446'744'073'709'551'615ull), "18,446,744,073,709,551,615");
}

TEST(TextFormat, BarsNeverHideWhatThereIs) {
  EXPECT_EQ(text::bar(0, 10), "");
  EXPECT_EQ(text::bar(0.001, 10), "#");
  EXPECT_EQ(text::bar(0.5, 10), "#####");
  EXPECT_EQ(text::bar(1.2, 10), "##########");
  EXPECT_EQ(text::bar(-1, 10), "");
  EXPECT_EQ(text::bar(1, 0), "");
}

TEST(TextTable, NumbersKeepTheirWidthAndNamesGiveWay) {
  text::Table table({{"NAME", true}, {"OTHER", true}, {"N"}});
  table.row({std::string(50, 'a'), "tiny", "123456"}, "<");
  table.row({"b", "c", "7"});
  EXPECT_EQ(table.str(30),
            "NAME           OTHER       N\n"
            "aaa..aaaaaaaa  tiny   123456 <\n"
            "b              c           7\n");
}

TEST(TextWrap, SentencesWrapAtSpacesAndLongWordsBreak) {
  EXPECT_EQ(text::wrap("one two three", 8), "one two\n  three\n");
  EXPECT_EQ(text::wrap("abcdefghij", 6, 2), "abcdef\n  ghij\n");
  EXPECT_EQ(text::wrap("ab abcdefghij", 6, 2), "ab\n  abcd\n  efgh\n  ij\n");
  EXPECT_EQ(text::wrap("within 1.9 ms, 50 %", 10), "within\n  1.9 ms,\n  50 %\n");
  EXPECT_EQ(text::wrap("", 6), "\n");
}

TEST(TextFlow, FactsStayWhole) {
  EXPECT_EQ(text::flow({"a b", "c d", "e f"}, 9, 3, 2), "a b   c d\n  e f\n");
  EXPECT_EQ(text::flow({std::string(20, 'x'), "y"}, 9, 3, 2), "xx..xxxxx\n  y\n");
}

}  // namespace
}  // namespace smtscope
