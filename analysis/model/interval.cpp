// SPDX-License-Identifier: Apache-2.0
// The subtraction: wrap, reset, hotplug and missing readings are decided here and nowhere else.
#include <algorithm>
#include <set>

#include "model/snapshot.h"

namespace smtscope {
namespace {

// The core of a row is another one than before: other CPUs, or it was not there.
bool core_changed(const Snapshot& previous, const Snapshot& current, uint32_t core_id) {
  const Core* before = previous.topology ? previous.topology->find_core(core_id) : nullptr;
  const Core* after = current.topology ? current.topology->find_core(core_id) : nullptr;
  if (!before || !after) return true;
  return before->cpus != after->cpus;
}

bool cpu_changed(const Snapshot& previous, const Snapshot& current, uint32_t cpu_id) {
  const Core* before = previous.topology ? previous.topology->core_of(cpu_id) : nullptr;
  const Core* after = current.topology ? current.topology->core_of(cpu_id) : nullptr;
  return (before == nullptr) != (after == nullptr);
}

bool keep_zero(KeyKind kind) { return kind == KeyKind::core || kind == KeyKind::node || kind == KeyKind::cpu; }

// One row; false if a column went back (its source was reset).
bool subtract(Reading reading, const uint64_t* before, const uint64_t* after, uint64_t* delta, uint32_t width) {
  bool ok = true;
  for (uint32_t c = 0; c < width; c++) {
    const uint64_t base = before && is_cumulative(reading, c) ? before[c] : 0;
    if (after[c] < base) {
      ok = false;
      delta[c] = 0;
    } else {
      delta[c] = after[c] - base;
    }
  }
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
      unknown.emplace(key, Reason::changed);
    const bool any = std::any_of(row, row + after.width, [](uint64_t v) { return v != 0; });
    if (!any && !keep_zero(key.kind)) {
      delta.keys.pop_back();
      delta.values.resize(delta.values.size() - delta.width);
    }
  }
  return delta;
}

std::set<uint32_t> named_entities(const Interval& interval) {
  std::set<uint32_t> ids;
  for (const auto& [reading, table] : interval.tables) {
    for (const Key& key : table.keys) {
      if (key.kind != KeyKind::entity && key.kind != KeyKind::pair) continue;
      ids.insert(key.a);
      if (key.kind == KeyKind::pair) ids.insert(key.b);
    }
  }
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
  interval.missing = current.missing;
  interval.word_variant = current.word_variant;
  interval.full_waits = current.full_waits;
  for (const auto& [reading, table] : current.tables) {
    const auto before = previous.tables.find(reading);
    interval.tables[reading] = subtract_table(
        reading, before == previous.tables.end() ? nullptr : &before->second, table, interval.unknown);
  }
  const auto mark = [&](Reading reading, auto&& changed) {
    const auto table = interval.tables.find(reading);
    if (table == interval.tables.end()) return;
    for (const Key& key : table->second.keys)
      if (changed(previous, current, key.a)) interval.unknown.emplace(key, Reason::changed);
  };
  mark(Reading::core_window, core_changed);
  mark(Reading::cpu_time, cpu_changed);
  for (const uint32_t id : named_entities(interval))
    if (const Entity* entity = current.entity(id)) interval.entities.push_back(*entity);
  return interval;
}

}  // namespace smtscope
