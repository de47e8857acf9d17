// SPDX-License-Identifier: Apache-2.0
// What is recorded, by `record` and by the agent, and what comes out of it again.
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "harness.h"
#include "recording/recording.h"
#include "recording/ring.h"
#include "threads/http_client.h"
#include "unit/recording_frames.h"

namespace smtscope::live {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

bool eventually(std::chrono::seconds patience, const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(50ms);
  }
  return true;
}

size_t lines_of(const std::string& path) {
  const std::string text = read_text(path);
  return static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
}

class LiveRecording : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = cannot_run(); !why.empty()) GTEST_FAIL() << why;
    for (const std::string& path : {file_, points_, slow_, again_, log_}) fs::remove(path);
    fs::remove_all(ring_);
  }
  // An agent that records each of its ticks.
  Process agent(const std::string& exporters, const std::vector<std::string>& sets = {}) {
    std::vector<std::string> args = {SMTSCOPE_BINARY, "agent",
                                     "--set",         "http.listen=null",
                                     "--set",         "topology.siblings='0,1'",
                                     "--set",         "interval=250ms",
                                     "--set",         "recorder.interval=250ms",
                                     "--set",         "recorder.path=" + ring_,
                                     "--set",         "exporters=" + exporters};
    for (const std::string& set : sets) args.insert(args.end(), {"--set", set});
    return Process(args, {}, log_);
  }
  [[nodiscard]] std::string jsonl(const std::string& path, const std::string& more = {}) const {
    return "{type: jsonl, path: " + path + more + "}";
  }
  static Output replay(std::vector<std::string> args) {
    args.insert(args.begin(), "replay");
    return run_smtscope(std::move(args));
  }
  // Not EXPECT_EQ: nobody wants to see them.
  void expect_same_bytes(const std::string& path, const std::string& other) {
    const std::string a = read_text(path), b = read_text(other);
    EXPECT_GT(lines_of(path), 100u) << read_text(log_);
    EXPECT_TRUE(a == b) << a.size() << " and " << b.size() << " bytes, different from byte "
                        << std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin();
  }

  const std::string file_ = scratch_file("live.smtscope"), points_ = scratch_file("points.jsonl"),
                    slow_ = scratch_file("slow.jsonl"), again_ = scratch_file("again.jsonl"),
                    log_ = scratch_file("recording.log"), ring_ = scratch_file("ring");
};

