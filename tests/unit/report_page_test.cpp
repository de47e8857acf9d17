// SPDX-License-Identifier: Apache-2.0
// What a report says: verdict, phases, page and JSON.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>

#include "report_fixture.h"

namespace smtscope::test {
namespace {

const VerdictLine* rule(const ReportView& view, std::string_view name) {
  for (const VerdictLine& line : view.verdict)
    if (line.rule == name) return &line;
  return nullptr;
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

std::string all_lines(const ReportPhase& phase) {
  std::string out = phase.title;
  for (const std::string& line : phase.lines) out += "\n" + line;
  return out;
}

// All elements are closed in order; enough for a page that we write ourselves.
std::string unbalanced(const std::string& page) {
  static const std::regex tag("<(/?)([a-zA-Z0-9]+)([^>]*)>");
  std::vector<std::string> open;
  for (std::sregex_iterator it(page.begin(), page.end(), tag), end; it != end; ++it) {
    const std::string name = (*it)[2];
    const std::string rest = (*it)[3];
    if (name == "meta" || name == "link" || name == "br" || rest.ends_with("/")) continue;
    if ((*it)[1].length() == 0) {
      open.push_back(name);
    } else {
      if (open.empty() || open.back() != name) return "</" + name + "> after " + (open.empty() ? "all" : open.back());
      open.pop_back();
    }
  }
  return open.empty() ? "" : "<" + open.back() + "> is open";
}

TEST(report, tells_the_story_of_two_hogs) {
  Knots knots;
  two_hogs(knots, 20, 20);
  const ReportView view = report_view(knots, {});
  const VerdictLine& first = view.verdict.front();
  EXPECT_EQ(first.rule, "shared_while_idle");
  EXPECT_EQ(first.tone, Tone::bad);
  EXPECT_TRUE(has(first.text,
                  "For at least 19.8 s (49.5 % of the time) two threads sat on one core while another core was idle"))
      << first.text;
  EXPECT_TRUE(has(first.text, "/hog-a beside /hog-b") || has(first.text, "/hog-b beside /hog-a")) << first.text;
  EXPECT_TRUE(has(first.text, "Then they ran on different cores, for 20 s")) << first.text;
  EXPECT_TRUE(rule(view, "hindered"));  // no idle core was allowed in 200 moments
  EXPECT_FALSE(rule(view, "calm"));
  ASSERT_EQ(view.phases.size(), 2u);
  EXPECT_NEAR(view.phases[0].end, 20, 1e-6);
  const std::string together = all_lines(view.phases[0]), apart = all_lines(view.phases[1]);
  EXPECT_TRUE(has(together, "threads share a core while another core is idle")) << together;
  EXPECT_TRUE(has(together, "Core 0: both siblings busy 99 %; core 2: idle 100 %.")) << together;
  EXPECT_TRUE(has(together, "/hog-a used 1.00 CPU (beside /hog-b 99 %)")) << together;
  EXPECT_TRUE(has(apart, "busy threads have cores of their own")) << apart;
  EXPECT_TRUE(has(apart, "alone on its core 100 %")) << apart;
  EXPECT_FALSE(has(apart, "idle meanwhile")) << apart;
}

TEST(report, says_when_they_were_apart_first) {
  Knots knots;
  MadeNode node = two_hogs(knots, 0, 20);
  for (int i = 0; i < 20; i++) {
    node.core(0, 2, 1), node.core(2, 0, 1);
    node.entity(kHogA, kClassOther, 1), node.entity(kHogB, kClassOther, 1);
    node.pair(kHogA, kHogB, 1);
    knots.add(node.frame());
  }
  const ReportView view = report_view(knots, {});
  EXPECT_TRUE(has(view.verdict.front().text, "Before that they ran on different cores, for 20 s"))
      << view.verdict.front().text;
}

TEST(report, says_what_a_calm_time_clears) {
  Knots knots;
  MadeNode node({{0, 1}, {2, 3}});
  node.name(kHogA, "/quiet");
  knots.add(node.frame(0));
  for (int i = 0; i < 30; i++) {
    node.core(0, 1, 0.3), node.core(0, 0, 0.7), node.core(2, 0, 1);
    node.entity(kHogA, kClassIdle, 0.3);
    node.waits(kHogA, 12, 10);
    knots.add(node.frame());
  }
  const ReportView view = report_view(knots, {});
  EXPECT_EQ(view.verdict.front().rule, "calm");
  EXPECT_EQ(view.verdict.front().tone, Tone::good);
  EXPECT_TRUE(has(view.verdict.front().text, "Sharing cores is not what slowed anything"));
  EXPECT_TRUE(rule(view, "waits_fine"));
  EXPECT_FALSE(rule(view, "shared_while_idle"));
  EXPECT_EQ(view.phases.size(), 1u);
}

TEST(report, names_who_waits) {
  Knots knots;
  MadeNode node(std::vector<std::vector<uint32_t>>{{0}, {1}});
  node.name(kHogA, "/slow");
  knots.add(node.frame(0));
  for (int i = 0; i < 30; i++) {
    node.core(0, 1, 1), node.core(1, 1, 1);
    node.entity(kHogA, kClassNoSibling, 0.5);
    node.waits(kHogA, 26, 8);  // 67 ms each
    knots.add(node.frame());
  }
  const ReportView view = report_view(knots, {});
  EXPECT_EQ(view.verdict.front().rule, "waits_long") << view.verdict.front().text;
  EXPECT_TRUE(has(view.verdict.front().text, "/slow waited for a CPU")) << view.verdict.front().text;
  EXPECT_TRUE(rule(view, "no_siblings"));
  EXPECT_FALSE(rule(view, "capacity"));
  const std::string page = report_html(view);
  EXPECT_FALSE(has(page, "both siblings"));
  EXPECT_TRUE(has(page, "No core has a sibling here"));
}

TEST(report, claims_nothing_about_hardware_that_is_not_attested) {
  Knots knots;
  MadeNode node({{0, 1}}, false);
  knots.add(node.frame(0));
  for (int i = 0; i < 5; i++) {
    node.core(0, 2, 1);
    knots.add(node.frame());
  }
  const ReportView view = report_view(knots, {});
  ASSERT_TRUE(rule(view, "capacity"));
  EXPECT_TRUE(has(rule(view, "capacity")->text, "not stated: siblings were stated by hand"));
  EXPECT_TRUE(has(report_html(view), "no: siblings were stated by hand"));
}

TEST(report, unknown_is_never_zero) {
  Knots knots;
  MadeNode node({{0, 1}, {2, 3}});
  knots.add(node.frame(0));
  for (int i = 0; i < 10; i++) {
    node.core(0, kCoreUnknownColumn, 1), node.core(2, 0, 1);
    knots.add(node.frame());
  }
  const ReportView view = report_view(knots, {});
  ASSERT_TRUE(rule(view, "unknown_time"));
  EXPECT_FALSE(rule(view, "calm"));
  const std::string page = report_html(view);
  EXPECT_TRUE(has(page, "class=\"unk\""));
  EXPECT_TRUE(has(page, "unknown 50 %"));
}

TEST(report, wide_cores_have_their_own_words) {
  Knots knots;
  MadeNode node({{0, 1, 2, 3}, {4, 5, 6, 7}});
  knots.add(node.frame(0));
  for (int i = 0; i < 10; i++) {
    node.core(0, 3, 1), node.core(4, 4, 1);
    knots.add(node.frame());
  }
  const std::string page = report_html(report_view(knots, {}));
  EXPECT_TRUE(has(page, "several siblings busy"));
  EXPECT_TRUE(has(page, "all siblings busy"));
  EXPECT_TRUE(has(page, "class=\"part\""));
  EXPECT_FALSE(has(page, "both siblings"));
}

TEST(report, names_cannot_break_the_page) {
  const std::string evil = "/<script>alert('x')</script>\"onload=\"\x1b[31m\xff&amp;</title></svg><img src=x>";
  Knots knots;
  MadeNode node({{0, 1}});
  node.name(kHogA, evil);
  HostFacts host = made_host();
  host.name = "<b>host</b>";
  host.cpu_model = "<i>cpu</i>";
  node.host(host);
  knots.add(node.frame(0));
  for (int i = 0; i < 30; i++) {
    node.core(0, 2, 1);
    node.entity(kHogA, kClassSame, 1);
    node.pair(kHogA, kHogA, 1);
    node.waits(kHogA, 30, 10);
    knots.add(node.frame());
  }
  ReportSource source;
  source.file = "<u>file</u>";
  source.warnings = {"cut off <s>"};
  source.of = evil;
  const ReportView view = report_view(knots, source);
  EXPECT_TRUE(view.of);
  const std::string page = report_html(view);
  for (const char* bad : {"<script", "<img", "<b>host", "<i>cpu", "<u>file", "<s>", "\x1b", "\xff", "onload=\""})
    EXPECT_FALSE(has(page, bad)) << bad;
  EXPECT_EQ(unbalanced(page), "");
  EXPECT_TRUE(nlohmann::json::accept(report_json(view)));
}

TEST(report, needs_nothing_from_outside) {
  Knots knots;
  two_hogs(knots, 5, 5);
  const std::string page = report_html(report_view(knots, {}));
  EXPECT_TRUE(has(page, "default-src 'none'"));
  for (const char* bad : {"http:", "https:", "<script", "<img", "@import", "src="}) EXPECT_FALSE(has(page, bad)) << bad;
  for (const char* id :
       {"node", "verdict", "story", "map", "states", "pairs", "workloads", "waits", "placement", "quality", "missing"})
    EXPECT_TRUE(has(page, std::string("id=\"") + id + "\"")) << id;
  EXPECT_EQ(unbalanced(page), "");
}

// Worst case: noise in every cell, many names, four states.
TEST(report, a_large_node_stays_below_two_megabytes) {
  std::vector<std::vector<uint32_t>> cores;
  for (uint32_t c = 0; c < 256; c++) cores.push_back({c, c + 256, c + 512, c + 768});
  Knots knots;
  MadeNode node(cores);
  for (uint32_t e = 0; e < 300; e++)
    node.name(100 + e, "/kubepods.slice/pod-" + std::string(120, 'x') + std::to_string(e));
  knots.add(node.frame(0));
  uint32_t random = 1;
  for (int i = 0; i < 130; i++) {
    for (uint32_t c = 0; c < 256; c++) {
      double left = 1;
      for (const uint32_t state : {1u, 3u, 4u, kCoreUnknownColumn}) {
        random = random * 1'664'525 + 1'013'904'223;
        const double part = left * static_cast<double>(random >> 16) / 65536 / 2;
        node.core(c, state, part);
        left -= part;
      }
      node.core(c, 0, left);
    }
    for (uint32_t e = 0; e < 300; e++) {
      node.entity(100 + e, kClassOther, 0.1);
      node.pair(100 + e, 100 + (e * 7 + static_cast<uint32_t>(i)) % 300, 0.0);
      node.waits(100 + e, 10 + (e + static_cast<uint32_t>(i)) % 20, 5);
    }
    knots.add(node.frame());
  }
  const ReportView view = report_view(knots, {});
  EXPECT_EQ(view.rows.size(), 256u);
  EXPECT_LT(report_html(view).size(), 2'000'000u);
  EXPECT_GT(report_html(view).size(), 100'000u);
}

// A recording may be anybody's: an id without a name must not become somebody else.
TEST(report, ids_without_a_name_are_nobody) {
  Knots knots;
  MadeNode node({{0, 1}, {2, 3}});
  node.name(500, "/somebody");
  knots.add(node.frame(0));
  for (int i = 0; i < 10; i++) {
    node.core(0, 2, 1), node.core(2, 0, 1);
    node.entity(500, kClassIdle, 0.1);
    node.pair(4, 5, 1);
    knots.add(node.frame());
  }
  const ReportView view = report_view(knots, {});
  ASSERT_EQ(view.whole.pairs.size(), 1u);
  EXPECT_EQ(view.whole.pairs[0].a, kOtherEntity);
  EXPECT_EQ(view.whole.pairs[0].b, kOtherEntity);
  EXPECT_EQ(view.verdict.front().rule, "shared_while_idle");
  EXPECT_FALSE(has(view.verdict.front().text, "beside")) << view.verdict.front().text;
}

TEST(report, json_says_the_same) {
  Knots knots;
  two_hogs(knots, 20, 20);
  ReportSource source;
  source.file = "x.smtscope";
  const ReportView view = report_view(knots, source);
  const auto json = nlohmann::json::parse(report_json(view));
  EXPECT_EQ(json.at("verdict").size(), view.verdict.size());
  EXPECT_EQ(json.at("verdict")[0].at("text"), view.verdict[0].text);
  EXPECT_EQ(json.at("phases").size(), 2u);
  EXPECT_EQ(json.at("windows").size(), 40u);
  EXPECT_EQ(json.at("windows")[0].at("rows").size(), 2u);
  EXPECT_NEAR(json.at("whole").at("pairs")[0].at("seconds"), 19.8, 1e-9);
  EXPECT_EQ(json.at("file"), "x.smtscope");
  EXPECT_TRUE(json.at("of").is_null());
  EXPECT_EQ(json.at("why").at("of"), "not_applicable");
  EXPECT_EQ(json.at("end_unix_ms").get<int64_t>() - json.at("start_unix_ms").get<int64_t>(), 40'000);
}

}  // namespace
}  // namespace smtscope::test
