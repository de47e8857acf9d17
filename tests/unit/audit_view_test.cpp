// SPDX-License-Identifier: Apache-2.0
// The audit screen for people and for programs, from a comparison made by hand.
#include "views/audit_view.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "unit/golden.h"
#include "unit/stat_fixture.h"

namespace smtscope {
namespace {

using Json = nlohmann::json;

audit::StateRow state(uint32_t core, audit::State which, double online, double offline, double allowed) {
  audit::StateRow row;
  row.core = core;
  row.state = which;
  row.online = online;
  row.offline = offline;
  row.allowed = allowed;
  row.window = 10;
  return row;
}

audit::PairRow pair(audit::Party a, audit::Party b, double online, double offline) {
  audit::PairRow row;
  row.a = std::move(a);
  row.b = std::move(b);
  row.online = online;
  row.offline = offline;
  row.allowed = 0.01;
  return row;
}

// Twelve cores that agree; the last is further apart than the others.
AuditView agreeing() {
  AuditView view;
  view.host = test::made_host();
  view.topology = test::made_topology(12, 2);
  view.grouping = "cgroup v2";
  view.unix_offset_ns = 1'700'000'000'123'456'789 - static_cast<int64_t>(test::kStartNs);
  view.asked_seconds = 10;
  view.log_bytes = 200ull << 20;
  view.log_most_bytes = 256ull << 20;
  view.log_records = 1'234'567;
  audit::Report& r = view.report;
  r.start_ns = test::kStartNs;
  r.end_ns = test::kStartNs + 10'000'000'000;
  r.window_seconds = 10;
  r.intervals = 10;
  r.changes = 1'200'000;
  for (uint32_t core = 0; core < 12; core++) {
    const double apart = core * 5e-6;
    r.states.push_back(state(core, audit::kStateIdle, 4 + apart, 4, 0.002));
    r.states.push_back(state(core, audit::kStateSingle, 3 - apart, 3, 0.002));
    r.states.push_back(state(core, audit::kStateAllBusy, 3, 3, 0.002));
    r.states.push_back(state(core, audit::kStateUnknown, 0, 0, 0.002));
  }
  r.pairs = {pair({5, 70, "system.slice/batch.service"}, {4, 71, "redis.service"}, 12.5004, 12.5),
             pair({std::nullopt, 99, "cgroup:99"}, {5, 70, "system.slice/batch.service"}, 0, 3e-6)};
  audit::EntityRow entity;
  entity.entity = {4, 71, "redis.service"};
  entity.beside = audit::kBesideOther;
  entity.online = 12.5004;
  entity.offline = 12.5;
  entity.allowed = 0.02;
  r.entities = {entity};
  r.proc_stat_busy = 130.5;
  r.online_busy = 131.25;
  r.notes = {"/proc/stat calls 130.50 CPU seconds busy"};
  r.verdict = audit::Verdict::agrees;
  r.reason = "over 10.0 s and 1200000 switches the largest differences are small";
  return view;
}

AuditView differing() {
  AuditView view = agreeing();
  view.report.states[4 * 7 + 2].online = 2.9;
  view.report.entities[0].online = 11;
  view.report.inconsistencies = {"core 7: its states sum to 9.900000000 s in a window of 10.000000000 s (-100.00 ms)"};
  view.report.verdict = audit::Verdict::differs;
  view.report.reason = "2 of 51 numbers are further apart than allowed";
  view.notes = {"the log was full and ended the window: 4.0 of 10.0 s compared"};
  return view;
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST(AuditText, Golden) {
  test::expect_golden("audit_agrees.txt", audit_text(agreeing(), {}));
  test::expect_golden("audit_differs.txt", audit_text(differing(), {}));
}

TEST(AuditText, WorstCoresFirstAndAllOnRequest) {
  const std::string text = audit_text(agreeing(), {});
  EXPECT_LT(text.find("core 11 idle"), text.find("core 10 idle"));
  EXPECT_FALSE(has(text, "core 7 idle"));
  EXPECT_TRUE(has(text, "8 more cores are nearer; --all lists them"));
  EXPECT_FALSE(has(text, "sibling_other"));
  const std::string all = audit_text(agreeing(), {true, 80});
  EXPECT_TRUE(has(all, "core 0 idle"));
  EXPECT_TRUE(has(all, "sibling_other"));
  // What differs is shown and marked.
  EXPECT_TRUE(has(audit_text(differing(), {}), "sibling_other"));
  EXPECT_LT(audit_text(differing(), {}).find("core 7 idle"), audit_text(differing(), {}).find("core 11 idle"));
}

TEST(AuditText, FitsTheScreen) {
  AuditView view = differing();
  view.report.pairs[0].a.name = "kubepods.slice/" + std::string(200, 'x') + "\x1b[31m\xff";
  view.report.inconsistencies.push_back(std::string(300, 'y') + "\n");
  for (const bool all : {false, true}) {
    std::istringstream in(audit_text(view, {all, 80}));
    for (std::string line; std::getline(in, line);) {
      EXPECT_LE(line.size(), 80u + 2 * std::count(line.begin(), line.end(), '\xEF')) << line;
      EXPECT_FALSE(line.ends_with(' ')) << line;
      EXPECT_EQ(line.find('\x1b'), std::string::npos);
    }
  }
}

TEST(AuditJson, AsTheContractSays) {
  const std::string line = audit_json(agreeing());
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const Json json = Json::parse(line);
  EXPECT_EQ(json.at("window_seconds"), 10);
  EXPECT_EQ(json.at("start_ns").get<uint64_t>(), test::kStartNs);
  EXPECT_EQ(json.at("start_unix_ms"), 1'700'000'000'123);
  EXPECT_EQ(json.at("end_unix_ms"), 1'700'000'010'123);
  EXPECT_EQ(json.at("topology").at("threads_per_core"), 2);
  EXPECT_TRUE(json.at("topology").at("attested").is_boolean());
  ASSERT_EQ(json.at("states").size(), 48u);
  const Json& first = json.at("states").at(4);
  EXPECT_EQ(first.at("core"), 1);
  EXPECT_EQ(first.at("state"), "idle");
  EXPECT_DOUBLE_EQ(first.at("difference").get<double>(), first.at("online").get<double>() - 4);
  EXPECT_EQ(json.at("inconsistencies"), Json::array());
  EXPECT_EQ(json.at("verdict"), "agrees");
  EXPECT_FALSE(json.contains("why"));
  const Json& unnamed = json.at("pairs").at(1);
  EXPECT_TRUE(unnamed.at("a").is_null());
  EXPECT_EQ(unnamed.at("why"), Json({{"a", "not_counted"}}));
  EXPECT_EQ(unnamed.at("a_name"), "cgroup:99");
  EXPECT_EQ(json.at("pairs").at(0).at("a"), 5);
  EXPECT_EQ(Json::parse(audit_json(differing())).at("inconsistencies").size(), 1u);
}

TEST(AuditJson, WhatIsNotKnownIsNullAndSaysWhy) {
  AuditView view = agreeing();
  view.report = {};
  view.report.states = {state(0, audit::kStateIdle, std::numeric_limits<double>::quiet_NaN(), 1, 1)};
  const Json json = Json::parse(audit_json(view));
  for (const char* field : {"start_ns", "end_ns", "start_unix_ms", "end_unix_ms"}) {
    EXPECT_TRUE(json.at(field).is_null()) << field;
    EXPECT_EQ(json.at("why").at(field), "too_few");
  }
  EXPECT_EQ(json.at("why").at("online.proc_stat_busy_seconds"), "too_few");
  EXPECT_EQ(json.at("verdict"), "inconclusive");
  EXPECT_EQ(json.at("states").at(0).at("why").at("online"), "implausible");
}

}  // namespace
}  // namespace smtscope
