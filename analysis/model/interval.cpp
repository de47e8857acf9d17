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

bool keep_zero(KeyKind kind) { return kind != KeyKind::entity && kind != KeyKind::pair; }

// Our own counters start at zero with us, so a new key needs no base; the kernel's count since boot.
bool needs_base(Reading reading) {
  switch (reading) {
    case Reading::cpu_time:
    case Reading::cpu_counter:
    case Reading::numa_alloc:
    case Reading::numa_hint: return true;
    default: return false;
  }
}

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

// A counter whose group never got its turn has a value that says nothing.
void mark_counters(const Snapshot& previous, const Snapshot& current, Interval& interval) {
  const auto table = interval.tables.find(Reading::cpu_counter);
  if (table == interval.tables.end()) return;
  for (const Snapshot* side : {&previous, &current})
    for (const auto& [key, reason] : side->unread) interval.unknown.emplace(key, reason);
  for (size_t i = 0; i < table->second.keys.size(); i++) {
    const uint64_t* row = table->second.row(i);
    if (row[kCounterRunningNs] == 0 && row[kCounterEnabledNs] != 0)
      interval.unknown.emplace(table->second.keys[i], Reason::multiplexed);
  }
}

// Ascending.
std::vector<uint32_t> named_entities(const Interval& interval) {
  std::vector<uint32_t> ids;
  const auto add = [&](uint32_t id) {
    if (ids.empty() || ids.back() != id) ids.push_back(id);
  };
  for (const auto& [reading, table] : interval.tables) {
    if (reading == Reading::entity_resident) continue;  // memory alone is no reason to be listed
    for (const Key& key : table.keys) {
      if (key.kind == KeyKind::entity || key.kind == KeyKind::pair) add(key.a);
      if (key.kind == KeyKind::pair) add(key.b);
    }
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

// Memory of those who did nothing is left out, so that whoever adds rows up adds those of named entities alone.
void drop_unnamed_memory(const std::vector<uint32_t>& named, Interval& interval) {
  const auto at = interval.tables.find(Reading::entity_resident);
  if (at == interval.tables.end()) return;
  Table kept{at->second.width, {}, {}};
  for (size_t i = 0; i < at->second.keys.size(); i++) {
    const Key& key = at->second.keys[i];
    if (std::binary_search(named.begin(), named.end(), key.a))
      std::copy_n(at->second.row(i), kept.width, kept.append(key));
  }
  at->second = std::move(kept);
}

}  // namespace

Interval make_interval(const Snapshot& previous, const Snapshot& current) {
  Interval interval;
  interval.start_ns = previous.end_ns;
  interval.end_ns = current.end_ns;
  interval.unix_offset_ns = current.unix_offset_ns;
  interval.topology = current.topology;
  interval.bucket_upper_ns = current.bucket_upper_ns;
  interval.counter_plans = current.counter_plans;
  interval.word_variant = current.word_variant;
  interval.full_waits = current.full_waits;
  subtract_tables(previous, current, interval);
  mark_changed(previous, current, Reading::core_window, core_changed, interval);
  mark_changed(previous, current, Reading::cpu_time, cpu_changed, interval);
  mark_changed(previous, current, Reading::cpu_counter, cpu_changed, interval);
  mark_counters(previous, current, interval);
  const std::vector<uint32_t> named = named_entities(interval);
  drop_unnamed_memory(named, interval);
  for (const uint32_t id : named)
    if (const Entity* entity = current.entity(id)) interval.entities.push_back(*entity);
  return interval;
}

}  // namespace smtscope
