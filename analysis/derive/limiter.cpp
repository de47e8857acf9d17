// SPDX-License-Identifier: Apache-2.0
#include "derive/limiter.h"

#include <algorithm>
#include <functional>
#include <unordered_set>

#include "derive/entity_attributes.h"

namespace smtscope {
namespace {

constexpr uint64_t kIdleNs = 600'000'000'000;

bool fixed(uint32_t id) { return id < kFirstEntity; }

const Table* find_table(const Interval& interval, Reading reading) {
  const auto at = interval.tables.find(reading);
  return at == interval.tables.end() ? nullptr : &at->second;
}

Key ordered(uint32_t a, uint32_t b) { return {KeyKind::pair, std::min(a, b), std::max(a, b)}; }

// Gives rows other keys; rows that become equal are added up. Most keep theirs, and with it their order.
template <class KeyOf>
void rekey(Table& table, KeyOf key_of) {
  Table kept{table.width, {}, {}};
  std::map<Key, std::vector<uint64_t>> moved;
  for (size_t i = 0; i < table.keys.size(); i++) {
    const Key key = key_of(table.keys[i]);
    const uint64_t* row = table.row(i);
    if (key == table.keys[i]) {
      std::copy_n(row, table.width, kept.append(key));
      continue;
    }
    std::vector<uint64_t>& sum = moved[key];
    sum.resize(table.width);
    for (uint32_t c = 0; c < table.width; c++) sum[c] += row[c];
  }
  if (moved.empty()) return;
  Table merged{table.width, {}, {}};
  size_t i = 0;
  const auto keep_below = [&](const Key* bound) {
    for (; i < kept.keys.size() && (!bound || kept.keys[i] < *bound); i++)
      std::copy_n(kept.row(i), kept.width, merged.append(kept.keys[i]));
  };
  for (const auto& [key, sum] : moved) {
    keep_below(&key);
    uint64_t* row = merged.append(key);
    std::copy(sum.begin(), sum.end(), row);
    if (i == kept.keys.size() || kept.keys[i] != key) continue;
    for (uint32_t c = 0; c < table.width; c++) row[c] += kept.row(i)[c];
    i++;
  }
  keep_below(nullptr);
  table = std::move(merged);
}

Entity other_entity() {
  Entity other;
  other.id = kOtherEntity;
  other.kind = EntityKind::other;
  other.name = "other";
  return other;
}

// The `most` with the greatest value, the first by key of equal ones.
template <class T>
void keep_greatest(std::vector<std::pair<uint64_t, T>>& candidates, size_t most) {
  const size_t n = std::min(most, candidates.size());
  std::partial_sort(
      candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(n), candidates.end(),
      [](const auto& l, const auto& r) { return l.first > r.first || (l.first == r.first && l.second < r.second); });
  candidates.resize(n);
}

size_t free_places(size_t limit, size_t taken) { return limit > taken ? limit - taken : 0; }

}  // namespace

Limiter::Handle Limiter::handle_of(const Entity& entity) {
  if (fixed(entity.id)) return entity.id;
  const auto known = known_.find(entity.id);
  if (known != known_.end()) return known->second;
  const auto [at, is_new] = handles_.try_emplace(exported_entity_id(entity), next_handle_);
  if (is_new) next_handle_++;
  known_.emplace(entity.id, at->second);
  return at->second;
}

Limiter::PairId Limiter::pair_of(const Key& key, const Interval& interval) {
  const auto handle = [&](uint32_t id) {
    if (fixed(id)) return id;
    const auto at = known_.find(id);
    if (at != known_.end()) return at->second;
    const Entity* entity = interval.entity(id);
    return entity ? handle_of(*entity) : kOtherEntity;
  };
  return std::minmax(handle(key.a), handle(key.b));
}

// None if it is not in any more.
std::optional<uint32_t> Limiter::entity_id(Handle handle) const {
  if (fixed(handle)) return handle;
  const auto at = entities_.find(handle);
  return at == entities_.end() ? std::nullopt : std::optional(at->second.who.id);
}

// Places of those that did nothing for too long are free again.
void Limiter::expire(uint64_t now_ns) {
  std::erase_if(pairs_, [&](const auto& place) { return place.second + kIdleNs < now_ns; });
  std::erase_if(entities_, [&](const auto& place) { return place.second.active_ns + kIdleNs < now_ns; });
}

void Limiter::admit_entities(const Interval& interval) {
  std::vector<std::pair<uint64_t, const Entity*>> candidates;  // busy ns
  const Table* times = find_table(interval, Reading::entity_time);
  for (const Entity& who : interval.entities) {
    if (fixed(who.id)) continue;
    if (const auto at = entities_.find(handle_of(who)); at != entities_.end()) {
      at->second = {who, interval.end_ns};
      continue;
    }
    uint64_t ns = 0;
    if (const uint64_t* row = times ? times->find({KeyKind::entity, who.id, 0}) : nullptr)
      for (uint32_t c = 0; c < times->width; c++) ns += row[c];
    candidates.emplace_back(ns, &who);  // by place in the list, which is by id
  }
  keep_greatest(candidates, free_places(limits_.entities, entities_.size()));
  for (const auto& [ns, who] : candidates) entities_.try_emplace(handle_of(*who), Place{*who, interval.end_ns});
}

// Entities are decided already: a pair of one that is not in names `other` here.
void Limiter::admit_pairs(Interval& interval) {
  const auto at = interval.tables.find(Reading::pair_time);
  if (at == interval.tables.end()) return;
  Table& pairs = at->second;
  constexpr Key kOthers{KeyKind::pair, kOtherEntity, kOtherEntity};
  std::vector<std::pair<uint64_t, Key>> candidates;
  std::vector<Key> in;
  for (size_t i = 0; i < pairs.keys.size(); i++) {
    const Key& key = pairs.keys[i];
    if (key == kOthers) continue;
    const auto place = pairs_.find(pair_of(key, interval));
    if (place == pairs_.end()) {
      candidates.emplace_back(pairs.row(i)[0], key);
      continue;
    }
    place->second = interval.end_ns;
    in.push_back(key);
  }
  keep_greatest(candidates, free_places(limits_.pairs, pairs_.size()));
  for (const auto& [ns, key] : candidates) {
    pairs_.try_emplace(pair_of(key, interval), interval.end_ns);
    in.push_back(key);
  }
  std::sort(in.begin(), in.end());
  rekey(pairs, [&](const Key& key) { return std::binary_search(in.begin(), in.end(), key) ? key : kOthers; });
  fill_pairs(pairs, interval.end_ns);
}

// A pair that is in and did nothing is a known zero, under the ids that its entities have now.
void Limiter::fill_pairs(Table& pairs, uint64_t end_ns) {
  std::vector<Key> idle;
  for (auto at = pairs_.begin(); at != pairs_.end();) {
    const auto a = entity_id(at->first.first), b = entity_id(at->first.second);
    if (!a || !b) {
      at = pairs_.erase(at);
      continue;
    }
    if (at->second != end_ns) idle.push_back(ordered(*a, *b));
    ++at;
  }
  std::erase_if(idle, [&](const Key& key) { return pairs.find(key) != nullptr; });
  for (const Key& key : idle) pairs.append(key);
  pairs.sort();
}

void Limiter::apply(Interval& interval) {
  expire(interval.end_ns);
  admit_entities(interval);
  std::unordered_set<uint32_t> in;
  for (const Entity& who : interval.entities)
    if (fixed(who.id) || entities_.contains(handle_of(who))) in.insert(who.id);
  const auto one = [&](uint32_t id) { return in.contains(id) ? id : kOtherEntity; };
  const auto now = [&](const Key& key) {
    if (key.kind == KeyKind::entity) return Key{key.kind, one(key.a), key.b};
    return key.kind == KeyKind::pair ? ordered(one(key.a), one(key.b)) : key;
  };
  for (auto& [reading, table] : interval.tables)
    if (!table.keys.empty() && (table.keys[0].kind == KeyKind::entity || table.keys[0].kind == KeyKind::pair))
      rekey(table, now);
  std::map<Key, Reason> unknown;
  for (const auto& [key, reason] : interval.unknown) unknown.emplace(now(key), reason);
  interval.unknown = std::move(unknown);
  // Whoever is in is named, with zeros where it did nothing.
  std::vector<Entity> named;
  for (Entity& who : interval.entities)
    if (in.contains(who.id)) named.push_back(std::move(who));
  for (const auto& [handle, place] : entities_)
    if (!in.contains(place.who.id)) named.push_back(place.who);
  if (!in.contains(kOtherEntity)) named.push_back(other_entity());
  std::sort(named.begin(), named.end(), [](const Entity& l, const Entity& r) { return l.id < r.id; });
  interval.entities = std::move(named);
  admit_pairs(interval);
  forget_names();
}

// Handles of entities that are long gone and were never let in.
void Limiter::forget_names() {
  if (known_.size() <= 4 * entities_.size() + 1024) return;
  known_.clear();
  std::erase_if(handles_, [&](const auto& entry) { return !entities_.contains(entry.second); });
}

void Limiter::ended(const std::vector<Entity>& entities) {
  for (const Entity& entity : entities) {
    const Handle handle = handle_of(entity);
    known_.erase(entity.id);
    const auto at = entities_.find(handle);
    // Under the same name another one may live: a unit that was started again.
    if (at == entities_.end() || at->second.who.id != entity.id) continue;
    std::erase_if(pairs_, [&](const auto& pair) { return pair.first.first == handle || pair.first.second == handle; });
    entities_.erase(at);
  }
}

}  // namespace smtscope