TEST_F(LiveRecording, ReplayIsWhatTheLiveRunWrote) {
  auto load = start_load({"hogs", "0,1", "600"});
  ASSERT_TRUE(load);
  const Output made = run_smtscope(
      {"record", file_, "--duration", "3s", "--interval", "250ms", "--siblings", "0,1", "--metrics", points_});
  ASSERT_EQ(made.status, 0) << made.err;
  const Output output = replay({file_, "-o", again_});
  ASSERT_EQ(output.status, 0) << output.err;
  expect_same_bytes(points_, again_);
  struct stat info {};
  ASSERT_EQ(stat(file_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u) << "names of what runs here are nobody else's business";
  double both = 0;
  std::ifstream points(again_);
  for (std::string line; std::getline(points, line);) {
    const json point = json::parse(line);
    if (point["metric"] == "smtscope.node.core.time" && point["attributes"]["smtscope.core.state"] == "all_busy")
      both = point["total"];
  }
  EXPECT_GT(both, 2) << "two hogs on one stated core for 3 s";
}

TEST_F(LiveRecording, SoItIsOverAReloadAndForEveryInterval) {
  Process process = agent("[" + jsonl(points_) + "," + jsonl(slow_, ", name: slow, interval: 1s") + "]");
  ASSERT_TRUE(eventually(30s, [&] { return lines_of(points_) > 400; })) << read_text(log_);
  kill(process.pid(), SIGHUP);
  ASSERT_TRUE(eventually(30s, [&] { return read_text(log_).find("was read again") != std::string::npos; }));
  const size_t before = lines_of(slow_);
  ASSERT_TRUE(eventually(30s, [&] { return lines_of(slow_) > before + 60; })) << read_text(log_);
  kill(process.pid(), SIGTERM);
  EXPECT_EQ(process.wait(), 0);
  ASSERT_EQ(replay({ring_, "-o", again_}).status, 0);
  expect_same_bytes(points_, again_);
  fs::remove(again_);
  const Output output =
      replay({ring_, "--set", "interval=250ms", "--set", "exporters=[" + jsonl(again_, ", interval: 1s") + "]"});
  ASSERT_EQ(output.status, 0) << output.err;
  expect_same_bytes(slow_, again_);
}

TEST_F(LiveRecording, AKilledAgentLeavesTheStoryUpToItsLastTick) {
  Process process = agent("[" + jsonl(points_) + "]");
  ASSERT_TRUE(eventually(30s, [&] { return lines_of(points_) > 400; })) << read_text(log_);
  // Read beside the writer.
  const Output beside = replay({ring_, "-o", again_, "--from", "-1h"});
  EXPECT_EQ(beside.status, 0) << beside.err;
  EXPECT_GT(lines_of(again_), 300u);
  EXPECT_EQ(beside.err.find("warning"), std::string::npos) << beside.err;
  kill(process.pid(), SIGKILL);
  process.wait();
  ASSERT_EQ(replay({ring_, "-o", again_}).status, 0);
  const std::string live = read_text(points_), replayed = read_text(again_);
  // Both were cut off somewhere in their last tick: one is the beginning of the other, but for less than a tick.
  const auto common = static_cast<size_t>(
      std::mismatch(live.begin(), live.end(), replayed.begin(), replayed.end()).first - live.begin());
  EXPECT_EQ(common, std::min(live.size(), replayed.size()));
  EXPECT_GT(replayed.size() + live.size() / 4, live.size());
}

TEST_F(LiveRecording, CtrlCEndsARecordingWhole) {
  Process process({SMTSCOPE_BINARY, "record", file_, "--interval", "200ms", "--siblings", "0,1"}, {}, log_);
  ASSERT_TRUE(eventually(30s, [&] { return fs::exists(file_) && fs::file_size(file_) > 4000; })) << read_text(log_);
  kill(process.pid(), SIGINT);
  EXPECT_EQ(process.wait(), 0) << read_text(log_);
  EXPECT_NE(read_text(log_).find("next: smtscope report"), std::string::npos) << read_text(log_);
  const Output again = run_smtscope({"record", file_, "--duration", "1s"});
  EXPECT_EQ(again.status, 2) << "what was recorded is not overwritten";
  EXPECT_NE(again.err.find("exists"), std::string::npos) << again.err;
  EXPECT_EQ(replay({file_}).status, 0);
}

TEST_F(LiveRecording, EndsWhenTheFileIsLargeEnough) {
  const Output made = run_smtscope({"record", file_, "--interval", "100ms", "--siblings", "0,1", "--max-size", "8KiB"});
  EXPECT_EQ(made.status, 0) << made.err;
  EXPECT_NE(made.err.find("--max-size 8KiB is reached"), std::string::npos) << made.err;
  EXPECT_GE(fs::file_size(file_), 8192u);
  EXPECT_LT(fs::file_size(file_), 16384u);
  EXPECT_EQ(replay({file_}).status, 0);
  EXPECT_EQ(run_smtscope({"record", again_, "--max-size", "much"}).status, 2);
  EXPECT_FALSE(fs::exists(again_));
}

TEST_F(LiveRecording, WhatCannotBeReplayedSaysWhy) {
  EXPECT_EQ(replay({scratch_file("none")}).status, 66);
  std::ofstream(file_) << "not a recording, but long enough to be taken for the beginning of one";
  const Output foreign = replay({file_});
  EXPECT_EQ(foreign.status, 65);
  EXPECT_NE(foreign.err.find("is not a recording of smtscope"), std::string::npos) << foreign.err;
  fs::remove(file_);
  ASSERT_EQ(run_smtscope({"record", file_, "--duration", "1s", "--interval", "250ms", "--siblings", "0,1"}).status, 0);
  EXPECT_EQ(replay({file_, "--speed", "fast"}).status, 2);
  EXPECT_EQ(replay({file_, "--from", "soon"}).status, 2);
  EXPECT_EQ(replay({file_, "--from", "12:00", "--to", "11:59"}).status, 2);
  const Output nothing = replay({file_, "--from", "2001-01-01T00:00:00Z", "--to", "2001-01-01T00:01:00Z"});
  EXPECT_EQ(nothing.status, 2);
  EXPECT_NE(nothing.err.find("the recording goes from"), std::string::npos) << nothing.err;
  EXPECT_EQ(replay({file_, "--set", "exporters=[{type: jsonl, path: /proc/version}]"}).status, 1);
  EXPECT_EQ(replay({file_, "--set", "exporters=[{type: oltp}]"}).status, 78);
  fs::resize_file(file_, fs::file_size(file_) - 10);
  const Output cut = replay({file_, "-o", again_});
  EXPECT_EQ(cut.status, 0);
  EXPECT_NE(cut.err.find("breaks off after"), std::string::npos) << cut.err;
}

// Prometheus as the destination of a replay: the page of the moment, with the times of then.
TEST_F(LiveRecording, APageOfThePast) {
  ASSERT_EQ(run_smtscope({"record", file_, "--duration", "3s", "--interval", "250ms", "--siblings", "0,1"}).status, 0);
  const uint64_t recorded = static_cast<uint64_t>(std::time(nullptr));
  Process process({SMTSCOPE_BINARY, "replay", file_, "--speed", "0.5", "--set", "http.listen='127.0.0.1:19464'",
                   "--set", "exporters=[{type: prometheus, detail: cpu}]"},
                  {}, log_);
  std::string page;
  ASSERT_TRUE(eventually(10s, [&] {
    page = test::fetch(19464, "/metrics").body;
    return page.find("smtscope_core_time_seconds_total{") != std::string::npos;
  })) << read_text(log_);
  std::istringstream lines(page);
  int dated = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("#")) continue;
    const double at = std::stod(line.substr(line.rfind(' '))) / 1e3;
    ASSERT_NEAR(at, static_cast<double>(recorded), 10) << line;
    dated++;
  }
  EXPECT_GT(dated, 50);
  kill(process.pid(), SIGINT);
  EXPECT_EQ(process.wait(), 0) << read_text(log_);
}

