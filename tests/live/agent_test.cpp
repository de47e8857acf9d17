// SPDX-License-Identifier: Apache-2.0
// The daemon as a whole: what it serves, how it ends, what it survives.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <thread>

#include "harness.h"
#include "threads/http_client.h"

namespace smtscope::live {
namespace {

using nlohmann::json;
using test::fetch;
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

bool eventually(std::chrono::seconds patience, const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(50ms);
  }
  return true;
}

// series -> value, as Prometheus would read the page.
std::map<std::string, double> series_of(const std::string& page) {
  std::map<std::string, double> all;
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    const size_t space = line.rfind(' ');
    if (!line.starts_with('#') && space != std::string::npos)
      all[line.substr(0, space)] = std::stod(line.substr(space));
  }
  return all;
}

class Agent {
 public:
  explicit Agent(const std::vector<std::string>& sets, std::vector<std::string> program = {SMTSCOPE_BINARY},
                 const std::string& out = {})
      : log_(scratch_file("agent.log")) {
    unlink(log_.c_str());  // of the test before this one
    program.insert(program.end(), {"agent", "--set", "http.listen='127.0.0.1:0'", "--set", "topology.siblings='0,1'"});
    for (const std::string& set : sets) program.insert(program.end(), {"--set", set});
    process_.emplace(program, out, log_);
  }
  // True once it measures; its port is known then.
  bool up() {
    return eventually(30s, [&] {
      static const std::regex kListening("listening on 127\\.0\\.0\\.1:(\\d+)");
      const std::string text = log();
      std::smatch match;
      if (!std::regex_search(text, match, kListening)) return false;
      port_ = static_cast<uint16_t>(std::stoi(match[1]));
      return true;
    });
  }
  [[nodiscard]] std::string log() const { return read_text(log_); }
  void signal(int number) const { kill(process_->pid(), number); }
  int wait() { return process_->wait(); }
  [[nodiscard]] pid_t pid() const { return process_->pid(); }
  [[nodiscard]] std::map<std::string, double> metrics() const { return series_of(fetch(port_, "/metrics").body); }
  [[nodiscard]] json status() const { return json::parse(fetch(port_, "/status").body); }
  [[nodiscard]] uint16_t port() const { return port_; }
  [[nodiscard]] double ticks() const { return status().at("ticks").get<double>(); }

 private:
  std::string log_;
  std::optional<Process> process_;
  uint16_t port_ = 0;
};

double node_core_seconds(const std::map<std::string, double>& metrics) {
  double sum = 0;
  for (const auto& [name, value] : metrics)
    if (name.starts_with("smtscope_node_core_time_seconds_total")) sum += value;
  return sum;
}

class LiveAgent : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = cannot_run(); !why.empty()) GTEST_FAIL() << why;
  }
};

