// SPDX-License-Identifier: Apache-2.0
// The screen for people: what it says, that it fits, and whole screens against golden files.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "unit/golden.h"
#include "unit/stat_fixture.h"

namespace smtscope {
namespace {

using test::plain_view;
using test::smt_view;
using test::stated_view;
using test::waits;
using test::wide_view;
using test::workload;

std::string shown(const StatView& view, unsigned columns = 80, bool all = false) {
  return stat_text(view, {all, columns});
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// Columns of a line: characters, and one more for those of three bytes and above from the East Asian blocks that
// the tests use. Counted here anew, not by the code under test.
size_t columns_of(const std::string& line) {
  size_t columns = 0;
  for (const char c : line) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) == 0x80) continue;
    columns += byte >= 0xE4 && byte <= 0xE9 ? 2 : 1;
  }
  return columns;
}

bool is_printed(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F; }

void expect_fits(const StatView& view, const std::string& what,
                 const std::vector<unsigned>& widths = {60, 66, 75, 76, 80, 120, 200}) {
  for (const unsigned columns : widths) {
    for (const bool all : {false, true}) {
      const std::string text = shown(view, columns, all);
      ASSERT_FALSE(text.empty());
      EXPECT_EQ(text.back(), '\n');
      for (const std::string& line : lines_of(text)) {
        EXPECT_LE(columns_of(line), columns) << what << "\n" << line;
        EXPECT_FALSE(line.ends_with(' ')) << what << "\n'" << line << "'";
        EXPECT_TRUE(std::all_of(line.begin(), line.end(), is_printed)) << what << "\n" << line;
      }
    }
  }
}

StatView of_view(uint32_t id) {
  StatView view = smt_view();
  view.of = id;
  return view;
}

TEST(StatText, Golden) {
  test::expect_golden("stat_smt.txt", shown(smt_view()));
  test::expect_golden("stat_plain.txt", shown(plain_view()));
  test::expect_golden("stat_stated.txt", shown(stated_view()));
  test::expect_golden("stat_wide_60.txt", shown(wide_view(12, 4), 60));
  test::expect_golden("stat_of.txt", shown(of_view(4)));
}

TEST(StatText, SameNumbersAsTheFigures) {
  const std::string text = shown(smt_view());
  for (const char* part :
       {"node-0417", "64 cores x 2 threads, 2 sockets", "kernel 6.1.0-18-amd64", "SMT on", "topology from sysfs",
        "5.0 s", "lost 0", "core scheduling not in use", "SMT vulnerable: mds, mmio_stale_data",
        "CPU used (as the OS says) 50 %", "cores with work 67.5 %", "both busy 32.5 %", "idle 32.5 %", "one busy 35 %",
        "Avoidable   6 % of the moments both became busy", "(5.6-6.5 %,"})
    EXPECT_TRUE(has(text, part)) << part << "\n" << text;
  EXPECT_TRUE(has(text, "True use is 53-68 %: room for 1.5-1.9 x today's work")) << text;
}

TEST(StatText, LostSwitchesAreInTheHeader) {
  StatView view = smt_view();
  view.figures.lost.switches = 1234;
  view.figures.lost.seconds = 0.0014;
  EXPECT_TRUE(has(shown(view), "lost 1,234 (1.4 ms unknown)")) << shown(view);
  view.figures.lost.pairs_dropped = 7;
  view.figures.lost.pairs_dropped_seconds = 0.5;
  view.figures.lost.entities_dropped = 2;
  EXPECT_TRUE(
      has(shown(view, 200), "no room for 7 credits of pairs (500 ms) and 2 of workloads: they went to `other`"));
}

TEST(StatText, SaysWhyTrueUseIsNotStated) {
  EXPECT_TRUE(has(shown(stated_view()), "True use is not stated: siblings were stated by hand"));
  EXPECT_TRUE(has(shown(wide_view(2, 4), 120), "True use is not stated: cores with more than 2 siblings need"));
  StatView idle = smt_view();
  idle.figures.capacity.true_used = CapacityFigures::TrueUse{0, 0, 0.9, 1.7};
  EXPECT_TRUE(has(shown(idle, 120), "True use is 0 %: nearly all of this node is free"));
}

TEST(StatText, UnknownTimeIsShownFromATenthOfAPercent) {
  StatView view = smt_view();
  view.figures.node.unknown = 0.0005 * 64 * 5;
  EXPECT_FALSE(has(shown(view), "unknown"));
  view.figures.node.unknown = 0.02 * 64 * 5;
  view.figures.entities[0].oncpu[kClassUnknown] = 2;
  const std::string text = shown(view);
  EXPECT_TRUE(has(text, "unknown        2 %")) << text;
  EXPECT_TRUE(has(text, "unknown: what ran beside 2.1 % of this CPU time")) << text;
}

TEST(StatText, AvoidableOnlyIfSampled) {
  StatView view = smt_view();
  view.figures.placement.sampled = 0;
  view.figures.placement.avoidable = 0;
  EXPECT_FALSE(has(shown(view), "Avoidable"));
}

