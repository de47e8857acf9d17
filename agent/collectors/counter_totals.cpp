// SPDX-License-Identifier: Apache-2.0
#include "collectors/counter_totals.h"

#include <algorithm>

namespace smtscope {

void CounterTotals::take(const std::vector<CpuReading>& readings) {
  for (const CpuReading& reading : readings) cpus_.insert_or_assign(reading.cpu, reading);
}

void CounterTotals::take(const Drain& drain, const EntityOf& entity_of, uint32_t counted) {
  constexpr std::array<SliceColumn, 3> kColumns = {kSliceInstructions, kSliceCycles, kSliceRefCycles};
  for (const CoreDrain& core : drain.cores) {
    for (const CpuSliceCells& cpu : core.counters) {
      for (const CounterCell& cell : cpu.cells) {
        uint64_t* row = entities_.row(entity_of(cell.id), static_cast<uint32_t>(cell.beside));
        row[kSliceNs] += cell.ns;
        row[kSliceUncountedNs] += cell.uncounted_ns;
        for (size_t i = 0; i < kColumns.size() && i < counted; i++) row[kColumns[i]] += cell.counts[i];
      }
    }
  }
  for (const CpuSlices& slices : drain.slices) slices_[slices.cpu] = slices;
}

void CounterTotals::write(Snapshot& snapshot, Reason no_slices) {
  Table counters{kCounterColumns, {}, {}};
  for (const auto& [cpu, reading] : cpus_) {
    for (uint32_t i = 0; i < reading.events.size(); i++) {
      const CounterReading& event = reading.events[i];
      const Key key{KeyKind::counter, cpu, i};
      uint64_t* row = counters.append(key);
      row[kCounterValue] = event.count.value;
      row[kCounterEnabledNs] = event.count.enabled_ns;
      row[kCounterRunningNs] = event.count.running_ns;
      if (!has_count(event.quality)) snapshot.unread.emplace(key, event.quality.reason);
    }
  }
  snapshot.tables[Reading::cpu_counter] = std::move(counters);
  if (no_slices != Reason::ok) {
    for (const Reading reading : {Reading::entity_counter, Reading::cpu_slice}) snapshot.missing[reading] = no_slices;
    return;
  }
  snapshot.tables[Reading::entity_counter] = entities_.sorted();
  Table slices{kCpuSliceColumns, {}, {}};
  for (const auto& [cpu, one] : slices_) {
    uint64_t* row = slices.append({KeyKind::cpu, cpu, 0});
    row[kSliceSwitches] = one.switches;
    row[kSliceReads] = one.reads;
    row[kSliceFailedReads] = one.failed_reads;
  }
  snapshot.tables[Reading::cpu_slice] = std::move(slices);
}

std::vector<uint32_t> CounterTotals::entities() const {
  std::vector<uint32_t> ids;
  for (const Key& key : entities_.keys())
    if (ids.empty() || ids.back() != key.a) ids.push_back(key.a);
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

void CounterTotals::forget(const std::vector<uint32_t>& entities) {
  entities_.erase_if([&](const Key& key) { return std::binary_search(entities.begin(), entities.end(), key.a); });
}

void CounterTotals::keep_cpus(const std::function<bool(uint32_t cpu)>& there) {
  std::erase_if(cpus_, [&](const auto& entry) { return !there(entry.first); });
  std::erase_if(slices_, [&](const auto& entry) { return !there(entry.first); });
}

}  // namespace smtscope
