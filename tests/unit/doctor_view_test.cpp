// SPDX-License-Identifier: Apache-2.0
#include "views/doctor_view.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "views/text_format.h"

namespace smtscope {
namespace {

using nlohmann::json;

DoctorView healthy() {
  DoctorView view;
  view.version = "1.2.3";
  view.host = "node-0417";
  view.kernel = "6.1.0-18-amd64";
  view.main_job = true;
  view.sentence = "This node can account sibling time exactly: state word, run queue with whole waits.";
  view.checks = {{"scheduler", CheckState::active, "state word", std::nullopt, "1.9 MB of maps", true},
                 {"counters", CheckState::unsupported, "not in this version", std::nullopt, std::nullopt, true},
                 {"btf", CheckState::ok, std::nullopt, std::nullopt, std::nullopt, false},
                 {"bpf_jit", CheckState::degraded,
                  "net.core.bpf_jit_enable = 0: programs are interpreted, a switch costs more than it needs to",
                  "sysctl net.core.bpf_jit_enable=1", std::nullopt, false}};
  return view;
}

PlanView plan() {
  PlanView plan;
  plan.variant = "word";
  plan.run_queue = "full";
  plan.programs = {{"switch_word", "tp_btf/sched_switch"}};
  plan.maps = {{"cpus", "array", 145928}, {"wait_bases", "task_storage", std::nullopt}, {"ids", "hash", 262144}};
  plan.files = {{"/proc/stat", "CPU time"}};
  plan.capabilities = {{"CAP_BPF", "load programs"}};
  return plan;
}

void expect_narrow(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(text::width(line), 80u) << line;
    EXPECT_TRUE(line.empty() || line.back() != ' ') << "'" << line << "'";
  }
}

TEST(DoctorText, SaysTheSentenceFirstAndHowToMend) {
  const std::string text = doctor_text(healthy());
  EXPECT_EQ(text.find("This node can account sibling time exactly"), 0u);
  EXPECT_NE(text.find("scheduler           active       state word\n"), std::string::npos) << text;
  EXPECT_NE(text.find("cost: 1.9 MB of maps\n"), std::string::npos);
  EXPECT_NE(text.find("mend: sysctl net.core.bpf_jit_enable=1\n"), std::string::npos);
  EXPECT_NE(text.find("next: smtscope stat"), std::string::npos);
  expect_narrow(text);
}

TEST(DoctorText, ANodeThatCannotRunGetsTheMendAndNoInvitation) {
  DoctorView view = healthy();
  view.main_job = false;
  view.sentence = "smtscope cannot run here: no permission to load BPF programs.";
  view.mend = "run as root";
  const std::string text = doctor_text(view);
  EXPECT_EQ(text.find("smtscope cannot run here: no permission to load BPF programs.\nmend: run as root\n"), 0u);
  EXPECT_EQ(text.find("next: smtscope stat"), std::string::npos);
}

TEST(DoctorText, LongAndHostileWordsStayInTheirColumns) {
  DoctorView view = healthy();
  view.host = "\x1b[31m" + std::string(300, 'h');
  view.checks[0].reason = std::string(500, 'x') + "\n\x1b[2J\xff first line only";
  view.checks[0].name = "a_name_that_is_longer_than_its_column";
  view.plan = plan();
  const std::string text = doctor_text(view);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find("first line only"), std::string::npos);
  expect_narrow(text);
}

TEST(DoctorText, PlanListsAndSumsMaps) {
  DoctorView view = healthy();
  view.main_job.reset();
  view.plan = plan();
  const std::string text = doctor_text(view);
  for (const char* wanted : {"switch_word", "tp_btf/sched_switch", "145,928", "by task", "408,072", "CAP_BPF",
                             "/proc/stat", "PERF EVENTS\n  none", "outgoing connections  none"})
    EXPECT_NE(text.find(wanted), std::string::npos) << wanted << "\n" << text;
  expect_narrow(text);
}

TEST(DoctorJson, HasTheFieldsOfTheContract) {
  const std::string line = doctor_json(healthy());
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const json object = json::parse(line);
  EXPECT_EQ(object.at("version"), "1.2.3");
  EXPECT_EQ(object.at("kernel"), "6.1.0-18-amd64");
  EXPECT_EQ(object.at("main_job"), true);
  EXPECT_FALSE(object.contains("plan"));
  ASSERT_EQ(object.at("checks").size(), 4u);
  EXPECT_EQ(object["checks"][0],
            json::parse(
                R"({"name":"scheduler","state":"active","reason":"state word","mend":null,"cost":"1.9 MB of maps"})"));
  EXPECT_EQ(object["checks"][2], json::parse(R"({"name":"btf","state":"ok","reason":null,"mend":null,"cost":null})"));
}

TEST(DoctorJson, BytesThatAreNotUtf8BecomeReplacementCharacters) {
  DoctorView view = healthy();
  view.checks[0].reason = "bad \xff byte";
  EXPECT_EQ(json::parse(doctor_json(view))["checks"][0]["reason"], "bad \xEF\xBF\xBD byte");
}

TEST(DoctorJson, APlanDoesNotKnowWhetherTheMainJobRuns) {
  DoctorView view = healthy();
  view.main_job.reset();
  view.plan = plan();
  const json object = json::parse(doctor_json(view));
  EXPECT_TRUE(object.at("main_job").is_null());
  EXPECT_EQ(object.at("why").at("main_job"), "disabled");
  const json& p = object.at("plan");
  EXPECT_EQ(p.at("variant"), "word");
  EXPECT_EQ(p.at("programs")[0], json::parse(R"({"name":"switch_word","hook":"tp_btf/sched_switch"})"));
  EXPECT_TRUE(p.at("maps")[1].at("bytes").is_null());
  EXPECT_EQ(p.at("maps")[1].at("why").at("bytes"), "not_applicable");
  EXPECT_EQ(p.at("map_bytes"), 145928 + 262144);
  for (const char* none : {"perf_events", "ports", "connections", "files_written"})
    EXPECT_TRUE(p.at(none).empty()) << none;
  EXPECT_EQ(p.at("capabilities")[0].at("name"), "CAP_BPF");
}

}  // namespace
}  // namespace smtscope
