// SPDX-License-Identifier: Apache-2.0
#include "compare/window_sum.h"

#include <algorithm>
#include <set>

namespace smtscope {
namespace {

bool names_entities(KeyKind kind) { return kind == KeyKind::entity || kind == KeyKind::pair; }

}  // namespace

uint32_t NamedEntities::id_of(const Entity& entity) {
  if (entity.id < kFirstEntity) {
    entities_.try_emplace(entity.id, entity);
    return entity.id;
  }
  std::string word(1, static_cast<char>(entity.kind));
  word += entity.name;
  if (const auto at = ids_.find(word); at != ids_.end()) return at->second;
  if (ids_.size() >= most_) {
    left_out_++;
    entities_.try_emplace(kOtherEntity, Entity{kOtherEntity, EntityKind::other, "other", {}, {}, {}, {}});
    return kOtherEntity;
  }
  Entity named = entity;
  named.id = next_++;
  ids_.emplace(std::move(word), named.id);
  return entities_.emplace(named.id, std::move(named)).first->first;
}

size_t WindowSum::KeyHash::operator()(const Key& key) const {
  uint64_t x = (uint64_t{key.a} << 32 | key.b) + (uint64_t{static_cast<uint8_t>(key.kind)} << 59);
  x = (x ^ (x >> 32)) * 0x9E3779B97F4A7C15;
  return x ^ (x >> 29);
}

void WindowSum::clear() {
  rows_.clear();
  head_ = {};
  intervals_ = 0;
}

void WindowSum::add_row(Reading reading, Rows& rows, const Key& key, const uint64_t* row, uint32_t width) {
  const auto [at, is_new] = rows.index.try_emplace(key, rows.index.size());
  if (is_new) rows.values.resize(rows.values.size() + width);
  uint64_t* sum = rows.values.data() + at->second * width;
  for (uint32_t c = 0; c < width; c++) sum[c] = is_cumulative(reading, c) ? sum[c] + row[c] : std::max(sum[c], row[c]);
}

void WindowSum::add(const Interval& interval) {
  if (intervals_++ == 0) {
    head_.start_ns = interval.start_ns;
    head_.bucket_upper_ns = interval.bucket_upper_ns;
    head_.full_waits = true;
  }
  head_.end_ns = interval.end_ns;
  head_.unix_offset_ns = interval.unix_offset_ns;
  head_.topology = interval.topology;
  head_.word_variant = interval.word_variant;
  head_.full_waits &= interval.full_waits;
  head_.missing.insert(interval.missing.begin(), interval.missing.end());
  std::unordered_map<uint32_t, uint32_t> ids;
  for (const Entity& entity : interval.entities) ids[entity.id] = names_.id_of(entity);
  const auto renamed = [&](Key key) {
    if (!names_entities(key.kind)) return key;
    const auto named = [&](uint32_t id) {
      const auto at = ids.find(id);
      return at == ids.end() ? kOtherEntity : at->second;
    };
    key.a = named(key.a);
    if (key.kind == KeyKind::entity) return key;
    key.b = named(key.b);
    if (key.b < key.a) std::swap(key.a, key.b);
    return key;
  };
  for (const auto& [key, reason] : interval.unknown) head_.unknown.emplace(renamed(key), reason);
  for (const auto& [reading, table] : interval.tables) {
    Rows& rows = rows_[reading];
    for (size_t i = 0; i < table.keys.size(); i++) {
      Key key = table.keys[i];
      // The buckets of waits are of an entity in `a`; `b` is the bucket.
      const bool bucket = reading == Reading::runqueue_count;
      if (bucket) key = {key.kind, renamed({KeyKind::entity, key.a, 0}).a, key.b};
      else key = renamed(key);
      add_row(reading, rows, key, table.row(i), table.width);
    }
  }
}

Interval WindowSum::result() const {
  Interval out = head_;
  std::set<uint32_t> named;
  for (const auto& [reading, rows] : rows_) {
    if (out.missing.contains(reading)) continue;
    Table table{reading_width(reading), {}, {}};
    for (const auto& [key, row] : rows.index) {
      std::copy_n(rows.values.data() + row * table.width, table.width, table.append(key));
      if (names_entities(key.kind)) named.insert(key.a);
      if (key.kind == KeyKind::pair) named.insert(key.b);
    }
    table.sort();
    out.tables[reading] = std::move(table);
  }
  for (const uint32_t id : named)
    if (const auto at = names_.all().find(id); at != names_.all().end()) out.entities.push_back(at->second);
  return out;
}

Interval waits_of_all(const Interval& interval) {
  Interval out;
  out.start_ns = interval.start_ns;
  out.end_ns = interval.end_ns;
  out.bucket_upper_ns = interval.bucket_upper_ns;
  out.full_waits = interval.full_waits;
  for (const Reading reading : {Reading::runqueue_count, Reading::runqueue_sum}) {
    if (const auto why = interval.missing.find(reading); why != interval.missing.end()) out.missing.insert(*why);
    const auto at = interval.tables.find(reading);
    if (at == interval.tables.end()) continue;
    std::map<uint32_t, uint64_t> sums;
    for (size_t i = 0; i < at->second.keys.size(); i++) sums[at->second.keys[i].b] += at->second.row(i)[0];
    Table& table = out.tables[reading];
    table.width = 1;
    for (const auto& [bucket, sum] : sums) *table.append({KeyKind::entity, kOtherEntity, bucket}) = sum;
  }
  out.entities.push_back({kOtherEntity, EntityKind::other, "other", {}, {}, {}, {}});
  return out;
}

}  // namespace smtscope
