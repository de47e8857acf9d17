// SPDX-License-Identifier: Apache-2.0
// What the command line said, after parsing: plain values the commands run with.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/result.h"

namespace CLI {
class App;
}

namespace smtscope {

// Options that every measuring command has.
struct MeasureOptions {
  std::string format = "text";
  std::optional<std::string> siblings;
  std::optional<std::string> by;
  std::optional<std::string> cgroup_hierarchy;
};

struct StatOptions {
  MeasureOptions measure;
  std::string duration;  // empty: 5 s, or without end with an interval
  std::string interval;
  std::optional<std::string> of;
  std::optional<std::string> metrics_file;
  bool all = false;
  std::vector<std::string> command;
};

struct DoctorOptions {
  MeasureOptions measure;
  bool plan = false;
};

struct AuditOptions {
  MeasureOptions measure;
  std::string duration = "10s";
  std::string log_memory = "256MiB";
  bool all = false;
};

struct AgentOptions {
  std::optional<std::string> config;  // none: the usual place, if there is a file
  std::vector<std::string> sets;
  bool check = false;
  bool print = false;
};

// `format`: with --format.
void add_measure_options(CLI::App& app, MeasureOptions& options, bool format = true);
void add_stat_options(CLI::App& app, StatOptions& options);
void add_doctor_options(CLI::App& app, DoctorOptions& options);
void add_agent_options(CLI::App& app, AgentOptions& options);
void add_audit_options(CLI::App& app, AuditOptions& options);

// The commands. Results go to stdout, messages to stderr; the status to exit with comes back.
[[nodiscard]] Result<int> run_stat(const StatOptions& options);
[[nodiscard]] Result<int> run_doctor(const DoctorOptions& options);
[[nodiscard]] Result<int> run_agent_command(const AgentOptions& options);
[[nodiscard]] Result<int> run_audit(const AuditOptions& options);

// A script for bash, zsh or fish, from the commands and options of the program.
[[nodiscard]] Result<std::string> completion_script(const CLI::App& app, const std::string& shell);

}  // namespace smtscope
