// SPDX-License-Identifier: Apache-2.0
// The screens of `top`: what they say, that they fit whatever they are made of, and whole ones against golden files.
#include <gtest/gtest.h>

#include "unit/golden.h"
#include "unit/top_fixture.h"

namespace smtscope {
namespace {

using test::add_cores;
using test::expect_golden;
using test::has;
using test::hit;
using test::large_view;
using test::made_topology;
using test::plain_view;
using test::screen_of;
using test::shown;
using test::smt_view;
using test::stated_view;
using test::text_of;
using test::top_of;
using test::type;
using test::wide_view;
using test::with_states;

// Columns as a terminal counts them; of the characters that these tests use, counted anew.
size_t columns_of(const std::string& line) {
  size_t columns = 0;
  for (const char c : line) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) != 0x80) columns++;
    if (byte == 0xE4 || byte == 0xE5 || byte == 0xE6) columns++;  // CJK
  }
  return columns;
}

struct Made {
  const char* name;
  TopView view;
};

std::vector<Made> all_made() {
  std::vector<Made> all;
  all.push_back({"two sockets", top_of(smt_view())});
  all.push_back({"no siblings", top_of(plain_view())});
  all.push_back({"stated", top_of(stated_view())});
  all.push_back({"four siblings", top_of(wide_view(6, 4))});
  all.push_back({"eight siblings", top_of(wide_view(40, 8))});
  all.push_back({"256 CPUs", top_of(large_view(128, 200))});
  all.push_back({"all unknown", top_of(with_states(smt_view(), {-1}))});
  StatView hostile = smt_view();
  hostile.host.name = "evil\x1b[2Jhost\nname";
  hostile.figures.entities[0].who.name =
      "a\x1b]0;title\x07\xff\xfe/"
      "漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字";
  hostile.figures.entities[1].who.name = std::string(5000, 'x');
  hostile.notes = {"note\x1b[31m", "another"};
  all.push_back({"hostile", top_of(std::move(hostile))});
  StatView empty = smt_view();
  empty.figures = {};
  all.push_back({"empty", top_of(std::move(empty))});
  return all;
}

TEST(TopLines, EveryScreenFitsItsTerminal) {
  for (const Made& made : all_made())
    for (const TopSize size : {TopSize{24, 80}, {60, 200}, {10, 60}, {11, 61}, {17, 79}, {40, 132}, {5, 20}, {1, 1}})
      for (int page = 0; page < 7; page++)
        for (const bool utf8 : {true, false}) {
          TopState state;
          state.page = static_cast<TopPage>(page % 4);
          state.help = page == 5;
          if (page == 6)
            state.of =
                TopOf{made.view.stat.figures.entities.empty() ? "x" : made.view.stat.figures.entities[0].who.name,
                      std::nullopt};
          state.core_top = state.entity_top = state.pair_top = state.help_top = 1000;
          const auto lines = shown(screen_of(made.view), state, size, {utf8});
          ASSERT_EQ(lines.size(), size.rows) << made.name << " page " << page;
          for (const std::string& line : lines) {
            ASSERT_LE(columns_of(line), size.columns) << made.name << " page " << page << ": " << line;
            for (const char c : line) ASSERT_FALSE(static_cast<unsigned char>(c) < 0x20 || c == 0x7F) << line;
          }
        }
}

TEST(TopLines, Golden) {
  const TopView two = top_of(stated_view()), large = top_of(with_states(large_view(128, 200), {0, 1, 2, 2, -1})),
                plain = top_of(plain_view());
  expect_golden("top_2_cpus_80x24.txt", text_of(screen_of(two)));
  expect_golden("top_256_cpus_80x24.txt", text_of(screen_of(large)));
  expect_golden("top_256_cpus_80x24_ascii.txt", text_of(screen_of(large), {}, {24, 80}, {false}));
  expect_golden("top_256_cpus_200x60.txt", text_of(screen_of(large), {}, {60, 200}));
  expect_golden("top_no_siblings_80x24.txt", text_of(screen_of(plain)));
  TopState cores;
  cores.page = TopPage::cores;
  expect_golden("top_cores_80x24.txt", text_of(screen_of(large), cores));
}

