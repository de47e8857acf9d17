// SPDX-License-Identifier: Apache-2.0
// More processes than there are ids to lend, each gone at once: totals still add up, nothing is lost silently.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "harness.h"

namespace smtscope::live {
namespace {

constexpr int kProcesses = 30'000;  // 1.8 times the ids

double sum(const nlohmann::json& seconds) {
  double total = 0;
  for (const auto& value : seconds)
    if (value.is_number()) total += value.get<double>();
  return total;
}

TEST(ShortLived, MoreProcessesThanIds) {
  if (auto reason = cannot_run(); !reason.empty()) GTEST_SKIP() << reason;
  const std::string loop = "i=0; while [ $i -lt " + std::to_string(kProcesses) + " ]; do (:); i=$((i+1)); done";
  const Output out =
      run_smtscope({"stat", "--siblings", "0,1", "--by", "pid", "--format", "json", "--", "/bin/sh", "-c", loop});
  ASSERT_EQ(out.status, 0) << out.err;
  const auto stat = nlohmann::json::parse(out.out, nullptr, false);
  ASSERT_TRUE(stat.is_object()) << out.out.substr(0, 400);
  const auto& core = stat["cores"][0];
  const double window = static_cast<double>(core["end_ns"].get<uint64_t>() - core["start_ns"].get<uint64_t>()) / 1e9;
  EXPECT_NEAR(sum(core["seconds"]), window, window * 1e-6);
  double alone = 0, beside = 0, pairs = 0;
  for (const auto& entity : stat["entities"]) {
    const auto& oncpu = entity["oncpu_seconds"];
    alone += oncpu["sibling_idle"].get<double>();
    beside += oncpu["sibling_same"].get<double>() + oncpu["sibling_other"].get<double>();
    EXPECT_FALSE(entity["name"].get<std::string>().empty());
  }
  for (const auto& pair : stat["pairs"]) pairs += pair["seconds"].get<double>();
  EXPECT_NEAR(alone, core["seconds"]["single"].get<double>(), window * 1e-6);
  EXPECT_NEAR(beside, 2 * core["seconds"]["all_busy"].get<double>(), window * 1e-6);
  EXPECT_NEAR(pairs, core["seconds"]["all_busy"].get<double>(), window * 1e-6);
  // Either seen one by one, or in `other` and counted: how many depends on how fast this machine forks.
  const auto& lost = stat["lost"];
  const auto dropped = lost["pairs_dropped"].get<uint64_t>() + lost["entities_dropped"].get<uint64_t>();
  EXPECT_GT(stat["entities"].size(), 1'000u);
  EXPECT_TRUE(dropped > 0 || stat["entities"].size() >= static_cast<size_t>(kProcesses)) << lost.dump();
}

}  // namespace
}  // namespace smtscope::live
