// SPDX-License-Identifier: Apache-2.0
// `smtscope stat --format json` on the live machine against each rule of the contract.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "contract_shape.h"
#include "harness.h"
#include "workers.h"

namespace smtscope::live {
namespace {

using nlohmann::json;

// JSON Lines: every line an object, nothing else.
std::vector<json> lines_of(const std::string& out) {
  std::vector<json> all;
  std::istringstream stream(out);
  for (std::string line; std::getline(stream, line);) {
    json object = json::parse(line, nullptr, false);  // also refuses what is not UTF-8
    EXPECT_TRUE(object.is_object()) << line;
    if (object.is_object()) all.push_back(std::move(object));
  }
  return all;
}

std::string joined(const std::vector<std::string>& all) {
  std::string text;
  for (const std::string& one : all) text += "\n  " + one;
  return text;
}

void expect_in_order(const json& stat) {
  const auto shape = shape_violations(stat);
  ASSERT_TRUE(shape.empty()) << joined(shape) << "\n" << stat.dump();
  const auto rules = rule_violations(stat);
  EXPECT_TRUE(rules.empty()) << joined(rules) << "\n" << stat.dump();
}

class StatContractTest : public testing::Test {
 protected:
  void SetUp() override {
    if (auto reason = cannot_run(); !reason.empty()) GTEST_SKIP() << reason;
    auto load = start_load({"mixed", "120", "--tasks", "5"});
    ASSERT_TRUE(load);
    load_.push_back(std::move(*load));
  }

  // One object per interval, each in order.
  static std::vector<json> stat(std::vector<std::string> args, size_t objects = 1) {
    args.insert(args.begin(), {"stat", "--format", "json"});
    const Output o = run_smtscope(args);
    EXPECT_EQ(o.status, 0) << o.err;
    auto all = lines_of(o.out);
    EXPECT_EQ(all.size(), objects) << o.out << o.err;
    for (const json& one : all) expect_in_order(one);
    return all;
  }

 private:
  std::vector<Process> load_;
};

TEST_F(StatContractTest, SiblingsByHandAndCgroups) {
  const auto all = stat({"--duration", "1s", "--siblings", "0,1"});
  ASSERT_EQ(all.size(), 1u);
  const json& s = all[0];
  EXPECT_EQ(s["topology"]["source"], "override");
  EXPECT_EQ(s["topology"]["attested"], false);
  EXPECT_TRUE(s["capacity"]["true_used"].is_null());
  EXPECT_NEAR(s["window_seconds"].get<double>(), 1.0, 0.2);
  size_t kernel = 0;
  for (const json& e : s["entities"]) {
    kernel += e["kind"] == "kernel" ? 1 : 0;
    if (e["kind"] == "cgroup" || e["kind"] == "unit") {
      EXPECT_TRUE(e["cgroup_id"].is_number()) << e;
    }
  }
  EXPECT_EQ(kernel, 1u);  // all kernel threads together; some always run
  EXPECT_FALSE(s["pairs"].empty());
}

TEST_F(StatContractTest, ByProcess) {
  const auto all = stat({"--duration", "1s", "--siblings", "0,1", "--by", "pid"});
  ASSERT_EQ(all.size(), 1u);
  std::set<int64_t> pids;
  for (const json& e : all[0]["entities"]) {
    if (e["kind"] == "other") continue;
    ASSERT_TRUE(e["pid"].is_number_integer()) << e;
    EXPECT_TRUE(pids.insert(e["pid"].get<int64_t>()).second) << "twice: " << e;
    EXPECT_TRUE(e["comm"].is_string()) << e;
  }
  EXPECT_GE(pids.size(), 5u);
}

TEST_F(StatContractTest, CoresWithoutSiblings) {
  const auto all = stat({"--duration", "500ms", "--siblings", "0;1"});
  ASSERT_EQ(all.size(), 1u);
  for (const json& core : all[0]["cores"]) {
    if (core["cpus"].size() != 1) continue;
    EXPECT_TRUE(core["seconds"]["all_busy"].is_null());
    EXPECT_EQ(core["busy_siblings"].size(), 2u);
  }
}

TEST_F(StatContractTest, TopologyOfTheMachine) {
  const auto all = stat({"--duration", "500ms"});
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0]["topology"]["source"], "sysfs");
}

