// SPDX-License-Identifier: Apache-2.0
#include "model/snapshot.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <set>

namespace smtscope {
namespace {

const Entity* find_entity(const std::vector<Entity>& entities, uint32_t id) {
  const auto at = std::lower_bound(entities.begin(), entities.end(), id,
                                   [](const Entity& e, uint32_t wanted) { return e.id < wanted; });
  return at != entities.end() && at->id == id ? &*at : nullptr;
}

}  // namespace

std::string_view entity_kind_word(EntityKind kind) {
  static constexpr std::array<std::string_view, 7> kWords = {"container", "pod",    "unit", "cgroup",
                                                             "process",   "kernel", "other"};
  return kWords[static_cast<size_t>(kind)];
}

uint32_t reading_width(Reading reading) {
  switch (reading) {
    case Reading::core_state: return kCoreColumns;
    case Reading::core_window: return 2;
    case Reading::entity_time: return kClassColumns;
    case Reading::placement: return 3;
    case Reading::anomaly: return kAnomalyColumns;
    case Reading::cpu_time: return kCpuColumns;
    case Reading::cpu_counter: return kCounterColumns;
    case Reading::entity_counter: return kSliceColumns;
    case Reading::cpu_slice: return kCpuSliceColumns;
    case Reading::numa_alloc: return kNumaAllocColumns;
    case Reading::numa_hint: return kNumaHintColumns;
    case Reading::numa_placement: return kNumaPlacementColumns;
    default: return 1;
  }
}

bool is_cumulative(Reading reading, uint32_t column) {
  return (reading != Reading::core_window || column == 0) && reading != Reading::entity_resident;
}

const uint64_t* Table::find(const Key& key) const {
  const auto at = std::lower_bound(keys.begin(), keys.end(), key);
  return at != keys.end() && *at == key ? row(static_cast<size_t>(at - keys.begin())) : nullptr;
}

uint64_t* Table::append(const Key& key) {
  keys.push_back(key);
  values.resize(values.size() + width);
  return values.data() + values.size() - width;
}

void Table::sort() {
  if (std::is_sorted(keys.begin(), keys.end())) return;
  std::vector<size_t> order(keys.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t l, size_t r) { return keys[l] < keys[r]; });
  Table sorted{width, {}, {}};
  sorted.keys.reserve(keys.size());
  sorted.values.reserve(values.size());
  for (const size_t i : order) {
    sorted.keys.push_back(keys[i]);
    sorted.values.insert(sorted.values.end(), row(i), row(i) + width);
  }
  *this = std::move(sorted);
}

const Entity* Snapshot::entity(uint32_t id) const { return find_entity(entities, id); }
const Entity* Interval::entity(uint32_t id) const { return find_entity(entities, id); }

}  // namespace smtscope