// A file system that is too small, unmounted at the end.
class SmallDisk {
 public:
  SmallDisk(std::string folder, const char* size) : folder_(std::move(folder)) {
    fs::create_directories(folder_);
    mounted_ = mount("tmpfs", folder_.c_str(), "tmpfs", 0, size) == 0;
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (mounted_) umount2(folder_.c_str(), MNT_DETACH);
  }
  [[nodiscard]] bool mounted() const { return mounted_; }

 private:
  std::string folder_;
  bool mounted_ = false;
};

TEST_F(LiveRecording, OnAFullDiskTheOldestMakesRoomForTheNewest) {
  const SmallDisk disk(ring_, "size=64k");
  ASSERT_TRUE(disk.mounted());
  {
    auto ring = RecordingRing::open(ring_, 128 * 1024);
    ASSERT_TRUE(ring);
    for (uint64_t second = 1; second <= 1000; second++) {
      const auto written = ring->write(test::some_frame(second, second * 1'000'003));
      ASSERT_TRUE(written) << second << ": " << written.error().what;
    }
  }
  auto reader = RecordingReader::open(ring_);
  ASSERT_TRUE(reader);
  uint64_t first = 0, last = 0, frames = 0;
  for (;;) {
    const auto frame = reader->next();
    ASSERT_TRUE(frame);
    if (!*frame) break;
    last = (*frame)->tick;
    if (frames++ == 0) first = last;
  }
  EXPECT_EQ(last, 1000u);
  EXPECT_EQ(frames, last - first + 1) << "nothing is missing in between";
  EXPECT_GT(frames, 50u);
}

TEST_F(LiveRecording, OnAFullDiskTheAgentGoesOn) {
  const SmallDisk disk(ring_, "size=16k");
  ASSERT_TRUE(disk.mounted());
  {
    Process process =
        agent("[" + jsonl(points_) + "]", {"recorder.max_size=1MiB", "interval=100ms", "recorder.interval=100ms"});
    ASSERT_TRUE(eventually(60s, [&] { return read_text(log_).find("No space left") != std::string::npos; }))
        << read_text(log_);
    const size_t before = lines_of(points_);
    ASSERT_TRUE(eventually(30s, [&] { return lines_of(points_) > before + 500; })) << "it measures on";
    kill(process.pid(), SIGTERM);
    EXPECT_EQ(process.wait(), 0) << read_text(log_);
  }
  const Output output = replay({ring_, "-o", again_});
  EXPECT_EQ(output.status, 0) << output.err;
  EXPECT_GT(lines_of(again_), 100u);
}

}  // namespace
}  // namespace smtscope::live
