// SPDX-License-Identifier: Apache-2.0
// What `smtscope pmu` prints.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "pmu_machines.h"
#include "views/pmu_view.h"

namespace smtscope::test {
namespace {

PmuView view_of(std::string_view id, bool with_device) {
  PmuView view;
  view.facts = free_machine();
  PmuKindView one;
  one.kind = kind_of(id);
  one.table = &table_of(id);
  one.plan = *pmu::resolve(one.kind, view.facts);
  const Result<LibraryEvent> none = fail(ErrorKind::no_input, "no such event");
  one.asked.push_back(pmu::opinion(*one.table, *one.kind.device, view.facts, "sloths", none, {"SLOTS"}));
  one.assumed = !with_device;
  if (!with_device) one.kind.device.reset(), view.no_counters = "no PMU here";
  view.kinds.push_back(std::move(one));
  view.library = {{"spr", "Sapphire Rapids", {"TOPDOWN:SLOTS", "UOPS_ISSUED:ANY"}}};
  return view;
}

TEST(PmuView, JsonSaysWhyWhatIsNull) {
  for (const bool with_device : {true, false}) {
    const auto json = nlohmann::json::parse(pmu_json(view_of("spr", with_device)));
    EXPECT_EQ(json["counters"], with_device);
    EXPECT_EQ(json.contains("no_counters"), !with_device);
    const auto& kind = json["kinds"][0];
    EXPECT_EQ(kind["microarchitecture"], "spr");
    EXPECT_EQ(kind["device"].is_null(), !with_device);
    EXPECT_EQ(kind.contains("why"), !with_device);
    EXPECT_EQ(kind["plan"]["assumed"], !with_device);
    EXPECT_EQ(kind["plan"]["dialect"], "tma_spr_perf_metrics");
    EXPECT_EQ(kind["plan"]["groups"][0][0]["event"], "slots");
    EXPECT_EQ(kind["plan"]["groups"][0][0]["config"], "0x400");
    EXPECT_EQ(kind["events"][0]["verdict"], "refused");
    EXPECT_TRUE(kind["events"][0]["counted"].is_null());
    EXPECT_EQ(kind["events"][0]["why"]["counted"], "unsupported");
    EXPECT_EQ(json["libpfm4"]["pmus"][0]["events"], 2);
    EXPECT_FALSE(json["libpfm4"]["pmus"][0].contains("names"));
  }
  const auto zen = nlohmann::json::parse(pmu_json(view_of("zen4", true)));
  EXPECT_TRUE(zen["kinds"][0]["plan"]["ref_cycles"].is_null());
  EXPECT_EQ(zen["kinds"][0]["plan"]["why"]["ref_cycles"], "partial");
  EXPECT_FALSE(zen["kinds"][0]["plan"]["not_counted"].empty());
}

TEST(PmuView, TextOfEveryTableIsNoWiderThanTheScreen) {
  for (const auto& table : pmu::microarchitectures())
    for (const bool with_device : {true, false}) {
      PmuView view = view_of(table.id, with_device);
      view.list = true;
      std::istringstream text(pmu_text(view));
      for (std::string line; std::getline(text, line);) EXPECT_LE(line.size(), 80u) << table.id << ": " << line;
    }
}

TEST(PmuView, TextSaysWhatIsNotCountedAndWhy) {
  const std::string text = pmu_text(view_of("zen4", false));
  for (const char* part :
       {"No hardware counters: no PMU here", "With a PMU this would be counted", "0x1000060a0",
        "ex_ret_brn_misp (partial)", "derived, not checked", "not counted: neither", "2 events of spr"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  EXPECT_EQ(text.find("UOPS_ISSUED"), std::string::npos);
}

}  // namespace
}  // namespace smtscope::test
