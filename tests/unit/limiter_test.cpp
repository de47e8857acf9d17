// SPDX-License-Identifier: Apache-2.0
// What is exported is bounded, and every sum is what it was.
#include "derive/limiter.h"

#include <gtest/gtest.h>

#include <numeric>
#include <random>

#include "unit/readings.h"

namespace smtscope {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace): the words of this test

constexpr uint64_t kSecond = 1'000'000'000;

void put_row(Interval& interval, Reading reading, Key key, std::initializer_list<uint64_t> values) {
  Table& table = interval.tables[reading];
  table.width = reading_width(reading);
  std::copy(values.begin(), values.end(), table.append(key));
  table.sort();
}

// Entities kFirstEntity .. with these ns of time alone, each with as much beside itself as a pair.
Interval busy(const std::vector<uint64_t>& ns, uint64_t end_s, uint32_t first = kFirstEntity) {
  Interval interval;
  interval.start_ns = (end_s - 1) * kSecond;
  interval.end_ns = end_s * kSecond;
  for (uint32_t i = 0; i < ns.size(); i++) {
    const uint32_t id = first + i;
    interval.entities.push_back(cgroup_entity(id, "/e" + std::to_string(id)));
    if (!ns[i]) continue;
    put_row(interval, Reading::entity_time, entity_key(id), {ns[i], 0, 0, 0, 0});
    put_row(interval, Reading::pair_time, pair_key(id, id), {ns[i]});
    put_row(interval, Reading::runqueue_count, entity_key(id, 3), {i + 1});
    put_row(interval, Reading::runqueue_count, entity_key(id, 9), {2});
  }
  return interval;
}

uint64_t sum(const Interval& interval, Reading reading) {
  const auto at = interval.tables.find(reading);
  return at == interval.tables.end() ? 0
                                     : std::accumulate(at->second.values.begin(), at->second.values.end(), uint64_t{0});
}

uint64_t value(const Interval& interval, Reading reading, Key key) {
  const uint64_t* row = interval.tables.at(reading).find(key);
  return row ? row[0] : UINT64_MAX;
}

TEST(Limiter, TheBusiestStayAndTheRestIsOther) {
  Limiter limiter({2, 50});
  Interval interval = busy({10, 30, 20, 5}, 2);
  limiter.apply(interval);
  EXPECT_EQ(value(interval, Reading::entity_time, entity_key(5)), 30u);
  EXPECT_EQ(value(interval, Reading::entity_time, entity_key(6)), 20u);
  EXPECT_EQ(value(interval, Reading::entity_time, entity_key(kOtherEntity)), 15u);
  EXPECT_EQ(interval.tables.at(Reading::entity_time).keys.size(), 3u);
  // Buckets are added bucket by bucket: entities 4 and 7 had 1 and 4 waits in bucket 3.
  EXPECT_EQ(value(interval, Reading::runqueue_count, entity_key(kOtherEntity, 3)), 5u);
  EXPECT_EQ(value(interval, Reading::runqueue_count, entity_key(kOtherEntity, 9)), 4u);
  EXPECT_EQ(value(interval, Reading::pair_time, pair_key(kOtherEntity, kOtherEntity)), 15u);
  ASSERT_EQ(interval.entities.size(), 3u);
  EXPECT_EQ(interval.entities[0].id, kOtherEntity);
}

TEST(Limiter, WhoIsInStaysWithZeros) {
  Limiter limiter({1, 50});
  Interval first = busy({10}, 2);
  limiter.apply(first);
  Interval second = busy({0, 1000}, 3);
  limiter.apply(second);
  EXPECT_NE(second.entity(4), nullptr) << "still named, so its zeros are written";
  EXPECT_EQ(second.entity(5), nullptr);
  EXPECT_EQ(value(second, Reading::entity_time, entity_key(kOtherEntity)), 1000u);
  EXPECT_EQ(value(second, Reading::pair_time, pair_key(4, 4)), 0u) << "a pair that is in and did nothing is a zero";
}

