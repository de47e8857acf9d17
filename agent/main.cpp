// SPDX-License-Identifier: Apache-2.0
// Options -> command -> exit status.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "commands/diff_options.h"
#include "commands/options.h"
#include "commands/recording_options.h"
#include "commands/report_options.h"
#include "commands/top_options.h"

namespace {

using smtscope::Error;
using smtscope::ErrorKind;
using smtscope::Failure;
using smtscope::Result;

int report(const Error& error) {
  fmt::print(stderr, "smtscope: {}\n", error.what);
  if (!error.mend.empty()) fmt::print(stderr, "          {}\n", error.mend);
  return smtscope::exit_status(error.kind);
}

// Without a command it is `stat`, also if options come first.
std::vector<std::string> with_command(int argc, char** argv) {
  std::vector<std::string> words(argv + 1, argv + argc);
  const bool own = !words.empty() && (words[0] == "-h" || words[0] == "--help" || words[0] == "--version");
  if (words.empty() || (words[0].starts_with("-") && !own)) words.insert(words.begin(), "stat");
  return words;
}

int run(int argc, char** argv) {
  CLI::App app("smtscope shows what hyperthreading really does on this node", "smtscope");
  app.set_version_flag("--version", std::string("smtscope ") + SMTSCOPE_VERSION);
  app.require_subcommand(0, 1);
  app.footer(
      "Without a command: stat.\n"
      "Examples:\n"
      "  smtscope                          five seconds of this node\n"
      "  smtscope stat --of redis-server   one workload and its neighbours\n"
      "  smtscope doctor                   what can be measured here, and how to mend what cannot\n"
      "Exit status: 0 done, 1 failed while running, 2 wrong usage, 65/66 broken/missing input,\n"
      "69 not possible on this machine, 77 no permission, 78 configuration.");
  smtscope::StatOptions stat_options;
  CLI::App* stat = app.add_subcommand("stat", "how busy cores and siblings were, and who sat beside whom");
  stat->group("look");
  smtscope::add_stat_options(*stat, stat_options);
  smtscope::TopOptions top_options;
  CLI::App* top = app.add_subcommand("top", "the same, live in the terminal, or a recording");
  top->group("look");
  smtscope::add_top_options(*top, top_options);
  smtscope::DoctorOptions doctor_options;
  CLI::App* doctor = app.add_subcommand("doctor", "what can be measured here, and how to mend what cannot");
  doctor->group("run");
  smtscope::add_doctor_options(*doctor, doctor_options);
  smtscope::AuditOptions audit_options;
  CLI::App* audit = app.add_subcommand("audit", "check the accounting against a log of every switch, on this node");
  audit->group("check us");
  smtscope::add_audit_options(*audit, audit_options);
  smtscope::AgentOptions agent_options;
  CLI::App* agent = app.add_subcommand("agent", "measure all the time, for Prometheus and other destinations");
  agent->group("run");
  smtscope::add_agent_options(*agent, agent_options);
  smtscope::ReportOptions report_options;
  CLI::App* report_command = app.add_subcommand("report", "one page of a minute or of a recording, for a ticket");
  report_command->group("look");
  smtscope::add_report_options(*report_command, report_options);
  smtscope::RecordOptions record_options;
  CLI::App* record = app.add_subcommand("record", "keep raw readings in a file, to look at later or elsewhere");
  record->group("keep");
  smtscope::add_record_options(*record, record_options);
  smtscope::ReplayCommandOptions replay_options;
  CLI::App* replay = app.add_subcommand("replay", "the points of a recording once more, to any exporter");
  replay->group("keep");
  smtscope::add_replay_options(*replay, replay_options);
  smtscope::DiffCommandOptions diff_options;
  CLI::App* diff = app.add_subcommand("diff", "what changed between two recordings, or two ranges of one");
  diff->group("keep");
  smtscope::add_diff_options(*diff, diff_options);
  std::string shell;
  CLI::App* completion = app.add_subcommand("completion", "print a completion script for bash, zsh or fish");
  completion->group("run");
  completion->add_option("shell", shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));

  std::vector<std::string> words = with_command(argc, argv);
  std::reverse(words.begin(), words.end());  // as CLI11 wants them
  try {
    app.parse(words);
  } catch (const CLI::ParseError& e) {
    const int status = app.exit(e);
    return status == 0 ? 0 : smtscope::exit_status(ErrorKind::usage);
  }
  Result<int> status = 0;
  if (*stat) status = smtscope::run_stat(stat_options);
  if (*top) status = smtscope::run_top(top_options);
  if (*agent) status = smtscope::run_agent_command(agent_options);
  if (*doctor) status = smtscope::run_doctor(doctor_options);
  if (*audit) status = smtscope::run_audit(audit_options);
  if (*report_command) status = smtscope::run_report(report_options);
  if (*record) status = smtscope::run_record(record_options);
  if (*replay) status = smtscope::run_replay(replay_options);
  if (*diff) status = smtscope::run_diff(diff_options);
  if (*completion) {
    const auto script = smtscope::completion_script(app, shell);
    if (!script) return report(script.error());
    fmt::print("{}", *script);
  }
  return status ? *status : report(status.error());
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    return report({ErrorKind::bug, 0, fmt::format("internal error: {}", e.what()), "please report this"});
  }
}
