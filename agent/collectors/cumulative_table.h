// SPDX-License-Identifier: Apache-2.0
// Cumulative readings in the shape a Snapshot wants: rows are found by key, and stay sorted for copying out.
#pragma once

#include <algorithm>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "model/snapshot.h"

namespace smtscope {

// Keys of one kind. Adding to a row that exists costs one hash lookup; new rows are sorted in when copied out.
class CumulativeTable {
 public:
  CumulativeTable(KeyKind kind, uint32_t width) : kind_(kind) { table_.width = width; }

  // The row of a key, zeros if it is new. Valid until the next call.
  uint64_t* row(uint32_t a, uint32_t b) {
    const auto [at, is_new] = index_.try_emplace(uint64_t{a} << 32 | b, static_cast<uint32_t>(table_.keys.size()));
    if (!is_new) return table_.values.data() + size_t{at->second} * table_.width;
    sorted_ = sorted_ && (table_.keys.empty() || table_.keys.back() < Key{kind_, a, b});
    return table_.append({kind_, a, b});
  }

  // In no order.
  [[nodiscard]] const std::vector<Key>& keys() const { return table_.keys; }

  [[nodiscard]] const Table& sorted() {
    if (!sorted_) {
      table_.sort();
      renumber();
    }
    return table_;
  }

  template <class Unwanted>
  void erase_if(Unwanted unwanted) {
    Table kept{table_.width, {}, {}};
    for (size_t i = 0; i < table_.keys.size(); i++) {
      if (unwanted(table_.keys[i])) continue;
      std::copy_n(table_.row(i), table_.width, kept.append(table_.keys[i]));
    }
    table_ = std::move(kept);
    index_.clear();
    renumber();
  }

 private:
  // Every key's row; a key that is there keeps its place in memory.
  void renumber() {
    for (uint32_t i = 0; i < table_.keys.size(); i++) index_[uint64_t{table_.keys[i].a} << 32 | table_.keys[i].b] = i;
    sorted_ = std::is_sorted(table_.keys.begin(), table_.keys.end());
  }

  KeyKind kind_;
  Table table_;
  std::unordered_map<uint64_t, uint32_t> index_;  // key -> row
  bool sorted_ = true;
};

}  // namespace smtscope
