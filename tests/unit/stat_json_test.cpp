// SPDX-License-Identifier: Apache-2.0
// What the contract says of `stat --format json` and the writer decides.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "unit/stat_fixture.h"

namespace smtscope {
namespace {

using Json = nlohmann::json;
using test::kStartNs;
using test::kWindowNs;
using test::plain_view;
using test::smt_view;
using test::stated_view;
using test::waits;
using test::wide_view;
using test::workload;

Json parsed(const StatView& view) {
  const std::string line = stat_json(view);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  Json json = Json::parse(line, nullptr, false);
  EXPECT_FALSE(json.is_discarded()) << line;
  return json;
}

std::set<std::string> keys(const Json& object) {
  std::set<std::string> out;
  for (const auto& item : object.items()) out.insert(item.key());
  return out;
}

void expect_keys(const Json& object, const std::set<std::string>& wanted) {
  const std::set<std::string> have = keys(object);
  for (const std::string& key : wanted) EXPECT_TRUE(have.contains(key)) << key << " in " << object.dump();
}

// Dotted paths of the null fields, arrays aside.
void find_nulls(const Json& object, const std::string& prefix, std::set<std::string>& out) {
  for (const auto& item : object.items()) {
    if (prefix.empty() && item.key() == "why") continue;
    if (item.value().is_null()) out.insert(prefix + item.key());
    if (item.value().is_object()) find_nulls(item.value(), prefix + item.key() + ".", out);
  }
}

// `why` names exactly the null fields, in words of the contract, and is there only if there are any.
void expect_explained(const Json& object) {
  static const std::set<std::string> kWords = {
      "unsupported", "not_applicable", "permission",  "disabled", "multiplexed",  "partial", "not_counted",
      "lost",        "stale",          "implausible", "changed",  "not_attested", "too_few", "over_budget"};
  std::set<std::string> nulls;
  find_nulls(object, "", nulls);
  EXPECT_EQ(object.contains("why"), !nulls.empty()) << object.dump();
  if (!object.contains("why")) return;
  EXPECT_EQ(keys(object["why"]), nulls);
  for (const auto& item : object["why"].items()) EXPECT_TRUE(kWords.contains(item.value())) << item.value();
}

void expect_whole(const StatView& view) {
  const Json json = parsed(view);
  expect_keys(json, {"start_ns", "end_ns", "start_unix_ms", "end_unix_ms", "window_seconds", "host", "topology",
                     "cores", "capacity", "entities", "pairs", "placement", "lost"});
  expect_keys(json["host"], {"name", "kernel", "cpu_model", "smt_control", "core_scheduling", "vulnerabilities"});
  expect_keys(json["topology"],
              {"source", "cpus", "cores", "threads_per_core", "packages", "nodes", "generation", "attested"});
  expect_keys(json["capacity"], {"cpu_used", "core_used", "all_busy", "true_used"});
  expect_keys(json["placement"], {"transitions", "sampled", "avoidable", "buckets"});
  expect_keys(json["lost"], {"variant", "switches", "seconds", "contended", "clamped", "pairs_dropped",
                             "pairs_dropped_seconds", "entities_dropped"});
  expect_explained(json);
  for (const Json& core : json["cores"]) {
    expect_keys(core, {"id", "package", "node", "cpus", "start_ns", "end_ns", "seconds", "busy_siblings", "counters",
                       "topdown"});
    expect_keys(core["seconds"], {"idle", "single", "partial", "all_busy", "unknown"});
    expect_explained(core);
  }
  for (const Json& entity : json["entities"]) {
    expect_keys(entity, {"id", "name", "kind", "cgroup", "cgroup_id", "pid", "comm", "pod", "namespace", "workload",
                         "container", "oncpu_seconds", "runqueue", "counters", "topdown", "numa"});
    expect_keys(entity["oncpu_seconds"],
                {"sibling_idle", "sibling_same", "sibling_other", "sibling_unknown", "no_sibling"});
    expect_keys(entity["runqueue"], {"count", "sum_seconds", "p50_us", "p99_us", "max_us", "buckets"});
    expect_explained(entity);
  }
  for (const Json& pair : json["pairs"]) {
    expect_keys(pair, {"a", "b", "seconds"});
    expect_explained(pair);
  }
}

TEST(StatJson, EveryKeyIsThereAndEveryNullIsExplained) {
  expect_whole(smt_view());
  expect_whole(plain_view());
  expect_whole(stated_view());
  expect_whole(wide_view(4, 8));
  expect_whole(StatView{});
  StatView of = smt_view();
  for (const uint32_t id : {2u, 4u, 5u, 99u}) {
    of.of = id;
    expect_whole(of);
  }
  StatView bare = smt_view();
  bare.host = {};
  for (CoreFigures& core : bare.figures.cores) core.package = core.node = std::nullopt;
  for (EntityFigures& entity : bare.figures.entities) {
    entity.runqueue.reset();
    entity.who.cgroup.reset();
  }
  expect_whole(bare);
}

TEST(StatJson, TimesAreIntegersExactToTheNanosecond) {
  const Json json = parsed(smt_view());
  ASSERT_TRUE(json["start_ns"].is_number_integer() && json["end_ns"].is_number_integer());
  EXPECT_EQ(json["start_ns"].get<uint64_t>(), kStartNs);
  EXPECT_EQ(json["end_ns"].get<uint64_t>(), kStartNs + 63 + kWindowNs);
  ASSERT_TRUE(json["start_unix_ms"].is_number_integer() && json["end_unix_ms"].is_number_integer());
  EXPECT_EQ(json["start_unix_ms"].get<int64_t>(), 1'700'000'000'123);
  EXPECT_EQ(json["end_unix_ms"].get<int64_t>(), 1'700'000'005'123);
  EXPECT_EQ(json["cores"][1]["start_ns"].get<uint64_t>(), kStartNs + 1);
}

TEST(StatJson, NumbersReadBackExactly) {
  for (const double value : {0.1 + 0.2, 1.0 / 3, 5e-324, 4.9999999999999996e-09, 123456789.123456789, 1e300}) {
    StatView view = smt_view();
    view.figures.cores[0].seconds.idle = value;
    view.figures.entities[0].oncpu[kClassOther] = value;
    view.figures.pairs[0].seconds = value;
    const Json json = parsed(view);
    EXPECT_EQ(json["cores"][0]["seconds"]["idle"].get<double>(), value);
    EXPECT_EQ(json["entities"][0]["oncpu_seconds"]["sibling_other"].get<double>(), value);
    EXPECT_EQ(json["pairs"][0]["seconds"].get<double>(), value);
  }
}

TEST(StatJson, NumbersThatWentWrongAreNoNumbers) {
  StatView view = smt_view();
  view.figures.entities[0].oncpu[kClassSame] = std::nan("");
  view.figures.capacity.true_used->high = std::numeric_limits<double>::infinity();
  const Json json = parsed(view);
  EXPECT_EQ(json["entities"][0]["why"]["oncpu_seconds.sibling_same"], "implausible");
  EXPECT_EQ(json["why"]["capacity.true_used"], "implausible");
  expect_whole(view);
}

TEST(StatJson, StatesByNumberOfSiblings) {
  const Json two = parsed(smt_view())["cores"][0];
  EXPECT_TRUE(two["seconds"]["partial"].is_null());
  EXPECT_EQ(two["why"]["seconds.partial"], "not_applicable");
  EXPECT_DOUBLE_EQ(two["seconds"]["all_busy"], 1.625);
  EXPECT_EQ(two["busy_siblings"].size(), 3u);
  EXPECT_EQ(two["why"]["counters"], "unsupported");
  EXPECT_EQ(two["why"]["topdown"], "unsupported");

  const Json one = parsed(plain_view())["cores"][0];
  EXPECT_EQ(one["why"]["seconds.partial"], "not_applicable");
  EXPECT_EQ(one["why"]["seconds.all_busy"], "not_applicable");
  EXPECT_DOUBLE_EQ(one["seconds"]["single"], 1.25);
  EXPECT_EQ(one["busy_siblings"].size(), 2u);

  const Json four = parsed(wide_view(1, 4))["cores"][0];
  EXPECT_NEAR(four["seconds"]["partial"], 5 * 0.8 / 3, 1e-12);
  EXPECT_EQ(four["busy_siblings"].size(), 5u);
  EXPECT_FALSE(four["why"].contains("seconds.partial"));
}

TEST(StatJson, ACoreWhoseCpusChangedIsUnknownForAllItsWindow) {
  StatView view = smt_view();
  view.figures.cores[3].reason = Reason::changed;
  const Json core = parsed(view)["cores"][3];
  for (const char* state : {"idle", "single", "partial", "all_busy"}) {
    EXPECT_TRUE(core["seconds"][state].is_null());
    EXPECT_EQ(core["why"][std::string("seconds.") + state], "changed");
  }
  EXPECT_EQ(core["why"]["busy_siblings"], "changed");
  EXPECT_NEAR(core["seconds"]["unknown"], 5, 1e-9);
  EXPECT_FALSE(parsed(view)["cores"][2]["seconds"]["idle"].is_null());
}

TEST(StatJson, Topology) {
  const Json json = parsed(smt_view())["topology"];
  EXPECT_EQ(json["source"], "sysfs");
  EXPECT_EQ(json["cpus"], 128);
  EXPECT_EQ(json["cores"], 64);
  EXPECT_EQ(json["threads_per_core"], 2);
  EXPECT_EQ(json["packages"], 2);
  EXPECT_EQ(json["attested"], true);
  EXPECT_EQ(parsed(stated_view())["topology"]["source"], "override");
}

TEST(StatJson, TrueUseOnlyWhereAttested) {
  const Json stated = parsed(smt_view())["capacity"]["true_used"];
  EXPECT_DOUBLE_EQ(stated["low"], 0.53);
  EXPECT_DOUBLE_EQ(stated["yield_high"], 1.7);
  EXPECT_EQ(stated["yield_source"], "assumed");
  const Json json = parsed(stated_view());
  EXPECT_TRUE(json["capacity"]["true_used"].is_null());
  EXPECT_EQ(json["why"]["capacity.true_used"], "not_attested");
  EXPECT_EQ(parsed(wide_view(2, 4))["why"]["capacity.true_used"], "unsupported");
}

TEST(StatJson, WithoutSiblingsPlacementDoesNotApply) {
  const Json json = parsed(plain_view());
  for (const char* name : {"transitions", "sampled", "avoidable", "buckets"}) {
    EXPECT_TRUE(json["placement"][name].is_null()) << name;
    EXPECT_EQ(json["why"][std::string("placement.") + name], "not_applicable") << name;
  }
  EXPECT_EQ(json["why"]["capacity.all_busy"], "not_applicable");
  StatView unseen = smt_view();
  unseen.figures.placement = {};
  EXPECT_EQ(parsed(unseen)["why"]["placement.transitions"], "unsupported");
  const Json seen = parsed(smt_view())["placement"];
  EXPECT_EQ(seen["avoidable"], 600);
  EXPECT_EQ(seen["buckets"], Json::parse("[[20.0, 500], [50.0, 99], [null, 1]]"));
}

TEST(StatJson, EntitiesSayWhatTheirKindHas) {
  StatView view = stated_view();
  view.figures.entities.push_back(workload(9, "nginx.service", EntityKind::unit, {1, 0, 0, 0, 0}));
  view.figures.entities.push_back(workload(10, "cgroup:812", EntityKind::cgroup, {1, 0, 0, 0, 0}));
  view.figures.entities.back().who.cgroup.reset();
  const Json entities = parsed(view)["entities"];
  EXPECT_EQ(entities[0]["kind"], "process");
  EXPECT_EQ(entities[0]["pid"], 70004);
  EXPECT_EQ(entities[0]["why"]["cgroup"], "not_applicable");
  EXPECT_EQ(entities[1]["kind"], "kernel");
  EXPECT_EQ(entities[1]["why"]["pid"], "not_applicable");
  EXPECT_EQ(entities[2]["cgroup"], "/nginx.service");
  EXPECT_EQ(entities[2]["cgroup_id"], 7009);
  EXPECT_EQ(entities[2]["why"]["comm"], "not_applicable");
  EXPECT_EQ(entities[3]["why"]["cgroup"], "lost");
  EXPECT_EQ(entities[3]["name"], "cgroup:812");
  for (const Json& entity : entities)
    for (const char* later : {"pod", "namespace", "workload", "container", "counters", "topdown", "numa"})
      EXPECT_EQ(entity["why"][later], "unsupported");
}

TEST(StatJson, RunQueue) {
  StatView view = smt_view();
  view.figures.entities[0].runqueue = RunqueueFigures{};
  view.figures.entities[1].runqueue = waits({{1.024, 10}, {std::nullopt, 5}}, 1.024, 0);
  view.figures.entities[1].runqueue->p99_us.reset();
  view.figures.entities[2].runqueue.reset();
  const Json entities = parsed(view)["entities"];
  EXPECT_EQ(entities[0]["runqueue"]["count"], 0);
  EXPECT_EQ(entities[0]["runqueue"]["buckets"], Json::array());
  for (const char* name : {"runqueue.p50_us", "runqueue.p99_us", "runqueue.max_us"})
    EXPECT_EQ(entities[0]["why"][name], "too_few");
  EXPECT_EQ(entities[1]["runqueue"]["buckets"], Json::parse("[[1.024, 10], [null, 5]]"));
  EXPECT_EQ(entities[1]["runqueue"]["p50_us"], 1.024);
  EXPECT_EQ(entities[1]["why"]["runqueue.p99_us"], "not_applicable");
  EXPECT_TRUE(entities[2]["runqueue"]["count"].is_null());
  EXPECT_EQ(entities[2]["why"]["runqueue.count"], "unsupported");
}

TEST(StatJson, OfOneEntityAndItsNeighboursInOrder) {
  StatView view = smt_view();
  view.of = 4;
  const Json json = parsed(view);
  ASSERT_EQ(json["entities"].size(), 3u);
  EXPECT_EQ(json["entities"][0]["id"], 4);
  EXPECT_EQ(json["entities"][1]["id"], 5);
  EXPECT_EQ(json["entities"][2]["id"], 2);
  ASSERT_EQ(json["pairs"].size(), 2u);
  EXPECT_EQ(json["pairs"][0]["b"], 5);
  EXPECT_NEAR(json["pairs"][0]["share"], 2.5 / 4.1, 1e-12);
  EXPECT_EQ(json["pairs"][1]["a"], 2);
  EXPECT_EQ(json["cores"].size(), 64u);

  view.of = 5;  // beside itself both threads are its own
  const Json self = parsed(view);
  ASSERT_EQ(self["entities"].size(), 2u);
  EXPECT_EQ(self["entities"][0]["id"], 5);
  EXPECT_NEAR(self["pairs"][0]["share"], 2 * 26.84 / 88.0, 1e-12);

  view.of = 77;
  EXPECT_EQ(parsed(view)["entities"], Json::array());
  EXPECT_EQ(parsed(view)["pairs"], Json::array());
}

TEST(StatJson, NamesOfAnyBytesAreValidUtf8) {
  StatView view = smt_view();
  view.figures.entities[0].who.name =
      "a\xff\xfe"
      "b\xc3(\n\"\x01";
  view.figures.entities[1].who.name =
      "Gr\xc3\xb6\xc3\x9f"
      "e \xe6\xbc\xa2";
  view.host.name = "\xed\xa0\x80host";
  view.host.vulnerabilities.emplace_back("bad\xff", "SMT \xff");
  const Json json = parsed(view);
  EXPECT_EQ(json["entities"][0]["name"],
            "a\xEF\xBF\xBD\xEF\xBF\xBD"
            "b\xEF\xBF\xBD(\n\"\x01");
  EXPECT_EQ(json["entities"][1]["name"],
            "Gr\xc3\xb6\xc3\x9f"
            "e \xe6\xbc\xa2");
  EXPECT_NE(json["host"]["name"].get<std::string>().find("\xEF\xBF\xBD"), std::string::npos);
}

TEST(StatJson, LostSaysItsVariant) {
  StatView view = smt_view();
  EXPECT_EQ(parsed(view)["lost"]["variant"], "word");
  view.figures.lost = {false, 3, 0.25, 1, 2, 4, 0.5, 6};
  EXPECT_EQ(parsed(view)["lost"],
            Json::parse(R"({"variant": "queue", "switches": 3, "seconds": 0.25, "contended": 1, "clamped": 2,
                            "pairs_dropped": 4, "pairs_dropped_seconds": 0.5, "entities_dropped": 6})"));
}

}  // namespace
}  // namespace smtscope
