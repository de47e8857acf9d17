// SPDX-License-Identifier: Apache-2.0
// The `diff` screen and its JSON.
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <set>

#include "unit/diff_frames.h"
#include "unit/golden.h"
#include "views/diff_words.h"
#include "views/text_format.h"

namespace smtscope {
namespace {

using nlohmann::json;
using test::DiffNode;
using test::expect_golden;
using test::fill_usual;
using test::node_run;
using test::TwoSides;

DiffView usual(const std::function<void(DiffOptions&)>& ask = {}, std::shared_ptr<const RunFacts> run_b = node_run()) {
  TwoSides sides;
  fill_usual(sides, std::move(run_b));
  if (ask) ask(sides.options);
  auto view = sides.view();
  EXPECT_TRUE(view) << view.error().what;
  return std::move(*view);
}

void fits(const std::string& text, size_t columns) {
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    EXPECT_LE(text::width(text.substr(at, end - at)), columns) << text.substr(at, end - at);
    at = end + 1;
  }
}

TEST(DiffText, Usual) {
  const std::string text = diff_text(usual(), {});
  expect_golden("diff_usual.txt", text);
  fits(text, 80);
}

TEST(DiffText, PerUnitOfWork) {
  const std::string text = diff_text(usual([](DiffOptions& o) { o.work = DiffWork{41000, 39500}; }), {});
  expect_golden("diff_work.txt", text);
  fits(text, 80);
}

TEST(DiffText, OfOneEntity) {
  const std::string text = diff_text(usual([](DiffOptions& o) { o.of = "redis.service"; }), {});
  expect_golden("diff_of.txt", text);
  fits(text, 80);
}

TEST(DiffText, OtherConditionsComeFirst) {
  auto other = node_run();
  other->host.smt_control = "off";
  other->host.smt_active = false;
  other->host.mitigations[0].second = "Vulnerable\x1b[31m";
  other->host.governor.reset();
  other->grouping = "process";
  const std::string text = diff_text(usual({}, other), {});
  expect_golden("diff_conditions.txt", text);
  fits(text, 80);
  EXPECT_LT(text.find("SMT  A: on, active"), text.find("What changed most"));
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST(DiffText, OneWindow) {
  TwoSides sides(10'000'000'000);
  fill_usual(sides);
  expect_golden("diff_one_window.txt", diff_text(*sides.view(), {}));
}

TEST(DiffText, NodesWithoutSiblings) {
  auto run = node_run();
  run->host.smt_control = "notsupported";
  run->host.smt_active = false;
  TwoSides sides;
  DiffNode a(run, 1), b(run, 1);
  for (auto* one : {&sides.a, &sides.b}) {
    DiffNode& node = one == &sides.a ? a : b;
    one->add(node.begin());
    for (size_t i = 0; i < 12; i++) {
      test::Second second;
      second.single = (one == &sides.a ? 0.5 : 1.5) + test::wobble(i);
      second.doing = {{test::service(4, "redis.service"), {0, 0, 0, 0, second.single}, 10, 30}};
      one->add(node.after(second));
    }
  }
  const std::string text = diff_text(*sides.view(), {});
  EXPECT_NE(text.find("No core has an SMT sibling"), std::string::npos) << text;
  EXPECT_EQ(text.find("both siblings"), std::string::npos) << text;
  EXPECT_EQ(text.find("others %"), std::string::npos) << text;
  EXPECT_EQ(text.find("WHO SAT"), std::string::npos) << text;
}

TEST(DiffText, FitsEveryTerminal) {
  fits(diff_text(usual(), {true, 40}), 80);  // narrower ones wrap
  fits(diff_text(usual(), {true, 160}), 160);
}

TEST(DiffJson, Shape) {
  const json out = json::parse(diff_json(usual([](DiffOptions& o) { o.work = DiffWork{41000, 39500}; })));
  for (const char* side : {"a", "b"}) {
    for (const char* key : {"file", "from", "to", "start_unix_ms", "end_unix_ms", "windows", "left_out", "breaks",
                            "topology_changes", "conditions", "changed_within", "not_measured", "warnings"})
      EXPECT_TRUE(out.at(side).contains(key)) << key;
    EXPECT_EQ(out.at(side).at("windows"), 12);
    EXPECT_EQ(out.at(side).at("conditions").at("SMT"), "on, active");
    EXPECT_EQ(out.at(side).at("why").at("from"), "not_applicable");
  }
  EXPECT_EQ(out.at("window_seconds"), 1);
  EXPECT_EQ(out.at("work").at("a_per_second"), 41000);
  EXPECT_TRUE(out.at("conditions").is_array());
  EXPECT_TRUE(out.at("sentence").is_string());
  std::set<std::string> names;
  for (const json& figure : out.at("node")) {
    names.insert(figure.at("name"));
    for (const char* key : {"unit", "a", "b", "change", "change_percent", "separate", "per_work"}) {
      ASSERT_TRUE(figure.contains(key)) << key;
      // What is null says why.
      if (figure.at(key).is_null()) {
        EXPECT_TRUE(figure.at("why").contains(key)) << figure.dump();
      }
    }
    if (figure.at("a").is_object()) {
      for (const char* key : {"median", "mean", "p10", "p90", "windows"})
        EXPECT_TRUE(figure.at("a").contains(key)) << key;
    }
  }
  EXPECT_TRUE(names.contains("all_busy") && names.contains("oncpu_rate") && names.contains("wait_p99"));
  ASSERT_EQ(out.at("entities").size(), 3u);
  EXPECT_EQ(out.at("entities")[0].at("in"), "both");
  EXPECT_EQ(out.at("entities")[0].at("figures").size(), diff::entity_figures().size());
  EXPECT_EQ(out.at("pairs")[0].at("first").at("name"), "redis.service");
}

TEST(DiffJson, WithoutWorkNorCommonEntities) {
  auto other = node_run();
  other->grouping = "process";
  const json out = json::parse(diff_json(usual({}, other)));
  EXPECT_TRUE(out.at("work").is_null());
  EXPECT_EQ(out.at("why").at("work"), "not_counted");
  EXPECT_TRUE(out.at("entities").is_null() && out.at("pairs").is_null());
  EXPECT_EQ(out.at("why").at("entities"), "not_applicable");
  for (const json& figure : out.at("node")) EXPECT_TRUE(figure.at("per_work").is_null());
}

TEST(DiffJson, OneWindowHasNoRange) {
  TwoSides sides(10'000'000'000);
  fill_usual(sides);
  const json out = json::parse(diff_json(*sides.view()));
  const json& figure = out.at("node")[0];
  EXPECT_TRUE(figure.at("a").at("p10").is_null());
  EXPECT_EQ(figure.at("a").at("why").at("p10"), "too_few");
  EXPECT_TRUE(figure.at("separate").is_null());
  EXPECT_EQ(figure.at("why").at("separate"), "too_few");
}

TEST(DiffWords, Numbers) {
  using diff::number;
  using diff::scale_of;
  using diff::Show;
  EXPECT_EQ(number(0.123, scale_of(Show::share, 0.5)), "12.3");
  EXPECT_EQ(number(0, scale_of(Show::share, 0.5)), "0");
  EXPECT_EQ(number(0.00001, scale_of(Show::share, 0.5)), "<0.1");
  EXPECT_EQ(number(50'000, scale_of(Show::count, 50'000)), "50.0");
  EXPECT_EQ(scale_of(Show::count, 50'000).unit, "k/s");
  EXPECT_EQ(diff::with_unit(Show::seconds, 24.36e-6, true), "24.4 us");
  EXPECT_EQ(diff::with_unit(Show::seconds, 2.5, true), "2.50 s");
  EXPECT_EQ(diff::signed_number(-0.02, {1, 1, ""}), "-0.02");
  EXPECT_EQ(diff::signed_number(0, {1, 1, ""}), "0");
  EXPECT_EQ(diff::percent_change({1, 2.34, true}), "+2.3 %");
  EXPECT_EQ(diff::percent_change({1, 1900, true}), "x 20");
  EXPECT_EQ(diff::percent_change({1, -99.9, true}), "-100 %");
  EXPECT_EQ(diff::percent_change({}), "-");
}

}  // namespace
}  // namespace smtscope
