// SPDX-License-Identifier: Apache-2.0
// What the program's own parser knows, for completion: nothing is listed twice.
#include "commands/completion.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "commands/options.h"

namespace smtscope {
namespace {

// CLI11 shows the choices of an option in its type: "TEXT:{text,json}".
std::vector<std::string> choices_in(const std::string& type) {
  std::vector<std::string> choices;
  const size_t open = type.find('{'), close = type.find('}');
  if (open == std::string::npos || close == std::string::npos || close < open) return choices;
  for (size_t at = open + 1; at <= close;) {
    const size_t end = std::min(type.find(',', at), close);
    choices.push_back(type.substr(at, end - at));
    at = end + 1;
  }
  return choices;
}

CompletionOption option_of(const CLI::Option& o) {
  CompletionOption option;
  for (const std::string& name : o.get_snames()) option.words.push_back("-" + name);
  for (const std::string& name : o.get_lnames()) option.words.push_back("--" + name);
  option.about = o.get_description();
  option.value = o.get_items_expected_max() > 0;  // 0: a flag
  const std::string type = o.get_type_name();
  option.file = type == "FILE";
  option.choices = choices_in(type);
  return option;
}

CompletionCommand command_of(const CLI::App& app) {
  CompletionCommand command{app.get_name(), app.get_description(), {}};
  for (const CLI::Option* o : app.get_options()) command.options.push_back(option_of(*o));
  return command;
}

}  // namespace

Result<std::string> completion_script(const CLI::App& app, const std::string& shell) {
  std::vector<CompletionCommand> commands;
  for (const CLI::App* sub : app.get_subcommands(nullptr)) commands.push_back(command_of(*sub));
  if (commands.empty()) return fail(ErrorKind::bug, "no commands to complete");
  const CompletionCommand top = command_of(app);
  if (shell == "bash") return bash_completion(top, commands);
  if (shell == "zsh") return zsh_completion(top, commands);
  if (shell == "fish") return fish_completion(top, commands);
  return fail(ErrorKind::usage, fmt::format("no completion for the shell '{}'", shell), "choose bash, zsh or fish");
}

}  // namespace smtscope
