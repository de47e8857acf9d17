// SPDX-License-Identifier: Apache-2.0
// What the live tests share: running the program and loads, and why this machine cannot run a test.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace smtscope::live {

// A program that is running; killed and waited for at the end of its life.
class Process {
 public:
  // `cgroup`: folder of the cgroup to run in; empty: this process's own. Output goes to the files given
  // (empty: nowhere).
  explicit Process(const std::vector<std::string>& args, const std::string& out = {}, const std::string& err = {},
                   const std::string& cgroup = {});
  Process(Process&& other) noexcept : pid_(other.pid_) { other.pid_ = -1; }
  Process(const Process&) = delete;
  Process& operator=(Process&&) = delete;
  ~Process();

  // Exit status (128 + signal if killed); waits for the end.
  int wait();
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
};

struct Output {
  int status = -1;
  std::string out;
  std::string err;
};

// Runs smtscope with these arguments and waits for its end.
[[nodiscard]] Output run_smtscope(std::vector<std::string> args);

// Starts tests/load with these arguments and waits until its truth holds. No value: it did not come up.
[[nodiscard]] std::optional<Process> start_load(std::vector<std::string> args, const std::string& cgroup = {});

// A cgroup of our own in the hierarchy mounted at `root`, removed at the end (its processes must be gone).
class TestCgroup {
 public:
  TestCgroup(const std::string& root, const std::string& name);
  TestCgroup(const TestCgroup&) = delete;
  TestCgroup& operator=(const TestCgroup&) = delete;
  ~TestCgroup();
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// A cgroup hierarchy that is mounted here: what --cgroup-hierarchy calls it, the v1 controller (empty: v2), and
// where. With `v1`, one of v1 if there is one.
struct Hierarchy {
  std::string name;
  std::string controller;
  std::string root;
};
[[nodiscard]] std::optional<Hierarchy> mounted_hierarchy(bool v1);

// Why this machine cannot run live tests on the siblings 0,1; empty if it can.
[[nodiscard]] std::string cannot_run();

// A file in a folder of this test run that is removed at its end.
[[nodiscard]] std::string scratch_file(const std::string& name);

// Text of a file; empty if it cannot be read.
[[nodiscard]] std::string read_text(const std::string& path);

// CLOCK_MONOTONIC.
[[nodiscard]] uint64_t now_ns();

}  // namespace smtscope::live