TEST_F(StatContractTest, IntervalsFollowEachOther) {
  const auto all = stat({"--interval", "300ms", "--duration", "900ms", "--siblings", "0,1", "--by", "pid"}, 3);
  std::map<std::string, int64_t> id_of_name;
  for (size_t i = 0; i < all.size(); i++) {
    for (const json& e : all[i]["entities"]) {
      const std::string who = e["name"].dump() + e["pid"].dump();
      EXPECT_EQ(id_of_name.emplace(who, e["id"].get<int64_t>()).first->second, e["id"].get<int64_t>()) << who;
    }
    if (i == 0) continue;
    for (const json& core : all[i]["cores"]) {
      for (const json& before : all[i - 1]["cores"])
        if (before["id"] == core["id"]) {
          EXPECT_EQ(before["end_ns"], core["start_ns"]);
        }
    }
  }
}

TEST_F(StatContractTest, CtrlCEndsTheRunningIntervalAndPrintsIt) {
  const std::string out = scratch_file("ctrl-c.out"), err = scratch_file("ctrl-c.err");
  Process smtscope({SMTSCOPE_BINARY, "stat", "--format", "json", "--interval", "300ms", "--siblings", "0,1"}, out, err);
  for (uint64_t limit = now_ns() + 20'000'000'000; read_text(out).empty() && now_ns() < limit;)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  kill(smtscope.pid(), SIGINT);
  EXPECT_EQ(smtscope.wait(), 0) << read_text(err);
  const auto all = lines_of(read_text(out));
  ASSERT_GE(all.size(), 2u);
  for (const json& one : all) expect_in_order(one);
  // The last one is the interval that was cut short, and it begins where the one before ended.
  EXPECT_LT(all.back()["window_seconds"].get<double>(), 0.29);
  EXPECT_EQ(all.back()["cores"][0]["start_ns"], all[all.size() - 2]["cores"][0]["end_ns"]);
}

TEST_F(StatContractTest, ProcessesThatVanishedAreListedWithAName) {
  // The command starts short-lived shells inside the window; all are gone when it ends.
  const auto all =
      stat({"--siblings", "0,1", "--by", "pid", "--", "/bin/sh", "-c",
            "for i in 1 2 3 4 5 6 7 8; do /bin/sh -c 'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done'; done"});
  ASSERT_EQ(all.size(), 1u);
  size_t shells = 0;
  for (const json& e : all[0]["entities"]) shells += e["comm"] == "sh" ? 1 : 0;
  EXPECT_GE(shells, 8u);
}

// The checks themselves: each of these changes to a good object must be noticed.
TEST_F(StatContractTest, WhatBreaksTheContractIsNoticed) {
  const auto all = stat({"--duration", "1s", "--siblings", "0,1"});
  ASSERT_EQ(all.size(), 1u);
  const json& good = all[0];
  const std::pair<const char*, std::function<void(json&)>> changes[] = {
      {"key left out", [](json& s) { s["host"].erase("kernel"); }},
      {"null without why", [](json& s) { s["cores"][0]["seconds"]["idle"] = nullptr; }},
      {"reason of no contract", [](json& s) { s["cores"][0]["why"]["counters"] = "because"; }},
      {"wrong type", [](json& s) { s["start_ns"] = 1.5; }},
      {"states do not sum", [](json& s) { s["cores"][0]["seconds"]["idle"] = 1e3; }},
      {"windows differ", [](json& s) { s["end_ns"] = s["end_ns"].get<int64_t>() + 1; }},
      {"pair of nobody", [](json& s) { s["pairs"][0]["b"] = 1'000'000; }},
      {"pair time wrong", [](json& s) { s["pairs"][0]["seconds"] = s["pairs"][0]["seconds"].get<double>() + 1e-3; }},
      {"entity twice", [](json& s) { s["entities"].push_back(s["entities"][0]); }},
      {"name null", [](json& s) { s["entities"][0]["name"] = nullptr; }},
      {"alone too long",
       [](json& s) {
         auto& on = s["entities"][0]["oncpu_seconds"];
         on["sibling_idle"] = on["sibling_idle"].get<double>() + 1e-3;
       }},
      {"siblings wrong", [](json& s) { s["cores"][0]["busy_siblings"].push_back(0.0); }},
      {"waits lost", [](json& s) { s["entities"][0]["runqueue"]["count"] = 1'000'000'000; }},
  };
  for (const auto& [name, change] : changes) {
    json bad = good;
    change(bad);
    auto broken = shape_violations(bad);
    if (broken.empty()) broken = rule_violations(bad);
    EXPECT_FALSE(broken.empty()) << name;
  }
}

}  // namespace
}  // namespace smtscope::live