TEST(TopLines, HeaderSaysWhatTheNumbersAreWorth) {
  StatView stat = smt_view();
  stat.figures.lost.switches = 12345;
  stat.figures.lost.seconds = 0.25;
  TopView view = top_of(std::move(stat));
  view.bpf_ns = 312;
  const std::string text = text_of(screen_of(view));
  for (const char* part :
       {"node-0417", "22:13:25", "kernel 6.1.0-18-amd64", "64 cores x 2 threads, 2 sockets", "topology from sysfs",
        "lost 12,345 (250 ms unknown)", "cost 0.4 % of a CPU, 312 ns a switch", "running", "every 1s",
        "CPU used            50 %", "true use 53-68 %: room for 1.5-1.9 x"})
    EXPECT_TRUE(has(text, part)) << part << "\n" << text;
}

TEST(TopLines, UnknownIsNeverZero) {
  TopView view = top_of(with_states(smt_view(), {-1}));
  view.stat.figures.capacity = {std::nullopt, std::nullopt, std::nullopt, std::nullopt, Reason::too_few};
  view.own_cpu.reset();
  view.cpus.clear();
  view.stat.figures.entities[1].runqueue.reset();
  const TopScreen screen = screen_of(view);
  const std::string text = text_of(screen);
  EXPECT_TRUE(has(text, "CPU used         unknown")) << text;
  EXPECT_TRUE(has(text, "cost unknown"));
  EXPECT_TRUE(has(text, "true use not stated: too little time is known"));
  EXPECT_TRUE(has(text, "s0 core 0  ??? ???")) << text;
  EXPECT_TRUE(has(text, "redis.service                       82 %     31 %     0 %     69 %      -      -")) << text;
  TopState cores;
  cores.page = TopPage::cores;
  EXPECT_TRUE(has(text_of(screen, cores), "cpu 0       ?  cpu 64      ?  ??????????")) << text_of(screen, cores);
}

TEST(TopLines, HistoryHasGapsWhereNothingIsKnown) {
  const TopView view = top_of(smt_view());
  TopScreen screen = screen_of(view);
  screen.points = {{0.0, 0.0, 0.0}, {std::nullopt, 0.5, 0.5}, {1.0, 1.0, 1.0}};
  EXPECT_TRUE(has(text_of(screen), "CPU used            50 %  .?█\n")) << text_of(screen);
  EXPECT_TRUE(has(text_of(screen, {}, {24, 80}, {false}), "CPU used            50 %   ?#\n"));
  screen.points.assign(1000, {0.2, 0.2, 0.2});
  EXPECT_LE(columns_of(text_of(screen).substr(0, text_of(screen).find('\n'))), 80u);
}

// A letter a state, so that it is read without colours too, and the style that gives it one.
TEST(TopLines, EachStateHasItsLetterAndStyle) {
  struct Case {
    int state;
    uint32_t siblings;
    const char* cell;
    Style style;
  };
  for (const Case& c : {Case{0, 2, "█▅-", Style::idle},
                        {1, 2, "█▅o", Style::single},
                        {2, 2, "█▅B", Style::all_busy},
                        {-1, 2, "█▅?", Style::unknown},
                        {2, 4, "█▇▅▃p", Style::partial},
                        {4, 4, "█▇▅▃B", Style::all_busy},
                        {1, 1, "█o", Style::single}}) {
    StatView stat = wide_view(1, 4);
    stat.topology = made_topology(1, c.siblings);
    stat.figures.cores.clear();
    stat.figures.node = {};
    add_cores(stat, std::vector<double>(c.siblings + 1, 1.0 / (c.siblings + 1)));
    const TopView view = top_of(with_states(std::move(stat), {c.state}), 1);
    const auto lines = core_map(view, {}, 80);
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_TRUE(has(plain_text(lines[0]), std::string("core 0 ") + c.cell)) << plain_text(lines[0]);
    EXPECT_EQ(lines[0][1].style, c.style) << c.cell;
  }
}

TEST(TopLines, TheBarOfACoreHasTheSharesOfItsStates) {
  StatView stat = smt_view();
  stat.figures.cores[0].seconds = {1, 1, std::nullopt, 2, 1};
  const TopView view = top_of(std::move(stat));
  const std::string line = plain_text(core_list(view, {}, 200)[0]);
  EXPECT_TRUE(
      has(line, std::string(20, 'B') + std::string(10, 'o') + std::string(10, '-') + std::string(10, '?') + " "))
      << line;
  EXPECT_TRUE(has(line, "both busy  40 %  one busy  20 %  idle  20 %  unknown  20 %")) << line;
}