TEST(StatText, MoreThanTwoSiblings) {
  const std::string text = shown(wide_view(12, 4));
  EXPECT_TRUE(has(text, "12 cores x 4 threads, 1 socket")) << text;
  EXPECT_TRUE(has(text, "partly")) << text;
  EXPECT_TRUE(has(text, "all busy      30 %")) << text;
  EXPECT_FALSE(has(text, "both")) << text;
}

TEST(StatText, WithoutSiblingsNothingSitsBesideAnything) {
  const std::string text = shown(plain_view(), 200);
  EXPECT_TRUE(has(text, "No core has an SMT sibling here, so nothing can sit beside anything; --siblings 0,1")) << text;
  EXPECT_TRUE(has(text, "idle 75 %")) << text;
  EXPECT_TRUE(has(text, "busy 25 %")) << text;
  for (const char* part : {"both", "one busy", "WHO SAT", "alone", "Avoidable"}) EXPECT_FALSE(has(text, part)) << text;
}

TEST(StatText, CoresWithAndWithoutSiblings) {
  StatView view = smt_view();
  view.topology.cores[0].cpus = {0};
  view.topology.cpus[64].online = false;
  view.figures.entities[0].oncpu = {10, 20, 30, 0, 40};
  const std::string text = shown(view);
  EXPECT_TRUE(has(text, "64 cores, 127 threads (1-2 a core)")) << text;
  EXPECT_TRUE(has(text, "no sibling: 37.3 % of this CPU time was on cores without one")) << text;
}

TEST(StatText, ListsAreShortUntilAllIsAsked) {
  StatView view = smt_view();
  for (uint32_t id = 10; id < 72; id++) {
    view.figures.entities.push_back(workload(id, "unit-" + std::to_string(id), EntityKind::unit, {0.1, 0, 0.1, 0, 0}));
    view.figures.pairs.push_back({5, id, 0.01});
  }
  const std::string brief = shown(view), all = shown(view, 80, true);
  EXPECT_TRUE(has(brief, "(55 more: --all)")) << brief;
  EXPECT_TRUE(has(brief, "(56 more: --all)")) << brief;  // pairs, those of one with itself aside
  EXPECT_FALSE(has(brief, "unit-71"));
  EXPECT_TRUE(has(all, "unit-71"));
  EXPECT_TRUE(has(all, "itself"));
  EXPECT_FALSE(has(all, "more: --all"));
}

TEST(StatText, TheSmallerOfAPairIsNamedFirst) {
  bool seen = false;
  for (const std::string& line : lines_of(shown(smt_view())))
    if (line.starts_with("redis.service") && has(line, "system.slice/batch.service") && has(line, "61 %")) seen = true;
  EXPECT_TRUE(seen) << shown(smt_view());
}

TEST(StatText, NothingRan) {
  StatView view = smt_view();
  view.figures.entities.clear();
  view.figures.pairs.clear();
  EXPECT_TRUE(has(shown(view), "No workload ran in these 5.0 s.")) << shown(view);
  EXPECT_FALSE(has(shown(view), "WHO SAT"));
  StatView alone = smt_view();
  alone.figures.pairs = {{5, 5, 1}};
  EXPECT_TRUE(has(shown(alone), "No two workloads ran at the same time on siblings of a core.")) << shown(alone);
}

TEST(StatText, EmptyWindowAndUnknownTime) {
  StatView nothing;
  EXPECT_TRUE(has(shown(nothing), "The window is empty: nothing was measured.")) << shown(nothing);
  StatView view = smt_view();
  view.figures.node = {0, 0, std::nullopt, 0.0, 320};
  view.figures.capacity = {};
  view.figures.entities.clear();
  view.figures.pairs.clear();
  const std::string text = shown(view);
  EXPECT_TRUE(has(text, "All core time is unknown")) << text;
  EXPECT_FALSE(has(text, " 0 %")) << text;
}

TEST(StatText, SaysWhatIsNotMeasuredOnceAReason) {
  EXPECT_TRUE(has(shown(smt_view(), 200),
                  "not measured: instructions, top-down (later); cost of a neighbour (needs instructions)\n"));
  StatView view = smt_view();
  view.notes = {"the topology changed"};
  EXPECT_TRUE(has(shown(view), "note: the topology changed\n"));
}

TEST(StatText, TheNextCommandCanBeCopied) {
  EXPECT_TRUE(has(shown(smt_view()), "next: smtscope stat --of redis.service     smtscope doctor\n"));
  EXPECT_TRUE(has(shown(stated_view()), "next: smtscope stat --siblings 0,1 --by pid --of 70004"));
  StatView view = smt_view();
  view.figures.entities[1].who.name = "it's here; rm";
  EXPECT_TRUE(has(shown(view), "next: smtscope stat --of 'it'\\''s here; rm'"));
  view.figures.entities[1].who.name = "bad\xff";
  EXPECT_TRUE(has(shown(view), "next: smtscope stat --all")) << shown(view);
  view.figures.entities[1].who.name = std::string(200, 'x');
  EXPECT_TRUE(has(shown(view), "next: smtscope stat --all")) << shown(view);
}

