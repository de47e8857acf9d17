// SPDX-License-Identifier: Apache-2.0
// `smtscope report` of a load with known truth: two hogs on the siblings of one core, then one of them alone.
#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "harness.h"

namespace smtscope::live {
namespace {

using nlohmann::json;

constexpr double kMostly = 0.75;  // of a phase; the machine does other things too

class ReportTest : public testing::Test {
 protected:
  void SetUp() override {
    if (auto reason = cannot_run(); !reason.empty()) GTEST_SKIP() << reason;
    for (const char* cpu : {"0", "1"}) {
      auto hog = start_load({"hogs", cpu, "120"});
      ASSERT_TRUE(hog);
      hogs_.push_back(std::move(*hog));
    }
  }

  // Both hogs run for the first half of the time, then the first alone.
  json report(const std::string& siblings) {
    const std::string out = scratch_file("report.json"), err = scratch_file("report.err");
    Process report({SMTSCOPE_BINARY, "report", "--format", "json", "--by", "pid", "--siblings", siblings, "--duration",
                    "12s", "--interval", "500ms"},
                   out, err);
    std::this_thread::sleep_for(std::chrono::milliseconds(6500));
    hogs_.pop_back();
    EXPECT_EQ(report.wait(), 0) << read_text(err);
    json parsed = json::parse(read_text(out), nullptr, false);
    EXPECT_TRUE(parsed.is_object()) << read_text(err);
    return parsed;
  }

  std::vector<Process> hogs_;
};

double part(const json& states, const char* name) { return states[name].is_null() ? 0 : states[name].get<double>(); }

double share(const json& phase, const char* name) {
  const json& s = phase["states"];
  return part(s, name) /
         (part(s, "idle") + part(s, "single") + part(s, "partial") + part(s, "all_busy") + part(s, "unknown"));
}

bool has_rule(const json& report, const std::string& name) {
  for (const json& line : report["verdict"])
    if (line["rule"] == name) return true;
  return false;
}

TEST_F(ReportTest, TellsWhenTheCoreWasShared) {
  const json r = report("0,1");
  ASSERT_TRUE(r.is_object());
  ASSERT_GE(r["phases"].size(), 2u) << r["verdict"].dump(2);
  EXPECT_TRUE(has_rule(r, "shared")) << r["verdict"].dump(2);
  EXPECT_TRUE(has_rule(r, "story")) << r["verdict"].dump(2);
  EXPECT_FALSE(has_rule(r, "calm")) << r["verdict"].dump(2);
  EXPECT_FALSE(has_rule(r, "shared_while_idle")) << r["verdict"].dump(2);  // there is one core only
  const json &first = r["phases"].front(), &last = r["phases"].back();
  EXPECT_GT(share(first, "all_busy"), kMostly) << first["lines"].dump(2);
  EXPECT_GT(share(last, "single") + share(last, "idle"), kMostly) << last["lines"].dump(2);
  EXPECT_EQ(r["topology"]["cores"], 1);
}

TEST_F(ReportTest, ClaimsNoSharingWithoutSiblings) {
  const json r = report("0;1");
  ASSERT_TRUE(r.is_object());
  EXPECT_TRUE(has_rule(r, "no_siblings")) << r["verdict"].dump(2);
  for (const char* rule : {"shared", "shared_while_idle", "beside", "itself", "capacity"})
    EXPECT_FALSE(has_rule(r, rule)) << rule;
  for (const json& phase : r["phases"]) EXPECT_TRUE(phase["states"]["all_busy"].is_null());
  EXPECT_GT(share(r["phases"].front(), "single"), kMostly);
}

TEST_F(ReportTest, WritesOnePageWhole) {
  const std::string page = scratch_file("report.html");
  const Output o = run_smtscope({"report", "--duration", "2s", "--interval", "500ms", "--siblings", "0,1", "-o", page});
  ASSERT_EQ(o.status, 0) << o.err;
  EXPECT_EQ(o.out, "");
  EXPECT_NE(o.err.find(page + ": "), std::string::npos) << o.err;  // where it is, and what it says
  const std::string text = read_text(page);
  EXPECT_TRUE(text.starts_with("<!DOCTYPE html>"));
  EXPECT_TRUE(text.ends_with("</html>\n"));
}

}  // namespace
}  // namespace smtscope::live
