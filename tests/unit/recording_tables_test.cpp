// SPDX-License-Identifier: Apache-2.0
#include "recording/tables.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "recording/schema.h"

namespace smtscope {
namespace {

Table table_of(uint32_t width, const std::map<Key, std::vector<uint64_t>>& rows) {
  Table table{width, {}, {}};
  for (const auto& [key, row] : rows) std::copy(row.begin(), row.end(), table.append(key));
  return table;
}

Key entity(uint32_t a, uint32_t b = 0) { return {KeyKind::entity, a, b}; }

Result<Table> there_and_back(const Table* before, const Table& now) {
  const TableChanges changes = table_changes(before, now);
  return apply_changes(before, KeyKind::entity, now.width, {changes.shift, changes.rows, changes.gone});
}

void expect_same(const Result<Table>& got, const Table& wanted) {
  ASSERT_TRUE(got) << got.error().what;
  EXPECT_EQ(got->keys, wanted.keys);
  EXPECT_EQ(got->values, wanted.values);
  EXPECT_EQ(got->width, wanted.width);
}

TEST(RecordingTables, EveryReadingHasItsColumns) {
  ASSERT_EQ(reading_names().size(), static_cast<size_t>(Reading::kCount));
  for (size_t i = 0; i < reading_names().size(); i++) {
    const ReadingName& name = reading_names()[i];
    EXPECT_EQ(static_cast<size_t>(name.reading), i);
    EXPECT_EQ(name.columns.size(), reading_width(name.reading)) << name.name;
  }
}

TEST(RecordingTables, ChangesOfAnyTableLeadThere) {
  std::mt19937 random(7);
  std::map<Key, std::vector<uint64_t>> rows;
  Table before;
  for (int round = 0; round < 300; round++) {
    for (int i = 0; i < 20; i++) {
      const Key key = entity(random() % 30, random() % 3 == 0 ? random() : random() % 4);
      if (random() % 4 == 0) rows.erase(key);
      else rows[key] = {random(), (static_cast<uint64_t>(random()) << 32) | random(), random() % 2};
    }
    Table now = table_of(3, rows);
    expect_same(there_and_back(nullptr, now), now);
    if (round > 0) expect_same(there_and_back(&before, now), now);
    before = std::move(now);
  }
}

TEST(RecordingTables, WhatDidNotChangeTakesNothing) {
  const Table table = table_of(2, {{entity(0), {1, 2}}, {entity(4000000000u, 4000000000u), {0, UINT64_MAX}}});
  const TableChanges changes = table_changes(&table, table);
  EXPECT_TRUE(changes.rows.empty());
  EXPECT_TRUE(changes.gone.empty());
  expect_same(there_and_back(&table, table), table);
}

TEST(RecordingTables, ACounterThatWentBackComesBackTheSame) {
  const Table before = table_of(1, {{entity(1), {100}}}), now = table_of(1, {{entity(1), {3}}});
  expect_same(there_and_back(&before, now), now);
}

TEST(RecordingTables, WhatAllDifferencesShareIsNotWritten) {
  const Table before = table_of(1, {{entity(1), {160}}, {entity(2), {48}}});
  const Table now = table_of(1, {{entity(1), {320}}, {entity(2), {16}}, {entity(3), {UINT64_MAX << 4}}});
  EXPECT_EQ(table_changes(&before, now).shift, 4u);
  expect_same(there_and_back(&before, now), now);
}

TEST(RecordingTables, NonsenseIsAnError) {
  const Table before = table_of(2, {{entity(1), {1, 2}}, {entity(3), {4, 5}}});
  const auto apply = [&](std::vector<uint64_t> rows, std::vector<uint64_t> gone) {
    return apply_changes(&before, KeyKind::entity, 2, {0, rows, gone}).has_value();
  };
  EXPECT_TRUE(apply({}, {}));
  EXPECT_TRUE(apply({2, 0, 1, 9}, {1, 0}));
  EXPECT_FALSE(apply({2}, {})) << "half a key";
  EXPECT_FALSE(apply({2, 0}, {})) << "no columns";
  EXPECT_FALSE(apply({2, 0, 4, 1}, {})) << "a column that is not there";
  EXPECT_FALSE(apply({2, 0, 3, 1}, {})) << "a value is missing";
  EXPECT_FALSE(apply({2, 0, 1, 1, 0, 0, 1, 1}, {})) << "a key twice";
  EXPECT_FALSE(apply({1ull << 33, 0, 1, 1}, {})) << "an id beyond 32 bits";
  EXPECT_FALSE(apply({UINT64_MAX, 0, 1, 1}, {})) << "an id that wraps";
  EXPECT_FALSE(apply({5, UINT64_MAX, 1, 1}, {})) << "a second id that wraps";
  EXPECT_FALSE(apply({}, {2, 0})) << "a row that was not there went";
  EXPECT_FALSE(apply({}, {7, 0})) << "so did this";
  EXPECT_FALSE(apply({}, {1})) << "half a key that went";
  EXPECT_FALSE(apply({1, 0, 1, 1}, {1, 0})) << "gone, and there";
  EXPECT_FALSE(apply_changes(&before, KeyKind::entity, 3, {})) << "another width";
  EXPECT_FALSE(apply_changes(&before, KeyKind::entity, 2, {64, {}, {}})) << "a shift beyond 63";
}

}  // namespace
}  // namespace smtscope