TEST_F(LiveAgent, ServesWhatItMeasures) {
  Agent agent({"interval=200ms"});
  ASSERT_TRUE(agent.up()) << agent.log();
  ASSERT_TRUE(eventually(10s, [&] { return node_core_seconds(agent.metrics()) > 0; }));
  const double before = node_core_seconds(agent.metrics());
  const uint64_t begun = now_ns();
  std::this_thread::sleep_for(2s);
  const double grown = node_core_seconds(agent.metrics()) - before;
  const double elapsed = static_cast<double>(now_ns() - begun) * 1e-9;
  // One core is stated; each page is up to one interval old.
  EXPECT_NEAR(grown, elapsed, 0.5);
  EXPECT_EQ(fetch(agent.port(), "/healthz").status, 200);
  const json status = agent.status();
  for (const json& collector : status.at("collectors")) {
    const bool main_job = collector.at("name") == "scheduler" || collector.at("name") == "system";
    // The others are active or say why this machine has nothing for them.
    if (main_job || collector.at("state") != "unsupported") {
      EXPECT_EQ(collector.at("state"), "active") << collector.dump();
    } else {
      EXPECT_NE(collector.at("reason"), "") << collector.dump();
    }
  }
  EXPECT_EQ(status.at("ticks_failed"), 0);
  const auto metrics = agent.metrics();
  EXPECT_EQ(metrics.at(R"(smtscope_collector_state{smtscope_collector_name="scheduler",smtscope_state="active"})"), 1);
  EXPECT_GT(metrics.at(R"(process_memory_usage_bytes)"), 1e6);
  const uint64_t stopped = now_ns();
  agent.signal(SIGTERM);
  EXPECT_EQ(agent.wait(), 0) << agent.log();
  EXPECT_LT(now_ns() - stopped, 2'000'000'000u);
}

TEST_F(LiveAgent, SigtermWritesWhatIsLeft) {
  const std::string file = scratch_file("points.jsonl");
  Agent agent({"exporters=[{type: jsonl, path: " + file + ", interval: 30s}]", "interval=500ms"});
  ASSERT_TRUE(agent.up()) << agent.log();
  std::this_thread::sleep_for(1s);
  agent.signal(SIGTERM);
  EXPECT_EQ(agent.wait(), 0);
  std::ifstream lines(file);
  double seconds = 0;
  int count = 0;
  for (std::string line; std::getline(lines, line); count++) {
    const json point = json::parse(line);
    if (point.at("metric") == "smtscope.node.core.time") seconds += point.at("delta").get<double>();
  }
  EXPECT_GT(count, 20);
  EXPECT_GT(seconds, 0.8) << "the interval that was under way is written";
}

TEST_F(LiveAgent, SighupTakesWhatIsRightAndRefusesWhatIsWrong) {
  const std::string file = scratch_file("agent.yaml");
  const auto write = [&](const std::string& text) { std::ofstream(file) << text; };
  write("interval: 200ms\nhttp: {listen: '127.0.0.1:0'}\ntopology: {siblings: '0,1'}\n");
  const std::string log_file = scratch_file("hup.log");
  unlink(log_file.c_str());
  Process process({SMTSCOPE_BINARY, "agent", "--config", file}, {}, log_file);
  const auto said = [&](const std::string& text) {
    return eventually(20s, [&] { return read_text(log_file).find(text) != std::string::npos; });
  };
  ASSERT_TRUE(said("measuring every 200 ms")) << read_text(log_file);
  write("interval: 200ms\nhttp: {listen: '127.0.0.1:0'}\nlimts: {}\n");
  kill(process.pid(), SIGHUP);
  EXPECT_TRUE(said("the old one stays")) << read_text(log_file);
  EXPECT_TRUE(said("limts")) << read_text(log_file);
  write("interval: 300ms\nhttp: {listen: '127.0.0.1:0'}\ntopology: {siblings: '0,1'}\nlog: {format: json}\n");
  kill(process.pid(), SIGHUP);
  EXPECT_TRUE(said("measuring every 300 ms")) << read_text(log_file);
  EXPECT_TRUE(said("\"message\"")) << read_text(log_file);
  kill(process.pid(), SIGTERM);
  EXPECT_EQ(process.wait(), 0);
}

TEST_F(LiveAgent, CountersAreNotLoweredByAReload) {
  Agent agent({"interval=200ms"});
  ASSERT_TRUE(agent.up()) << agent.log();
  ASSERT_TRUE(eventually(10s, [&] { return node_core_seconds(agent.metrics()) > 1; }));
  const double before = node_core_seconds(agent.metrics());
  const double ticks = agent.ticks();
  agent.signal(SIGHUP);
  // The port is any free one, and may be another now: it is said once the new configuration runs.
  ASSERT_TRUE(eventually(20s, [&] {
    const size_t read = agent.log().find("was read again");
    return read != std::string::npos && agent.log().find("listening on", read) != std::string::npos;
  })) << agent.log();
  const std::string log = agent.log();
  const size_t at = log.rfind("127.0.0.1:");
  const auto port = static_cast<uint16_t>(std::stoi(log.substr(at + 10)));
  ASSERT_TRUE(eventually(10s, [&] { return node_core_seconds(series_of(fetch(port, "/metrics").body)) > 0; }));
  EXPECT_GE(node_core_seconds(series_of(fetch(port, "/metrics").body)), before);
  EXPECT_GT(json::parse(fetch(port, "/status").body).at("ticks").get<double>(), ticks);
}

TEST_F(LiveAgent, StoppedForAWhileItGoesOn) {
  Agent agent({"interval=200ms"});
  ASSERT_TRUE(agent.up()) << agent.log();
  ASSERT_TRUE(eventually(10s, [&] { return node_core_seconds(agent.metrics()) > 0; }));
  const double before = node_core_seconds(agent.metrics());
  agent.signal(SIGSTOP);
  std::this_thread::sleep_for(3s);
  agent.signal(SIGCONT);
  ASSERT_TRUE(eventually(10s, [&] { return agent.status().at("ticks_late").get<double>() >= 10; })) << agent.status();
  EXPECT_TRUE(eventually(5s, [&] { return node_core_seconds(agent.metrics()) - before > 2.5; }))
      << "time in which nobody looked is measured all the same";
}

// A reader that does not read must cost its own points, no tick, and not the end.
TEST_F(LiveAgent, AReaderThatStandsStill) {
  const std::string fifo = scratch_file("fifo");
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  const int reader = open(fifo.c_str(), O_RDWR | O_CLOEXEC);  // open, never read
  Agent agent({"interval=200ms", "delivery.flush_timeout=500ms", "delivery.queue=200KiB",
               "exporters=[{type: prometheus}, {type: jsonl, path: " + fifo + "}]"});
  ASSERT_TRUE(agent.up()) << agent.log();
  const double ticks = agent.ticks();
  EXPECT_TRUE(eventually(10s, [&] { return agent.ticks() > ticks + 10; }));
  EXPECT_TRUE(eventually(20s, [&] {
    const json exporters = agent.status().at("exporters");
    return std::any_of(exporters.begin(), exporters.end(), [](const json& e) { return e.at("dropped") > 0; });
  })) << agent.status();
  for (const json& e : agent.status().at("exporters"))
    EXPECT_EQ(e.at("accepted").get<uint64_t>(),
              e.at("ok").get<uint64_t>() + e.at("dropped").get<uint64_t>() + e.at("queued").get<uint64_t>());
  const uint64_t begun = now_ns();
  agent.signal(SIGTERM);
  EXPECT_EQ(agent.wait(), 0);
  EXPECT_LT(now_ns() - begun, 2'000'000'000u);
  close(reader);
}

TEST_F(LiveAgent, WithoutPermissionTheRestGoesOn) {
  Agent agent({"interval=200ms"}, {"/usr/bin/setpriv", "--bounding-set=-all", "--inh-caps=-all", SMTSCOPE_BINARY});
  ASSERT_TRUE(agent.up()) << agent.log();
  ASSERT_TRUE(eventually(10s, [&] { return !agent.metrics().empty(); }));
  const auto metrics = agent.metrics();
  EXPECT_EQ(metrics.at(R"(smtscope_collector_state{smtscope_collector_name="scheduler",smtscope_state="failed"})"), 1);
  EXPECT_TRUE(metrics.contains(R"(system_cpu_time_seconds_total{cpu_mode="steal"})"));
  EXPECT_EQ(node_core_seconds(metrics), 0) << "nothing is claimed";
  const std::string missing =
      R"(smtscope_reading_missing_total{smtscope_collector_name="scheduler",smtscope_reason="permission"})";
  EXPECT_GE(metrics.at(missing), 1);
  EXPECT_NE(agent.log().find("CAP_BPF"), std::string::npos) << agent.log();
}

TEST_F(LiveAgent, TheFuseDetachesWhatIsTooDear) {
  ASSERT_EQ(setenv("SMTSCOPE_FAULT", "4", 1), 0);
  ASSERT_EQ(setenv("SMTSCOPE_FUSE_PERIOD_MS", "1000", 1), 0);
  Agent agent({"interval=250ms", "budget.ns_per_switch=1500", "budget.cpu_percent=100"}, {FAULTY_BINARY});
  unsetenv("SMTSCOPE_FAULT");
  unsetenv("SMTSCOPE_FUSE_PERIOD_MS");
  ASSERT_TRUE(agent.up()) << agent.log();
  const auto load = start_load({"pingpong", "0,1", "60"});
  ASSERT_TRUE(load);
  const std::string degraded =
      R"(smtscope_collector_state{smtscope_collector_name="scheduler",smtscope_state="degraded"})";
  ASSERT_TRUE(eventually(30s,
                         [&] {
                           const auto metrics = agent.metrics();
                           return metrics.contains(degraded) && metrics.at(degraded) == 1;
                         }))
      << agent.status() << agent.log();
  EXPECT_NE(agent.log().find("over budget"), std::string::npos) << agent.log();
  const double ticks = agent.ticks();
  EXPECT_TRUE(eventually(5s, [&] { return agent.ticks() > ticks + 4; })) << "the rest goes on";
  EXPECT_TRUE(agent.metrics().contains(R"(system_cpu_time_seconds_total{cpu_mode="steal"})"));
  EXPECT_EQ(fetch(agent.port(), "/healthz").status, 200);
  for (const json& c : agent.status().at("collectors")) {
    if (c.at("name") == "scheduler") {
      EXPECT_EQ(c.at("state"), "degraded");
      EXPECT_TRUE(c.at("reason").get<std::string>().starts_with("over budget: ")) << c.dump();
    }
  }
}

TEST_F(LiveAgent, StatBesideItSaysThatTheHookIsPaidTwice) {
  Agent agent({});
  ASSERT_TRUE(agent.up()) << agent.log();
  const Output stat = run_smtscope({"stat", "--siblings", "0,1", "--duration", "500ms", "--format", "json"});
  EXPECT_EQ(stat.status, 0) << stat.err;
  EXPECT_NE(stat.err.find("is paid"), std::string::npos) << stat.err;
  EXPECT_EQ(agent.status().at("ticks_failed"), 0);
}

// What systemd hears: ready, reloading and ready again, the watchdog, stopping.
TEST_F(LiveAgent, TellsTheServiceManager) {
  const std::string path = scratch_file("notify");
  unlink(path.c_str());
  const int socket_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  ASSERT_LT(path.size(), sizeof at.sun_path);
  std::copy(path.begin(), path.end(), at.sun_path);
  ASSERT_EQ(bind(socket_fd, reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
  setenv("NOTIFY_SOCKET", path.c_str(), 1);
  setenv("WATCHDOG_USEC", "1000000", 1);
  Agent agent({"interval=200ms"});
  for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC"}) unsetenv(name);
  std::string heard;
  const auto hears = [&](const std::string& text) {
    return eventually(20s, [&] {
      char message[512];
      for (ssize_t n = 0; (n = recv(socket_fd, message, sizeof message, MSG_DONTWAIT)) > 0;)
        heard.append(message, static_cast<size_t>(n)) += '\n';
      const size_t found = heard.find(text);
      if (found != std::string::npos) heard.erase(0, found + text.size());
      return found != std::string::npos;
    });
  };
  EXPECT_TRUE(hears("READY=1")) << agent.log();
  EXPECT_TRUE(hears("WATCHDOG=1"));
  EXPECT_TRUE(hears("WATCHDOG=1"));
  agent.signal(SIGHUP);
  EXPECT_TRUE(hears("RELOADING=1"));
  EXPECT_TRUE(hears("READY=1"));
  agent.signal(SIGTERM);
  EXPECT_TRUE(hears("STOPPING=1"));
  EXPECT_EQ(agent.wait(), 0);
  close(socket_fd);
}

// A table of descriptors that is full for a while: what cannot be read is missing, and comes back.
TEST_F(LiveAgent, WhatFailsHalfWayComesBack) {
  Agent agent({"interval=200ms"});
  ASSERT_TRUE(agent.up()) << agent.log();
  const auto set_limit = [&](rlim_t most) {
    const rlimit limit{most, 1024};
    return prlimit(agent.pid(), RLIMIT_NOFILE, &limit, nullptr) == 0;
  };
  const std::string failed = R"(smtscope_collector_state{smtscope_collector_name="system",smtscope_state="failed"})";
  ASSERT_TRUE(eventually(10s, [&] { return agent.metrics().contains(failed); }));
  ASSERT_TRUE(set_limit(1));
  EXPECT_TRUE(eventually(10s, [&] { return agent.log().find("collector system: failed") != std::string::npos; }))
      << agent.log();
  ASSERT_TRUE(set_limit(1024));
  EXPECT_TRUE(eventually(40s, [&] {
    const auto metrics = agent.metrics();
    return metrics.contains(failed) && metrics.at(failed) == 0;
  })) << agent.log();
  EXPECT_EQ(fetch(agent.port(), "/healthz").status, 200);
}

struct Wrong {
  const char* name;
  std::vector<std::string> args;
  int status;
  const char* says;
};

void PrintTo(const Wrong& wrong, std::ostream* out) { *out << wrong.name; }

class LiveAgentRefuses : public testing::TestWithParam<Wrong> {};

TEST_P(LiveAgentRefuses, WithAReason) {
  std::vector<std::string> args = {"agent"};
  args.insert(args.end(), GetParam().args.begin(), GetParam().args.end());
  const Output run = run_smtscope(args);
  EXPECT_EQ(run.status, GetParam().status) << run.err;
  EXPECT_NE(run.err.find(GetParam().says), std::string::npos) << run.err;
}

INSTANTIATE_TEST_SUITE_P(
    Wrong, LiveAgentRefuses,
    testing::Values(Wrong{"no_such_file", {"--config", "/nowhere/smtscope.yaml"}, 66, "/nowhere/smtscope.yaml"},
                    Wrong{"unknown_key", {"--set", "limts.pairs=3"}, 78, "limts"},
                    Wrong{"not_in_this_version", {"--set", "exporters=[{type: otlp}]"}, 78, "not in this version"},
                    Wrong{"folder_is_not_there",
                          {"--set", "http.listen=null", "--set", "exporters=[{type: jsonl, path: /nowhere/points}]"},
                          1,
                          "/nowhere/points"},
                    Wrong{"not_an_address_of_ours", {"--set", "http.listen='192.0.2.1:9464'"}, 78, "192.0.2.1"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(LiveAgent, APortInUseIsNamed) {
  Agent first({});
  ASSERT_TRUE(first.up()) << first.log();
  const std::string address = "127.0.0.1:" + std::to_string(first.port());
  const Output second = run_smtscope({"agent", "--set", "http.listen='" + address + "'"});
  EXPECT_EQ(second.status, 1) << second.err;
  EXPECT_NE(second.err.find(address), std::string::npos) << second.err;
}

}  // namespace
}  // namespace smtscope::live
