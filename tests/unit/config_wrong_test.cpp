// SPDX-License-Identifier: Apache-2.0
// Wrong configurations: every one of the table says exactly what the table says, and nothing is read wrongly.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <random>
#include <regex>
#include <set>

#include "config/load.h"
#include "config/names.h"
#include "config/print.h"
#include "config/schema.h"
#include "unit/config_cases.h"

namespace smtscope {
namespace {

constexpr const char* kTable = SMTSCOPE_FIXTURES "/config/wrong.txt";

// The message without the line with the number of problems, which is checked.
std::string said(const Error& error, int line) {
  const size_t end = error.what.find('\n');
  std::string rest = error.what.substr(end + 1) + "\n";
  const auto count = std::count(rest.begin(), rest.end(), '\n');
  EXPECT_EQ(error.what.substr(0, end),
            count == 1 ? "the configuration has a problem:" : fmt::format("the configuration has {} problems:", count))
      << "line " << line;
  return rest;
}

TEST(ConfigWrong, EachSaysExactlyWhatIsWrong) {
  const auto cases = test::wrong_cases(kTable);
  ASSERT_GE(cases.size(), 150u);
  for (const test::WrongCase& wrong : cases) {
    const auto config = parse_config(wrong.text);
    ASSERT_FALSE(config) << "line " << wrong.line << " is not wrong";
    EXPECT_EQ(config.error().kind, ErrorKind::config);
    EXPECT_EQ(said(config.error(), wrong.line), wrong.said) << "line " << wrong.line;
  }
}

TEST(ConfigWrong, TheTableHasEveryKey) {
  std::set<std::string> keys;
  for (const std::string& key : all_keys()) keys.insert(key);
  for (const std::string_view type : kExporterTypes)
    for (const std::string& key : exporter_keys(type)) keys.insert("exporters.0." + key);
  for (const char* key : {"ca_file", "cert_file", "key_file", "insecure"})
    keys.insert(std::string("exporters.0.tls.") + key);
  EXPECT_GE(keys.size(), 60u);
  const std::regex path("(?:c\\.yaml:[0-9]+|--set [^:]+): ([a-z_.0-9]+): ");
  for (const test::WrongCase& wrong : test::wrong_cases(kTable))
    for (std::sregex_iterator at(wrong.said.begin(), wrong.said.end(), path), end; at != end; ++at)
      keys.erase((*at)[1]);
  for (const std::string& key : keys) ADD_FAILURE() << "no wrong value of " << key;
}

TEST(ConfigWrong, NoSecretIsShown) {
  for (const char* url :
       {"http://user:hunter2@host", "user:hunter2@host", "htp:/user:hunter2@host", "//x:hunter2@h:1/"}) {
    for (const std::string key : {"exporters.0.endpoint", "exporters.1.endpoints.0", "exporters.1.proxy"}) {
      const auto config =
          parse_config({"c.yaml", "exporters: [{type: otlp}, {type: elasticsearch}]", {key + "=\"" + url + "\""}});
      ASSERT_FALSE(config) << url;
      EXPECT_EQ(config.error().what.find("hunter2"), std::string::npos) << config.error().what;
    }
  }
}

TEST(ConfigWrong, TooMuchOfItIsCounted) {
  std::string yaml;
  for (int i = 0; i < 5000; ++i) yaml += fmt::format("key{}: 1\n", i);
  const auto config = parse_config({"c.yaml", yaml, {}});
  ASSERT_FALSE(config);
  EXPECT_TRUE(config.error().what.starts_with("the configuration has 5000 problems:\nc.yaml:1: key0: unknown key"));
  EXPECT_TRUE(config.error().what.ends_with("\n.. and 4900 more"));
  EXPECT_EQ(std::count(config.error().what.begin(), config.error().what.end(), '\n'), 101);
}

TEST(ConfigWrong, TooLong) {
  const std::string comment = "interval: 2s\n#";
  const std::string most = comment + std::string(kMaxConfigBytes - comment.size(), 'x');
  EXPECT_TRUE(parse_config({"c.yaml", most, {}}));
  const auto config = parse_config({"c.yaml", most + "x", {}});
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().what, "the configuration has a problem:\nc.yaml: longer than 1048576 bytes");
}

TEST(ConfigWrong, DeepAndWideThingsEndSoon) {
  const auto repeated = [](const std::string& text, size_t times) {
    std::string out;
    for (size_t i = 0; i < times; ++i) out += text;
    return out;
  };
  std::string stairs;
  for (size_t i = 0; i < 1000; ++i) stairs += std::string(i, ' ') + "a:\n";
  for (const std::string& yaml :
       {repeated("[", 50'000), repeated("{a: ", 50'000), repeated("- ", 125'000), repeated("? ", 125'000),
        repeated("a: &a [*a,", 50'000), repeated("--- a\n", 25'000), repeated("{", 50'000), repeated("[{", 25'000),
        repeated("interval: 1s\n", 70'000), repeated("a: b\n", 50'000), "{" + repeated("a,", 125'000) + "}",
        "exporters: [" + repeated("a,", 100'000) + "]",
        "identity: {kubernetes: {labels: [" + repeated("a,", 100'000) + "]}}",
        "attributes: {" + repeated("a: b,", 45'000) + "}", repeated("\"", 250'000), repeated("'", 999'999), stairs}) {
    const auto config = parse_config({"c.yaml", yaml, {}});
    ASSERT_FALSE(config) << yaml.substr(0, 20);
    EXPECT_LT(config.error().what.size(), 20'000u) << yaml.substr(0, 20);
  }
}

void refused_or_reads_back_equal(const std::string& yaml, int& loaded) {
  const auto config = parse_config({"c.yaml", yaml, {}});
  if (!config) return;
  ++loaded;
  const auto again = parse_config({"p.yaml", print_config(*config), {}});
  ASSERT_TRUE(again) << again.error().what << "\n" << print_config(*config);
  ASSERT_EQ(*again, *config) << yaml;
}

constexpr std::string_view kMarks = " \t\n:,{}[]\"'#&*!|>%@`-?~\\0aZ.\x80";

TEST(ConfigWrong, RubbishNeverCrashes) {
  std::mt19937 random(7);
  int loaded = 0;
  for (int round = 0; round < 5000; ++round) {
    std::string text(1 + random() % 60, ' ');
    for (char& c : text) c = random() % 8 ? kMarks[random() % kMarks.size()] : static_cast<char>(random());
    refused_or_reads_back_equal(text, loaded);
  }
  EXPECT_LT(loaded, 500);
}

// A good file with a few bytes changed: refused, or read as what it then says.
TEST(ConfigWrong, ScratchedFilesAreRefusedOrReadBackEqual) {
  std::ifstream file(SMTSCOPE_FIXTURES "/config/contract.yaml");
  const std::string good{std::istreambuf_iterator<char>(file), {}};
  std::mt19937 random(8);
  int loaded = 0;
  for (int round = 0; round < 1000; ++round) {
    std::string text = good;
    for (unsigned i = 0; i <= random() % 3; ++i) text[random() % text.size()] = kMarks[random() % kMarks.size()];
    refused_or_reads_back_equal(text, loaded);
  }
  EXPECT_GT(loaded, 50);
}

}  // namespace
}  // namespace smtscope
