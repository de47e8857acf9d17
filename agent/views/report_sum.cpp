// SPDX-License-Identifier: Apache-2.0
#include "views/report_sum.h"

#include <algorithm>
#include <numeric>

#include "derive/entity_attributes.h"

namespace smtscope {
namespace {

bool is_core(Reading reading) { return reading == Reading::core_state || reading == Reading::core_window; }

bool same_bounds(const std::shared_ptr<const std::vector<uint64_t>>& a,
                 const std::shared_ptr<const std::vector<uint64_t>>& b) {
  return a == b || (a && b && *a == *b);
}

// Bucket numbers mean something only with the same bounds.
bool has_buckets(Reading reading) { return reading == Reading::runqueue_count || reading == Reading::placement_count; }

Entity nobody() {
  Entity other;
  other.id = kOtherEntity;
  other.name = "other";
  return other;
}

}  // namespace

uint32_t EntityNames::id_of(const Entity& entity) {
  const auto [at, is_new] = ids_.try_emplace(exported_entity_id(entity), 0);
  if (is_new) {
    at->second = entity.id < kFirstEntity ? entity.id : next_++;
    Entity named = entity;
    named.id = at->second;
    entities_.emplace(at->second, std::move(named));
  }
  return at->second;
}

// The core is in the topology of the sum, as it is there.
bool IntervalSum::known(const Interval& interval, const Key& key) const {
  const Core* here = topology_ ? topology_->find_core(key.a) : nullptr;
  const Core* there = interval.topology ? interval.topology->find_core(key.a) : nullptr;
  return here && there && here->cpus == there->cpus && !interval.unknown.contains(key);
}

void IntervalSum::add_row(Reading reading, const Key& key, const uint64_t* row, uint32_t width) {
  std::vector<uint64_t>& sum = rows_[reading][key];
  sum.resize(width);
  for (uint32_t c = 0; c < width; c++) sum[c] = is_cumulative(reading, c) ? sum[c] + row[c] : std::max(sum[c], row[c]);
}

void IntervalSum::add_core(const Interval& interval, const Key& key, const uint64_t* row) {
  if (known(interval, key)) return add_row(Reading::core_state, key, row, kCoreColumns);
  std::vector<uint64_t> unknown(kCoreColumns);
  unknown[kCoreUnknownColumn] = std::accumulate(row, row + kCoreColumns, uint64_t{0});
  add_row(Reading::core_state, key, unknown.data(), kCoreColumns);
}

void IntervalSum::add(const Interval& interval) {
  if (first_) start_ns_ = interval.start_ns, bucket_upper_ns_ = interval.bucket_upper_ns;
  end_ns_ = interval.end_ns;
  unix_offset_ns_ = interval.unix_offset_ns;
  word_variant_ = interval.word_variant;
  full_waits_ = (first_ || full_waits_) && interval.full_waits;
  first_ = false;
  const bool buckets = same_bounds(bucket_upper_ns_, interval.bucket_upper_ns);
  std::unordered_map<uint32_t, uint32_t> ids;
  for (const Entity& entity : interval.entities) ids[entity.id] = names_.id_of(entity);
  // Who is not named (a recording may be anybody's) is nobody in particular.
  const auto id = [&](uint32_t own) {
    const auto at = ids.find(own);
    return at == ids.end() ? names_.id_of(nobody()) : at->second;
  };
  for (const auto& [reading, why] : interval.missing) missing_[reading] = why;
  for (const auto& [reading, table] : interval.tables) {
    if (has_buckets(reading) && !buckets) {
      missing_[reading] = Reason::changed;
      continue;
    }
    rows_[reading];
    for (size_t i = 0; i < table.keys.size(); i++) {
      Key key = table.keys[i];
      if (is_core(reading) && (!topology_ || !topology_->find_core(key.a))) continue;
      if (reading == Reading::core_state) {
        add_core(interval, key, table.row(i));
        continue;
      }
      if (key.kind == KeyKind::cpu && interval.unknown.contains(key)) continue;
      if (key.kind == KeyKind::entity) key.a = id(key.a);
      if (key.kind == KeyKind::pair) {
        const uint32_t a = id(key.a), b = id(key.b);
        key.a = std::min(a, b);
        key.b = std::max(a, b);
      }
      add_row(reading, key, table.row(i), table.width);
    }
  }
}

Interval IntervalSum::result() const {
  Interval out;
  out.start_ns = start_ns_;
  out.end_ns = end_ns_;
  out.unix_offset_ns = unix_offset_ns_;
  out.topology = topology_;
  out.bucket_upper_ns = bucket_upper_ns_;
  out.word_variant = word_variant_;
  out.full_waits = full_waits_;
  out.missing = missing_;
  std::map<uint32_t, bool> named;
  for (const auto& [reading, rows] : rows_) {
    Table table{reading_width(reading), {}, {}};
    for (const auto& [key, values] : rows) {
      std::copy(values.begin(), values.end(), table.append(key));
      if (key.kind == KeyKind::entity || key.kind == KeyKind::pair) named[key.a] = true;
      if (key.kind == KeyKind::pair) named[key.b] = true;
    }
    out.tables[reading] = std::move(table);
  }
  for (const auto& [id, entity] : names_.all())
    if (named.contains(id)) out.entities.push_back(entity);
  return out;
}

}  // namespace smtscope
