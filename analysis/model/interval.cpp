// SPDX-License-Identifier: Apache-2.0
// The subtraction: wrap, reset, hotplug and missing readings are decided here and nowhere else.
#include <algorithm>

#include "model/snapshot.h"

namespace smtscope {
namespace {

// The core of a row is another one than before: other CPUs, or it was not there. One that is gone for longer keeps
// its row and is not news.
bool core_changed(const Snapshot& previous, const Snapshot& current, uint32_t core_id) {
  const Core* before = previous.topology ? previous.topology->find_core(core_id) : nullptr;
  const Core* after = current.topology ? current.topology->find_core(core_id) : nullptr;
  if (!before || !after) return before != after;
  return before->cpus != after->cpus;
}

bool cpu_changed(const Snapshot& previous, const Snapshot& current, uint32_t cpu_id) {
  const Core* before = previous.topology ? previous.topology->core_of(cpu_id) : nullptr;
  const Core* after = current.topology ? current.topology->core_of(cpu_id) : nullptr;
  return (before == nullptr) != (after == nullptr);
}

bool keep_zero(KeyKind kind) { return kind == KeyKind::core || kind == KeyKind::node || kind == KeyKind::cpu; }

// Our own counters start at zero with us, so a new key needs no base; the kernel's count since boot.
bool needs_base(Reading reading) { return reading == Reading::cpu_time; }

// Whom a row is about: the buckets of a histogram are known or unknown together with it.
Key subject(const Key& key) {
  switch (key.kind) {
    case KeyKind::node: return {KeyKind::node, 0, 0};
    case KeyKind::entity: return {KeyKind::entity, key.a, 0};
    default: return key;
  }
}

// One row; false, and no growth in any column, if one went back (its source was reset).
bool subtract(Reading reading, const uint64_t* before, const uint64_t* after, uint64_t* delta, uint32_t width) {
  bool ok = before || !needs_base(reading);
  for (uint32_t c = 0; c < width; c++) {
    const uint64_t base = before && is_cumulative(reading, c) ? before[c] : 0;
    ok &= after[c] >= base;
    delta[c] = after[c] - base;
  }
  for (uint32_t c = 0; c < width && !ok; c++)
    if (is_cumulative(reading, c)) delta[c] = 0;
  return ok;
}

Table subtract_table(Reading reading, const Table* before, const Table& after, std::map<Key, Reason>& unknown) {
  Table delta{after.width, {}, {}};
  size_t i = 0;
  for (size_t j = 0; j < after.keys.size(); j++) {
    const Key& key = after.keys[j];
    while (before && i < before->keys.size() && before->keys[i] < key) i++;
    const bool known = before && i < before->keys.size() && before->keys[i] == key;
    uint64_t* row = delta.append(key);
    if (!subtract(reading, known ? before->row(i) : nullptr, after.row(j), row, after.width))
      unknown.emplace(subject(key), Reason::changed);
    const bool any = std::any_of(row, row + after.width, [](uint64_t v) { return v != 0; });
    if (!any && !keep_zero(key.kind)) {
      delta.keys.pop_back();
      delta.values.resize(delta.values.size() - delta.width);
    }
  }
  return delta;
}

// Deltas of the readings that both have; what only one has is missing, with the reason that is known.
void subtract_tables(const Snapshot& previous, const Snapshot& current, Interval& interval) {
  interval.missing = current.missing;
  for (const auto& [reading, table] : current.tables) {
    const auto before = previous.tables.find(reading);
    if (before == previous.tables.end()) {  // without a base all since the start would count
      const auto why = previous.missing.find(reading);
      interval.missing.emplace(reading, why == previous.missing.end() ? Reason::too_few : why->second);
      continue;
    }
    interval.tables[reading] = subtract_table(reading, &before->second, table, interval.unknown);
  }
  for (const auto& [reading, table] : previous.tables)
    if (!current.tables.contains(reading)) interval.missing.emplace(reading, Reason::lost);
}

// Cores or CPUs whose place in the tree changed, those that are gone included.
void mark_changed(const Snapshot& previous, const Snapshot& current, Reading reading,
                  bool (*changed)(const Snapshot&, const Snapshot&, uint32_t), Interval& interval) {
  if (!interval.tables.contains(reading)) return;
  for (const Snapshot* side : {&previous, &current})
    for (const Key& key : side->tables.at(reading).keys)
      if (changed(previous, current, key.a)) interval.unknown.emplace(key, Reason::changed);
}

// Ascending.
std::vector<uint32_t> named_entities(const Interval& interval) {
  std::vector<uint32_t> ids;
  const auto add = [&](uint32_t id) {
    if (ids.empty() || ids.back() != id) ids.push_back(id);
  };
  for (const auto& [reading, table] : interval.tables) {
    for (const Key& key : table.keys) {
      if (key.kind == KeyKind::entity || key.kind == KeyKind::pair) add(key.a);
      if (key.kind == KeyKind::pair) add(key.b);
    }
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

}  // namespace

Interval make_interval(const Snapshot& previous, const Snapshot& current) {
  Interval interval;
  interval.start_ns = previous.end_ns;
  interval.end_ns = current.end_ns;
  interval.unix_offset_ns = current.unix_offset_ns;
  interval.topology = current.topology;
  interval.bucket_upper_ns = current.bucket_upper_ns;
  interval.word_variant = current.word_variant;
  interval.full_waits = current.full_waits;
  subtract_tables(previous, current, interval);
  mark_changed(previous, current, Reading::core_window, core_changed, interval);
  mark_changed(previous, current, Reading::cpu_time, cpu_changed, interval);
  for (const uint32_t id : named_entities(interval))
    if (const Entity* entity = current.entity(id)) interval.entities.push_back(*entity);
  return interval;
}

}  // namespace smtscope
