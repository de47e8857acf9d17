// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <fstream>
#include <set>
#include <sstream>

#include "commands/options.h"
#include "unit/tree.h"

namespace smtscope {
namespace {

struct Program {
  CLI::App app{"made up", "smtscope"};
  StatOptions stat;
  DoctorOptions doctor;
  std::string shell;
  Program() {
    app.set_version_flag("--version", std::string("1"));
    add_stat_options(*app.add_subcommand("stat", "busy cores; it's [what] you: want"), stat);
    add_doctor_options(*app.add_subcommand("doctor", "what can be measured"), doctor);
    app.add_subcommand("completion", "a script")
        ->add_option("shell", shell, "which shell")
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  }
};

struct Ran {
  int status = -1;
  std::string out;
};

Ran run(const std::string& command) {
  Ran ran;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (!pipe) return ran;
  std::array<char, 4096> bytes{};
  while (const size_t n = std::fread(bytes.data(), 1, bytes.size(), pipe)) ran.out.append(bytes.data(), n);
  ran.status = pclose(pipe);
  return ran;
}

class BashCompletion : public testing::Test {
 protected:
  void SetUp() override {
    const auto script = completion_script(program_.app, "bash");
    ASSERT_TRUE(script);
    tree_.write_raw("script", *script);
  }
  // What bash offers for the last of these words.
  std::set<std::string> offered(const std::string& words) {
    const Ran ran = run("bash --norc -c 'source " + tree_.root() + "/script; COMP_WORDS=(" + words +
                        "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _smtscope; printf \"%s\\n\" \"${COMPREPLY[@]}\"'");
    EXPECT_EQ(ran.status, 0) << ran.out;
    std::set<std::string> all;
    std::istringstream lines(ran.out);
    for (std::string line; std::getline(lines, line);)
      if (!line.empty()) all.insert(line);
    return all;
  }

  Program program_;
  test::Tree tree_;
};

using Words = std::set<std::string>;

TEST_F(BashCompletion, BashAcceptsTheScript) {
  const Ran ran = run("bash -n " + tree_.root() + "/script");
  EXPECT_EQ(ran.status, 0) << ran.out;
  EXPECT_EQ(run("bash --norc -c 'source " + tree_.root() + "/script; complete -p smtscope'").out,
            "complete -F _smtscope smtscope\n");
}

TEST_F(BashCompletion, OffersCommandsOptionsAndChoices) {
  EXPECT_EQ(offered("smtscope st"), Words({"stat"}));
  EXPECT_EQ(offered("smtscope \"\""), Words({"stat", "doctor", "completion"}));
  EXPECT_EQ(offered("smtscope doctor --pl"), Words({"--plan"}));
  EXPECT_EQ(offered("smtscope stat --dur"), Words({"--duration"}));
  EXPECT_EQ(offered("smtscope stat --format j"), Words({"json"}));
  EXPECT_EQ(offered("smtscope stat --format \"\""), Words({"text", "json"}));
  EXPECT_EQ(offered("smtscope stat --format = t"), Words({"text"}));
  EXPECT_EQ(offered("smtscope completion z"), Words({"zsh"}));
}

TEST_F(BashCompletion, WithoutACommandTheOptionsAreThoseOfStat) {
  EXPECT_EQ(offered("smtscope --inter"), Words({"--interval"}));
  EXPECT_EQ(offered("smtscope --vers"), Words({"--version"}));
  EXPECT_EQ(offered("smtscope --all --by p"), Words({"pid", "pod"}));
}

TEST_F(BashCompletion, AFlagTakesNoValueAndAFreeValueHasNoChoices) {
  EXPECT_EQ(offered("smtscope stat --all --form"), Words({"--format"}));
  EXPECT_EQ(offered("smtscope stat --of --form"), Words());
  EXPECT_EQ(offered("smtscope nonsense --form"), Words());
}

TEST_F(BashCompletion, FilesAndCommandsWhereTheyBelong) {
  EXPECT_EQ(offered("smtscope stat --metrics " + tree_.root() + "/scr"), Words({tree_.root() + "/script"}));
  EXPECT_TRUE(offered("smtscope stat -- prin").contains("printf"));
}

TEST(Completion, EveryShellKnowsEveryCommandAndLongOption) {
  const Program program;
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const auto script = completion_script(program.app, shell);
    ASSERT_TRUE(script) << shell;
    for (const CLI::App* sub : program.app.get_subcommands(nullptr)) {
      EXPECT_NE(script->find(sub->get_name()), std::string::npos) << shell;
      for (const CLI::Option* option : sub->get_options())
        for (const std::string& name : option->get_lnames()) {
          const std::string word = (shell == std::string("fish") ? "-l " : "--") + name;
          EXPECT_NE(script->find(word), std::string::npos) << shell << " " << word;
        }
    }
  }
}

TEST(Completion, DescriptionsAreQuotedForTheirShell) {
  const Program program;
  EXPECT_NE(completion_script(program.app, "zsh")->find("'stat:busy cores; it'\\''s [what] you\\: want'"),
            std::string::npos);
  EXPECT_NE(completion_script(program.app, "fish")->find("-d 'busy cores; it\\'s [what] you: want'"),
            std::string::npos);
}

TEST(Completion, AnotherShellIsAUsageError) {
  const Program program;
  const auto script = completion_script(program.app, "tcsh");
  ASSERT_FALSE(script);
  EXPECT_EQ(script.error().kind, ErrorKind::usage);
}

}  // namespace
}  // namespace smtscope
