// SPDX-License-Identifier: Apache-2.0
#include "kernel/counter_reader.h"

#include <atomic>
#include <bit>
#include <utility>

namespace smtscope {
namespace {

static_assert(static_cast<int>(SliceClass::idle) == SMTSCOPE_SLICE_IDLE &&
              static_cast<int>(SliceClass::same) == SMTSCOPE_SLICE_SAME &&
              static_cast<int>(SliceClass::other) == SMTSCOPE_SLICE_OTHER &&
              static_cast<int>(SliceClass::mixed) == SMTSCOPE_SLICE_MIXED &&
              static_cast<int>(SliceClass::unknown) == SMTSCOPE_SLICE_UNKNOWN &&
              static_cast<int>(SliceClass::no_sibling) == SMTSCOPE_SLICE_NO_SIBLING);

template <class T>
T load(const T& value) {
  return std::atomic_ref(const_cast<T&>(value)).load();
}

void take(uint32_t id, uint32_t slice_class, const smtscope_counted& sum, std::vector<CounterCell>& cells) {
  CounterCell& cell = cells.emplace_back();
  cell.id = static_cast<uint16_t>(id);
  cell.beside = static_cast<SliceClass>(slice_class);
  cell.ns = sum.ticks << SMTSCOPE_TICK_SHIFT;
  for (size_t i = 0; i < cell.counts.size(); i++) cell.counts[i] = sum.count[i];
  cell.uncounted_ns = sum.uncounted << SMTSCOPE_TICK_SHIFT;
  cell.slices = sum.slices;
}

}  // namespace

void drain_counters(smtscope_counter_buffer& buffer, std::vector<CounterCell>& cells, Spill& spill) {
  for (size_t word = 0; word < std::size(buffer.used); word++) {
    for (uint64_t bits = std::exchange(buffer.used[word], 0); bits; bits &= bits - 1) {
      auto& cell = buffer.cell[word * 64 + static_cast<size_t>(std::countr_zero(bits))];
      take(SMTSCOPE_COUNTER_KEY_ID(cell.key), SMTSCOPE_COUNTER_KEY_CLASS(cell.key), cell.sum, cells);
      cell = {};
    }
  }
  if (buffer.spilled == 0) return;  // the rest is cold memory
  for (uint32_t at = 0; at < std::size(buffer.spill); at++) {
    if (buffer.spill[at].slices) take(at / 8, at % 8, buffer.spill[at], cells);
    buffer.spill[at] = {};
  }
  spill.credits += std::exchange(buffer.spilled, 0);
  spill.ticks += std::exchange(buffer.spilled_ticks, 0);
}

void forget_slice(SwitchObject& object, uint32_t cpu) {
  object.cpus()[cpu].slice_id = SMTSCOPE_ID_UNKNOWN;
  if (!object.counters()) return;
  smtscope_counting& counting = object.counting()[cpu];
  counting.began = 0;
  counting.started = 0;
  counting.based = 0;
}

void flush_busy(SwitchObject& object, const std::vector<uint32_t>& cpus) {
  if (!object.counters()) return;
  for (const uint32_t cpu : cpus)
    if (load(object.cpus()[cpu].idle_since) == 0) object.flush_counters(cpu);
}

void read_slices(SwitchObject& object, const std::vector<uint32_t>& cpus, std::vector<CpuSlices>& out) {
  if (!object.counters()) return;
  for (const uint32_t cpu : cpus) {
    const smtscope_counting& k = object.counting()[cpu];
    const auto error = static_cast<int>(-load(k.error));
    out.push_back({cpu, load(object.cpus()[cpu].switches), load(k.reads), load(k.failed_reads), error});
  }
}

void forget_counts(std::vector<CpuSliceCells>& counters) {
  for (CpuSliceCells& cpu : counters) {
    CounterCell all{.id = SMTSCOPE_ID_UNKNOWN};
    for (const CounterCell& cell : cpu.cells) {
      all.uncounted_ns += cell.ns + cell.uncounted_ns;
      all.slices += cell.slices;
    }
    cpu.cells = {all};
  }
}

}  // namespace smtscope
