// SPDX-License-Identifier: Apache-2.0
// Options -> command -> exit status.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "commands/diff_options.h"
#include "commands/options.h"
#include "commands/pmu_options.h"
#include "commands/recording_options.h"
#include "commands/report_options.h"
#include "commands/top_options.h"
#include "commands/topdown_options.h"

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

struct Command {
  CLI::App* app;
  std::function<Result<int>()> run;
};

class Commands {
 public:
  explicit Commands(CLI::App& app) : app_(app) {}

  template <class Options>
  void add(const char* group, const char* name, const char* help, void (*add_options)(CLI::App&, Options&),
           Result<int> (*run)(const Options&)) {
    CLI::App* command = app_.add_subcommand(name, help);
    command->group(group);
    auto options = std::make_shared<Options>();
    add_options(*command, *options);
    commands_.push_back({command, [options, run] { return run(*options); }});
  }
  // Of the one that was asked for.
  Result<int> run() const {
    for (const Command& command : commands_)
      if (*command.app) return command.run();
    return 0;
  }

 private:
  CLI::App& app_;
  std::vector<Command> commands_;
};

void add_commands(Commands& commands) {
  using namespace smtscope;  // NOLINT(google-build-using-namespace): the list is all names of it
  commands.add("look", "stat", "how busy cores and siblings were, and who sat beside whom", add_stat_options, run_stat);
  commands.add("look", "top", "the same, live in the terminal, or a recording", add_top_options, run_top);
  commands.add("look", "report", "one page of a minute or of a recording, for a ticket", add_report_options,
               run_report);
  commands.add("keep", "record", "keep raw readings in a file, to look at later or elsewhere", add_record_options,
               run_record);
  commands.add("keep", "replay", "the points of a recording once more, to any exporter", add_replay_options,
               run_replay);
  commands.add("keep", "diff", "what changed between two recordings, or two ranges of one", add_diff_options, run_diff);
  commands.add("run", "agent", "measure all the time, for Prometheus and other destinations", add_agent_options,
               run_agent_command);
  commands.add("run", "doctor", "what can be measured here, and how to mend what cannot", add_doctor_options,
               run_doctor);
  commands.add("check us", "audit", "check the accounting against a log of every switch, on this node",
               add_audit_options, run_audit);
  commands.add("check us", "topdown", "top-down metrics from recorded counts, to check our arithmetic",
               add_topdown_options, run_topdown);
  commands.add("check us", "pmu", "what the counters of this machine can do, and how events are encoded",
               add_pmu_options, run_pmu);
}

int run(int argc, char** argv) {
  CLI::App app("smtscope shows what hyperthreading really does on this node", "smtscope");
  app.set_version_flag("--version", std::string("smtscope ") + SMTSCOPE_VERSION);
  app.require_subcommand(0, 1);
  app.footer(
      "Without a command: stat.\n"
      "Examples:\n"
      "  smtscope                          five seconds of this node\n"
      "  smtscope top                      live in the terminal\n"
      "  smtscope stat --of redis-server   one workload and its neighbours\n"
      "  smtscope doctor                   what can be measured here, and how to mend what cannot\n"
      "Exit status: 0 done, 1 failed while running, 2 wrong usage, 65/66 broken/missing input,\n"
      "69 not possible on this machine, 77 no permission, 78 configuration.");
  Commands commands(app);
  add_commands(commands);
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
  if (*completion) {
    const auto script = smtscope::completion_script(app, shell);
    if (!script) return report(script.error());
    fmt::print("{}", *script);
    return 0;
  }
  const Result<int> status = commands.run();
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
