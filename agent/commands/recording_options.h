// SPDX-License-Identifier: Apache-2.0
// What the command line said to the commands that keep and look back: record, replay.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "commands/options.h"

namespace smtscope {

struct RecordOptions {
  MeasureOptions measure;
  std::string file;
  std::string duration;  // empty: until Ctrl-C
  std::string interval = "1s";
  std::string max_size = "4GiB";
  std::optional<std::string> metrics_file;
};

struct ReplayCommandOptions {
  std::string file;
  std::optional<std::string> from;
  std::optional<std::string> to;
  std::string speed;  // empty: as fast as it goes
  std::string output = "-";
  std::optional<std::string> config;
  std::vector<std::string> sets;
};

void add_record_options(CLI::App& app, RecordOptions& options);
void add_replay_options(CLI::App& app, ReplayCommandOptions& options);
// --from and --to, of every command that reads recordings.
void add_range_options(CLI::App& app, std::optional<std::string>& from, std::optional<std::string>& to);

[[nodiscard]] Result<int> run_record(const RecordOptions& options);
[[nodiscard]] Result<int> run_replay(const ReplayCommandOptions& options);

}  // namespace smtscope
