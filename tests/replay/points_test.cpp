// SPDX-License-Identifier: Apache-2.0
// Stored snapshots -> intervals -> points -> totals -> JSON Lines, byte for byte as in tests/golden.
// SMTSCOPE_UPDATE_GOLDEN=1 writes those files anew.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "commands/metrics_file.h"
#include "replay/snapshots.h"
#include "unit/tree.h"

namespace smtscope {
namespace {

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// What `stat --metrics` writes for these snapshots.
std::string replay(const std::vector<Snapshot>& snapshots) {
  const test::Tree tree;
  const std::string path = tree.root() + "/out.jsonl";
  auto file = MetricsFile::open(path);
  EXPECT_TRUE(file);
  for (size_t i = 1; file && i < snapshots.size(); i++)
    EXPECT_TRUE(file->write(make_interval(snapshots[i - 1], snapshots[i])));
  return content(path);
}

class Golden : public testing::TestWithParam<const char*> {};

TEST_P(Golden, PointsAreTheSameBytes) {
  const std::string name = GetParam();
  const auto snapshots = test::read_snapshots(std::string(SMTSCOPE_FIXTURES) + "/snapshots/" + name + ".json");
  ASSERT_GE(snapshots.size(), 2u);
  const std::string got = replay(snapshots);
  const std::string path = std::string(SMTSCOPE_SOURCE_DIR) + "/tests/golden/" + name + ".jsonl";
  if (std::getenv("SMTSCOPE_UPDATE_GOLDEN")) std::ofstream(path, std::ios::binary) << got;
  ASSERT_FALSE(got.empty());
  EXPECT_EQ(got, content(path));
}

INSTANTIATE_TEST_SUITE_P(All, Golden, testing::Values("smt2", "smt4", "plain"),
                         [](const auto& info) { return std::string(info.param); });

TEST(Replay, TwiceGivesTheSame) {
  const auto snapshots = test::read_snapshots(std::string(SMTSCOPE_FIXTURES) + "/snapshots/smt2.json");
  EXPECT_EQ(replay(snapshots), replay(snapshots));
}

// From what was written alone: the states of the cores, and of the node, sum to the seconds of the window.
TEST_P(Golden, StatesSumToTheWindow) {
  std::map<std::pair<uint64_t, std::string>, double> cores;
  std::map<uint64_t, double> node, window;
  std::istringstream lines(content(std::string(SMTSCOPE_SOURCE_DIR) + "/tests/golden/" + GetParam() + ".jsonl"));
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line);
    const uint64_t end = json["end_ns"];
    window[end] = static_cast<double>(end - json["start_ns"].get<uint64_t>()) / 1e9;
    if (json["metric"] == "smtscope.node.core.time") node[end] += json["delta"].get<double>();
    if (json["metric"] == "smtscope.core.time")
      cores[{end, json["attributes"]["smtscope.core.id"].dump()}] += json["delta"].get<double>();
  }
  ASSERT_FALSE(cores.empty());
  for (const auto& [at, seconds] : cores) EXPECT_NEAR(seconds, window[at.first], 1e-6 * window[at.first]);
  for (const auto& [end, seconds] : node) EXPECT_NEAR(seconds, 2 * window[end], 1e-6 * window[end]);
}

}  // namespace
}  // namespace smtscope
