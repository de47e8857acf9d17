// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <string_view>

#include "commands/completion.h"

namespace smtscope {
namespace {

std::string joined(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, " ")); }

// Within single quotes of a shell; zsh also wants `special` characters escaped.
std::string in_quotes(std::string_view text, std::string_view special = {}) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') out += "'\\''";
    else out += (special.find(c) != std::string_view::npos ? "\\" : "") + std::string(1, c);
  }
  return out;
}

// fish knows \' and \\ within single quotes.
std::string fish_quotes(std::string_view text) {
  std::string out;
  for (const char c : text) out += (c == '\'' || c == '\\' ? "\\" : "") + std::string(1, c);
  return out;
}

std::string zsh_option(const CompletionOption& o) {
  std::string spec;
  const std::string choices = o.choices.empty() ? o.file ? "_files" : " " : fmt::format("({})", joined(o.choices));
  const std::string about = in_quotes(o.about, "[]:\\");
  if (o.words.empty())
    return o.choices.empty() ? fmt::format(" \\\n        '*::{}:_normal'", about)
                             : fmt::format(" \\\n        '1:{}:{}'", about, choices);
  for (const std::string& w : o.words)
    spec += fmt::format(" \\\n        '{}{}[{}]{}'", w, o.value ? w.starts_with("--") ? "=" : "+" : "", about,
                        o.value ? ": :" + choices : "");
  return spec;
}

}  // namespace

std::string bash_completion(const CompletionCommand& top, const std::vector<CompletionCommand>& commands) {
  std::string names, cases, words;
  for (const CompletionCommand& c : commands) {
    names += (names.empty() ? "" : " ") + c.name;
    std::string all;
    for (const CompletionOption& o : c.options) {
      const std::string more = joined(o.words.empty() ? o.choices : o.words);
      if (!more.empty()) all += " " + more;
      for (const std::string& w : o.words) {
        if (!o.value) continue;
        cases += fmt::format("    '{} {}') ", c.name, w);
        cases += o.file ? "files=1 ;;\n" : fmt::format("words='{}' ;;\n", joined(o.choices));
      }
    }
    words += fmt::format("    {}) all='{}' ;;\n", c.name, in_quotes(all.substr(all.empty() ? 0 : 1)));
  }
  std::string own;
  for (const CompletionOption& o : top.options) own += joined(o.words) + " ";
  return fmt::format(R"(# Completion of {0} for bash: source <({0} completion bash)
_{0}() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}} command={1} all words files= i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ ${{COMP_WORDS[i]}} == -- ]]; then
      mapfile -t COMPREPLY < <(compgen -c -f -- "$cur")
      return
    fi
  done
  # --option=value comes as three words.
  if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=${{COMP_WORDS[COMP_CWORD-2]}}; fi
  if ((COMP_CWORD > 1)) && [[ ${{COMP_WORDS[1]}} != -* ]]; then command=${{COMP_WORDS[1]}}; fi
  case $command in
{2}    *) return ;;
  esac
  if ((COMP_CWORD == 1)); then
    all="{3} $all"
    [[ $cur == -* ]] || all='{4}'
  fi
  words=$all
  case "$command $prev" in
{5}  esac
  if [[ $files ]]; then
    compopt -o filenames 2> /dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
  else
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
  fi
}}
complete -F _{0} {0}
)",
                     top.name, commands.front().name, words, own.substr(0, own.size() - 1), names, cases);
}

std::string zsh_completion(const CompletionCommand& top, const std::vector<CompletionCommand>& commands) {
  std::string names, cases;
  for (const CompletionCommand& c : commands) {
    names += fmt::format("    '{}:{}'\n", c.name, in_quotes(c.about, ":\\"));
    cases += fmt::format("    {})\n      _arguments", c.name);
    for (const CompletionOption& o : c.options) cases += zsh_option(o);
    cases += " ;;\n";
  }
  return fmt::format(R"(#compdef {0}
# Completion of {0} for zsh: put this as _{0} into a folder of $fpath.
_{0}() {{
  local -a commands
  commands=(
{1}  )
  if ((CURRENT == 2)) && [[ $words[2] != -* ]]; then
    _describe command commands
    return
  fi
  local command={2}
  if [[ $words[2] != -* ]]; then
    command=$words[2]
    shift words
    ((CURRENT--))
  fi
  case $command in
{3}  esac
}}
if [[ $funcstack[1] == _{0} ]]; then _{0} "$@"; elif (( $+functions[compdef] )); then compdef _{0} {0}; fi
)",
                     top.name, names, commands.front().name, cases);
}

std::string fish_completion(const CompletionCommand& top, const std::vector<CompletionCommand>& commands) {
  std::string out =
      fmt::format("# Completion of {0} for fish: {0} completion fish | source\ncomplete -c {0} -f\n", top.name);
  std::string others;  // than the first, whose options also hold without a command
  for (size_t i = 1; i < commands.size(); i++) others += " " + commands[i].name;
  for (const CompletionCommand& c : commands) {
    out +=
        fmt::format("complete -c {} -n __fish_use_subcommand -a {} -d '{}'\n", top.name, c.name, fish_quotes(c.about));
    const bool first = &c == &commands.front();
    const std::string when =
        first ? "not __fish_seen_subcommand_from" + others : "__fish_seen_subcommand_from " + c.name;
    for (const CompletionOption& o : c.options) {
      std::string line = fmt::format("complete -c {} -n '{}'", top.name, when);
      for (const std::string& w : o.words) line += w.starts_with("--") ? " -l " + w.substr(2) : " -s " + w.substr(1);
      if (!o.words.empty() && o.value) line += o.file ? " -r -F" : " -x";
      if (o.words.empty() && o.choices.empty()) continue;
      if (!o.choices.empty()) line += fmt::format(" -a '{}'", joined(o.choices));
      out += line + fmt::format(" -d '{}'\n", fish_quotes(o.about));
    }
  }
  return out;
}

}  // namespace smtscope
