// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

extern const char kUsage[];
constexpr size_t kMaxTasks = 1024;

struct Options {
  std::string kind;  // hogs, none, pingpong, mixed, duty or numa
  std::vector<int> cpus;
  double seconds = 0;
  int64_t run_ns = 0, period_ns = 0;  // duty
  unsigned tasks = 4;                 // mixed
  unsigned node = 0;                  // numa: where the memory is
  size_t memory_bytes = 0;            // numa: of each task
  bool migratable = false;            // numa: the kernel may move it
  bool threads = false;               // ping-pong within one process
  std::string ready;                  // file to make when the truth begins to hold
};

// False if the arguments (without the program's name) are not as in kUsage.
bool parse_options(const std::vector<std::string_view>& args, Options& options);
