// SPDX-License-Identifier: Apache-2.0
// What a completion script is made from, and its writers: one a shell.
#pragma once

#include <string>
#include <vector>

namespace smtscope {

struct CompletionOption {
  std::vector<std::string> words;  // "-h", "--help"; empty: by position
  std::string about;
  bool value = false;
  bool file = false;
  std::vector<std::string> choices;
};

struct CompletionCommand {
  std::string name;
  std::string about;
  std::vector<CompletionOption> options;
};

// `commands`: the first one holds where none is named. `top`: the program with its own options.
[[nodiscard]] std::string bash_completion(const CompletionCommand& top, const std::vector<CompletionCommand>& commands);
[[nodiscard]] std::string zsh_completion(const CompletionCommand& top, const std::vector<CompletionCommand>& commands);
[[nodiscard]] std::string fish_completion(const CompletionCommand& top, const std::vector<CompletionCommand>& commands);

}  // namespace smtscope
