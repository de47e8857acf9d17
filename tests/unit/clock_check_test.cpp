// SPDX-License-Identifier: Apache-2.0
#include "kernel/clock_check.h"

#include <gtest/gtest.h>

#include "unit/tree.h"

namespace smtscope {
namespace {

using test::Tree;

HostFacts with_clock(const char* name) {
  HostFacts facts;
  facts.clocksource = name;
  return facts;
}

constexpr const char* kOffsets = "self/timens_offsets";

TEST(CheckClock, TakesTheFirstTimeNamespaceAndKernelsWithoutThem) {
  Tree proc;
  EXPECT_TRUE(check_clock(with_clock("tsc"), proc.root()));
  proc.write_raw(kOffsets, "monotonic           0         0\nboottime            0         0\n");
  EXPECT_TRUE(check_clock(with_clock("tsc"), proc.root()));
  EXPECT_TRUE(check_clock(HostFacts(), proc.root()));
}

TEST(CheckClock, RefusesAShiftedTimeNamespace) {
  for (const char* text : {"monotonic 100 0\nboottime 0 0\n", "monotonic -1 999999999\nboottime 0 0\n",
                           "monotonic 0 1\nboottime 0 0\n", "monotonic 0 0\nboottime 86400 0\n"}) {
    Tree proc;
    proc.write_raw(kOffsets, text);
    const auto refused = check_clock(with_clock("tsc"), proc.root());
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().kind, ErrorKind::unsupported);
    EXPECT_NE(refused.error().what.find("time namespace"), std::string::npos) << refused.error().what;
    EXPECT_FALSE(refused.error().mend.empty());
  }
}

TEST(CheckClock, WhatItCannotReadItDoesNotTrust) {
  for (const std::string& text :
       {std::string("monotonic\n"), std::string("monotonic x y\n"), std::string("mono 0 0 0\n"),
        std::string("monotonic 99999999999999999999 0\n"), std::string("\xff\x1b[2J\n")}) {
    Tree proc;
    proc.write_raw(kOffsets, text);
    const auto refused = check_clock(with_clock("tsc"), proc.root());
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().kind, ErrorKind::unsupported);
    EXPECT_EQ(refused.error().what.find('\x1b'), std::string::npos);
  }
  Tree proc;
  proc.write_raw(kOffsets, std::string(1 << 20, ' '));
  EXPECT_FALSE(check_clock(with_clock("tsc"), proc.root()));
}

TEST(CheckClock, RefusesAClockThatMovesWithTheTick) {
  Tree proc;
  EXPECT_FALSE(check_clock(with_clock("jiffies"), proc.root()));
  EXPECT_FALSE(check_clock(with_clock("refined-jiffies"), proc.root()));
  EXPECT_TRUE(check_clock(with_clock("hpet"), proc.root()));
}

TEST(ClockDoubt, OnlyTscIsBeyondDoubtOnX86) {
  EXPECT_EQ(clock_doubt(with_clock("tsc"), true), std::nullopt);
  for (const char* name : {"hpet", "acpi_pm", "kvm-clock", "hyperv_clocksource_tsc_page"}) {
    const auto doubt = clock_doubt(with_clock(name), true);
    ASSERT_TRUE(doubt) << name;
    EXPECT_NE(doubt->find("not tsc"), std::string::npos);
  }
  EXPECT_EQ(clock_doubt(with_clock("arch_sys_counter"), false), std::nullopt);
  EXPECT_EQ(clock_doubt(HostFacts(), true), std::nullopt);
}

}  // namespace
}  // namespace smtscope