TEST(StatText, OfOneEntity) {
  const std::string text = shown(of_view(4), 120);
  EXPECT_TRUE(has(text, "redis.service  (unit, cgroup /redis.service; grouped by cgroup v2)")) << text;
  EXPECT_TRUE(has(text, "4.1 CPU s in 5.0 s: 31 % alone, 0 % beside itself only, 69 % beside others")) << text;
  EXPECT_TRUE(
      has(text, "Waited for a CPU 10,003 times, 61 ms in all: half within 6 us, 99 % within 1.9 ms, longest 30 ms"))
      << text;
  EXPECT_LT(text.find("batch.service"), text.find("kernel  "));
  EXPECT_FALSE(has(text, "WORKLOAD"));
}

TEST(StatText, OfOneEntityWithoutNeighbours) {
  StatView view = of_view(4);
  view.figures.pairs.clear();
  EXPECT_TRUE(has(shown(view), "Nobody ran beside it: whenever it ran, its siblings were idle."));
  view.figures.entities[1].oncpu[kClassUnknown] = 0.5;
  EXPECT_TRUE(has(shown(view), "Nobody is known to have run beside it"));
  view.figures.entities[1].oncpu = {};
  EXPECT_TRUE(has(shown(view), "It did not get a CPU in these 5.0 s."));
  EXPECT_FALSE(has(shown(view), "Nobody"));
  view.figures.entities[1].runqueue = RunqueueFigures{};
  EXPECT_TRUE(has(shown(view), "It never waited for a CPU."));
  view.figures.entities[1].runqueue.reset();
  EXPECT_TRUE(has(shown(view), "Its waits for a CPU were not measured."));
  EXPECT_TRUE(has(shown(of_view(77)), "It neither ran nor waited in these 5.0 s."));
  StatView plain = plain_view();
  plain.of = 4;
  EXPECT_TRUE(has(shown(plain, 200), "No core has an SMT sibling here"));
}

TEST(StatText, RunQueueBarsHoldEveryWaitOnce) {
  StatView view = of_view(4);
  std::vector<WaitBucket> buckets;
  for (int i = 0; i < 24 * 8; i++) buckets.push_back({1.024 * std::exp2(i / 8) * (1 + (i % 8) / 8.0), 1});
  buckets.push_back({std::nullopt, 5});
  view.figures.entities[1].runqueue = waits(buckets, 100, 2e7);
  unsigned sum = 0, bars = 0;
  for (const std::string& line : lines_of(shown(view, 80)))
    if (line.starts_with("  ") && (has(line, "<= ") || has(line, "more "))) {
      std::istringstream in(line.substr(11));
      unsigned n = 0;
      in >> n;
      sum += n;
      bars++;
    }
  EXPECT_EQ(sum, 24u * 8 + 5);
  EXPECT_LE(bars, 14u);
}

TEST(StatText, FitsTheScreen) {
  expect_fits(smt_view(), "smt");
  expect_fits(plain_view(), "plain");
  expect_fits(stated_view(), "stated");
  expect_fits(StatView{}, "nothing");
  for (const uint32_t siblings : {3u, 4u, 8u}) expect_fits(wide_view(6, siblings), "wide");
  expect_fits(wide_view(512, 8), "512 cores of 8");
}

TEST(StatText, FitsWhateverTheNamesAre) {
  std::string han, mixed;
  for (int i = 0; i < 100; i++) han += "\xe6\xbc\xa2";
  for (int i = 0; i < 60; i++) mixed += "\xc3\xb6\xff\x1b[31m\n\t ";
  for (const std::string& name : {std::string(200, 'n'), han, mixed, std::string(300, ' '), std::string(),
                                  std::string("a/b/") + std::string(200, 'z') + ".scope"}) {
    StatView view = smt_view();
    view.host.name = view.host.kernel = name;
    view.host.core_scheduling = view.host.smt_control = name;
    view.host.vulnerabilities = {{name, "x; SMT " + name}};
    view.topology.attested_reason = view.grouping = name;
    view.figures.capacity.true_used.reset();
    view.figures.capacity.true_used_reason = Reason::not_attested;
    for (EntityFigures& entity : view.figures.entities) {
      entity.who.name = name;
      entity.who.cgroup = name + name;
      entity.who.comm = name;
      entity.oncpu[kClassIdle] = 987'654.3;
    }
    view.not_measured = {{name, name}};
    view.notes = {name};
    expect_fits(view, name, {60, 76, 80});
    view.of = 4;
    expect_fits(view, name, {60, 76, 80});
    view.topology.source = TopologySource::override_;
    expect_fits(view, name, {60, 76, 80});
  }
}

}  // namespace
}  // namespace smtscope