TEST(Limiter, TenIdleMinutesFreeAPlace) {
  Limiter limiter({1, 50});
  Interval first = busy({10}, 2);
  limiter.apply(first);
  Interval early = busy({7}, 2 + 599, 5);
  limiter.apply(early);
  EXPECT_EQ(early.entity(5), nullptr);
  Interval late = busy({7}, 2 + 602, 5);
  limiter.apply(late);
  EXPECT_EQ(late.entity(4), nullptr);
  EXPECT_EQ(value(late, Reading::entity_time, entity_key(5)), 7u);
}

TEST(Limiter, TheEndOfAnEntityFreesItsPlaceAtOnce) {
  Limiter limiter({1, 50});
  Interval first = busy({10}, 2);
  limiter.apply(first);
  limiter.ended({cgroup_entity(4, "/e4")});
  EXPECT_EQ(limiter.pairs(), 0u);
  Interval second = busy({7}, 3, 5);
  limiter.apply(second);
  EXPECT_EQ(value(second, Reading::entity_time, entity_key(5)), 7u);
}

// The unit's new cgroup has the old one's name outside: the same series, the same place.
TEST(Limiter, ARestartedUnitKeepsItsPlace) {
  Limiter limiter({1, 50});
  Interval first = busy({10}, 2);
  limiter.apply(first);
  Interval second = busy({7}, 3, 5);
  second.entities[0] = cgroup_entity(5, "/e4");
  limiter.apply(second);
  EXPECT_EQ(value(second, Reading::entity_time, entity_key(5)), 7u);
  limiter.ended({cgroup_entity(4, "/e4")});
  EXPECT_EQ(limiter.entities(), 1u) << "the old cgroup's end does not end the new one";
}

TEST(Limiter, PairsBeyondTheLimitAreOther) {
  Limiter limiter({10, 2});
  Interval interval = busy({10, 30, 20, 5}, 2);
  limiter.apply(interval);
  EXPECT_EQ(value(interval, Reading::pair_time, pair_key(5, 5)), 30u);
  EXPECT_EQ(value(interval, Reading::pair_time, pair_key(6, 6)), 20u);
  EXPECT_EQ(value(interval, Reading::pair_time, pair_key(kOtherEntity, kOtherEntity)), 15u);
  EXPECT_EQ(limiter.pairs(), 2u);
}

TEST(Limiter, UnknownRowsStayUnknown) {
  Limiter limiter({1, 50});
  Interval interval = busy({10, 30}, 2);
  interval.unknown.emplace(entity_key(4), Reason::changed);
  limiter.apply(interval);
  EXPECT_EQ(interval.unknown.count(entity_key(kOtherEntity)), 1u) << "a part of other is not known, so other is not";
}

TEST(Limiter, SumsAreKeptWhateverHappens) {
  std::mt19937 random(7);
  Limiter limiter({3, 4});
  for (uint64_t second = 2; second < 200; second++) {
    Interval interval;
    interval.start_ns = (second - 1) * kSecond;
    interval.end_ns = second * kSecond;
    for (uint32_t id = kFirstEntity; id < kFirstEntity + 12; id++) {
      if (random() % 3 == 0) continue;
      interval.entities.push_back(cgroup_entity(id, "/e" + std::to_string(id)));
      put_row(interval, Reading::entity_time, entity_key(id), {random() % 100, random() % 7, 0, 1, 0});
      for (const Entity& with : interval.entities)
        if (random() % 2) put_row(interval, Reading::pair_time, pair_key(with.id, id), {random() % 50 + 1});
    }
    const uint64_t times = sum(interval, Reading::entity_time), pairs = sum(interval, Reading::pair_time);
    limiter.apply(interval);
    ASSERT_EQ(sum(interval, Reading::entity_time), times) << second;
    ASSERT_EQ(sum(interval, Reading::pair_time), pairs) << second;
    ASSERT_LE(interval.entities.size(), 4u);
    ASSERT_LE(interval.tables[Reading::pair_time].keys.size(), 5u);
    const auto& keys = interval.tables[Reading::pair_time].keys;
    ASSERT_TRUE(std::is_sorted(keys.begin(), keys.end()));
    for (const Key& key : keys) {
      ASSERT_TRUE(interval.entity(key.a)) << key.a;
      ASSERT_TRUE(interval.entity(key.b)) << key.b;
    }
    if (random() % 20 == 0) limiter.ended({cgroup_entity(kFirstEntity, "/e4")});
  }
}

}  // namespace
}  // namespace smtscope
