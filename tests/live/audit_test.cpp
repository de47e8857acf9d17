// SPDX-License-Identifier: Apache-2.0
// `smtscope audit` on this machine: both sides agree under known loads, and a fault put into the accounting is found.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>

#include "harness.h"

namespace smtscope::live {
namespace {

using Json = nlohmann::json;

struct Case {
  std::string name;
  std::vector<std::string> load;
  bool queue = false;
  int fault = 0;  // SMTSCOPE_FAULT of the test build; 0: none
  std::string by = "pid";
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

std::vector<Case> cases() {
  const std::vector<std::string> hogs = {"hogs", "0,1", "60"}, pingpong = {"pingpong", "0,1", "60", "--processes"},
                                 mixed = {"mixed", "60", "--tasks", "6"};
  std::vector<Case> all = {{"idle", {}}, {"by_cgroup", mixed, false, 0, "cgroup"}};
  for (bool queue : {false, true}) {
    const std::string variant = queue ? "queue_" : "word_";
    all.push_back({variant + "hogs", hogs, queue});
    all.push_back({variant + "pingpong", pingpong, queue});
    all.push_back({variant + "mixed", mixed, queue});
    all.push_back({variant + "drop", pingpong, queue, 1});
    all.push_back({variant + "swap", mixed, queue, 2});
    all.push_back({variant + "stale", mixed, queue, 3});
  }
  return all;
}

// Runs an audit; the test build only where something must be forced.
Output audit(const Case& c, std::vector<std::string> more = {}) {
  std::vector<std::string> args = {c.fault || c.queue ? FAULTY_BINARY : SMTSCOPE_BINARY,
                                   "audit",
                                   "--siblings",
                                   "0,1",
                                   "--duration",
                                   "3s",
                                   "--by",
                                   c.by};
  args.insert(args.end(), more.begin(), more.end());
  setenv("SMTSCOPE_FAULT", std::to_string(c.fault).c_str(), 1);
  if (c.queue) setenv("SMTSCOPE_FAULT_QUEUE", "1", 1);
  const std::string out = scratch_file("out"), err = scratch_file("err");
  Output o;
  o.status = Process(args, out, err).wait();
  unsetenv("SMTSCOPE_FAULT");
  unsetenv("SMTSCOPE_FAULT_QUEUE");
  o.out = read_text(out);
  o.err = read_text(err);
  return o;
}

class AuditTest : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    if (auto reason = cannot_run(); !reason.empty()) GTEST_SKIP() << reason;
  }
};

void expect_shape(const Json& json) {
  for (const char* key : {"window_seconds", "states", "pairs", "inconsistencies", "verdict", "reason", "topology",
                          "start_ns", "end_ns", "start_unix_ms", "end_unix_ms"})
    EXPECT_TRUE(json.contains(key)) << key;
  double online = 0, offline = 0;
  EXPECT_EQ(json.at("states").size(), 4u);
  for (const Json& row : json.at("states")) {
    EXPECT_EQ(row.at("core"), 0);
    EXPECT_EQ(row.at("difference").get<double>(), row.at("online").get<double>() - row.at("offline").get<double>());
    online += row.at("online").get<double>();
    offline += row.at("offline").get<double>();
  }
  EXPECT_NEAR(offline, json.at("window_seconds").get<double>(), 1e-9);
  if (json.at("verdict") == "agrees") {
    EXPECT_NEAR(online, json.at("window_seconds").get<double>(), 1e-6 * online);
  }
  for (const Json& row : json.at("pairs"))
    for (const char* key : {"a", "b", "online", "offline", "difference"}) EXPECT_TRUE(row.contains(key)) << key;
}

size_t above(const Json& rows) {
  return static_cast<size_t>(std::count_if(rows.begin(), rows.end(), [](const Json& row) {
    return std::abs(row.at("difference").get<double>()) > row.at("allowed").get<double>();
  }));
}

TEST_P(AuditTest, SaysWhatIsTrue) {
  const Case& c = GetParam();
  std::vector<Process> running;
  if (!c.load.empty()) {
    auto load = start_load(c.load);
    ASSERT_TRUE(load);
    running.push_back(std::move(*load));
  }
  const Output out = audit(c, {"--format", "json"});
  running.clear();
  const Json json = Json::parse(out.out, nullptr, false);
  ASSERT_FALSE(json.is_discarded()) << out.out << out.err;
  std::cout << c.name << ": " << json.at("verdict") << ": " << json.at("reason") << "\n  " << json.at("inconsistencies")
            << "\n  " << json.at("notes") << "\n";
  expect_shape(json);
  EXPECT_EQ(json.at("online").at("variant"), c.queue ? "queue" : "word");
  EXPECT_GE(json.at("window_seconds").get<double>(), 1.9);
  EXPECT_EQ(json.at("verdict"), c.fault ? "differs" : "agrees");
  EXPECT_EQ(out.status, c.fault ? 1 : 0);
  if (!c.fault) {
    EXPECT_EQ(json.at("inconsistencies"), Json::array());
    return;
  }
  EXPECT_GT(above(json.at("states")) + above(json.at("pairs")), 0u);
  EXPECT_NE(json.at("reason").get<std::string>().find("further apart than allowed"), std::string::npos);
  bool sums_broken = false;
  for (const Json& sentence : json.at("inconsistencies"))
    sums_broken |= sentence.get<std::string>().find("its states sum to") != std::string::npos;
  EXPECT_EQ(sums_broken, c.fault == 1);  // only a credit that is not booked breaks the sums
}

INSTANTIATE_TEST_SUITE_P(Cases, AuditTest, testing::ValuesIn(cases()),
                         [](const auto& info) { return info.param.name; });

class AuditCommand : public testing::Test {
 protected:
  void SetUp() override {
    if (auto reason = cannot_run(); !reason.empty()) GTEST_SKIP() << reason;
  }
};

TEST_F(AuditCommand, AFullLogEndsTheWindowAndSaysSo) {
  auto load = start_load({"pingpong", "0,1", "60", "--threads"});
  ASSERT_TRUE(load);
  const Output out = run_smtscope(
      {"audit", "--siblings", "0,1", "--by", "pid", "--duration", "30s", "--log-memory", "128MiB", "--format", "json"});
  const Json json = Json::parse(out.out, nullptr, false);
  ASSERT_FALSE(json.is_discarded()) << out.out << out.err;
  EXPECT_EQ(json.at("log").at("full"), true);
  EXPECT_LE(json.at("log").at("bytes").get<uint64_t>(), 128u << 20);
  EXPECT_LT(json.at("window_seconds").get<double>(), 20);
  EXPECT_EQ(json.at("log").at("dropped"), 0) << "within the windows compared";
  EXPECT_EQ(json.at("verdict"), "agrees") << json.at("reason");
  bool said = false;
  for (const Json& note : json.at("notes"))
    said |= note.get<std::string>().find("the log was full") != std::string::npos;
  EXPECT_TRUE(said) << json.at("notes");
}

TEST_F(AuditCommand, ALogThatIsFullAtOnceIsInconclusive) {
  auto load = start_load({"pingpong", "0,1", "60", "--threads"});
  ASSERT_TRUE(load);
  const Output out = run_smtscope({"audit", "--siblings", "0,1", "--duration", "3s", "--log-memory", "1MiB"});
  EXPECT_EQ(out.status, 1);
  EXPECT_NE(out.out.find("verdict: inconclusive"), std::string::npos) << out.out;
  EXPECT_NE(out.out.find("the log was full"), std::string::npos) << out.out;
}

TEST_F(AuditCommand, SaysWhatItCostsAndRefusesNonsense) {
  const Output out = run_smtscope({"audit", "--siblings", "0,1", "--duration", "500ms"});
  EXPECT_NE(out.err.find("three times"), std::string::npos) << out.err;
  EXPECT_NE(out.err.find("MiB"), std::string::npos) << out.err;
  EXPECT_NE(out.out.find("verdict: "), std::string::npos) << out.out;
  EXPECT_EQ(run_smtscope({"audit", "--duration", "never"}).status, 2);
  EXPECT_EQ(run_smtscope({"audit", "--log-memory", "1KiB"}).status, 2);
  EXPECT_EQ(run_smtscope({"audit", "--siblings", "0,0"}).status, 2);
}

}  // namespace
}  // namespace smtscope::live