// All 128 cores at 80x24, without a page; of more, pages.
TEST(TopLines, TwoHundredAndFiftySixCpusFitTheSmallScreen) {
  const TopView view = top_of(large_view(128, 200));
  TopState state;
  const TopLayout layout = top_layout(screen_of(view), state, {24, 80});
  EXPECT_TRUE(layout.map);
  EXPECT_EQ(layout.cores, layout.all_cores);
  EXPECT_GE(layout.entities, 4u);
  const std::string text = text_of(screen_of(view));
  EXPECT_TRUE(has(text, "s1 core 112 ")) << text;
  const TopView larger = top_of(large_view(512, 20));
  const std::string first = text_of(screen_of(larger));
  EXPECT_TRUE(has(first, "of 32 rows")) << first;
  EXPECT_TRUE(has(first, "s0 core 0 "));
  (void)hit(KeyName::page_down, state, screen_of(larger));
  EXPECT_FALSE(has(text_of(screen_of(larger), state), "core 0 "));
  for (int i = 0; i < 10; i++) (void)type("]", state, screen_of(larger));
  EXPECT_TRUE(has(text_of(screen_of(larger), state), "s1 core 496 "));
}

TEST(TopLines, WithoutSiblingsNothingSpeaksOfThem) {
  const TopView view = top_of(plain_view());
  const std::string text = text_of(screen_of(view));
  for (const char* word : {"both", "beside", "SELF", "ALONE", "OTHER"}) EXPECT_FALSE(has(text, word)) << text;
  TopState pairs;
  pairs.page = TopPage::pairs;
  EXPECT_TRUE(has(text_of(screen_of(view), pairs), "No core has an SMT sibling here"));
}

TEST(TopLines, RecordingsSayWhereOneIs) {
  const TopView view = top_of(smt_view());
  TopScreen screen = screen_of(view);
  screen.play.recorded = true;
  screen.play.progress = 0.41;
  screen.play.speed = 10;
  screen.play.warnings = {"cut off after 03:12:41"};
  std::string text = text_of(screen);
  EXPECT_TRUE(has(text, "node-0417  2023-11-14 22:13:25  playing  41 % read  x10")) << text;
  EXPECT_TRUE(has(text, "note: cut off after 03:12:41"));
  screen.play.paused = true;
  screen.play.behind = 3;
  EXPECT_TRUE(has(text_of(screen), "PAUSED, 3 back"));
  screen.play.behind = 0;
  screen.play.ended = true;
  EXPECT_TRUE(has(text_of(screen), "END"));
}

TEST(TopLines, BeforeTheFirstIntervalAndTooSmall) {
  TopScreen screen;
  screen.play.interval_ns = 2'000'000'000;
  EXPECT_TRUE(has(text_of(screen), "Measuring")) << text_of(screen);
  EXPECT_TRUE(has(text_of(screen), "every 2s"));
  const TopView view = top_of(smt_view());
  const std::string small = text_of(screen_of(view), {}, {9, 80});
  EXPECT_TRUE(has(small, "needs 60 x 10")) << small;
  EXPECT_TRUE(has(small, "has 80 x 9"));
}

TEST(TopLines, DetailsAreThoseOfTheEntity) {
  const TopView view = top_of(smt_view());
  TopState state;
  state.of = TopOf{"redis.service", 4};
  const std::string text = text_of(screen_of(view), state);
  EXPECT_TRUE(has(text, "DETAILS of redis.service")) << text;
  EXPECT_TRUE(has(text, "31 % alone, 0 % beside itself only, 69 % beside others"));
  EXPECT_TRUE(has(text, "system.slice/batch.service      2.5               61 %")) << text;
  state.of = TopOf{"gone.service", 77};
  EXPECT_TRUE(has(text_of(screen_of(view), state), "It neither ran nor waited in these 5.0 s."));
  state.of = TopOf{"gone.service", std::nullopt};
  EXPECT_TRUE(has(text_of(screen_of(view), state), "It neither ran nor waited in these 5.0 s."));
}

}  // namespace
}  // namespace smtscope
