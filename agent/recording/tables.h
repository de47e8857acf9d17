// SPDX-License-Identifier: Apache-2.0
// One table as the changes of another, in numbers that are mostly small.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/result.h"
#include "model/snapshot.h"

namespace smtscope {

struct TableChanges {
  uint32_t shift = 0;  // differences are multiples of 2^shift, and written without: the kernel side counts in 16 ns
  std::vector<uint64_t> rows;  // as in recording.proto
  std::vector<uint64_t> gone;
};

// What leads from `before` (null: nothing) to `now`. Both are sorted, their rows of at most 64 columns.
[[nodiscard]] TableChanges table_changes(const Table* before, const Table& now);

// Most cells of one table that is read: what no node comes near, and memory bears.
inline constexpr size_t kMaxTableCells = 1'000'000;

struct ChangesView {
  uint32_t shift = 0;
  std::span<const uint64_t> rows;
  std::span<const uint64_t> gone;
};
// The table that they lead to; keys of `kind`. Input error if they contradict themselves or the table before.
[[nodiscard]] Result<Table> apply_changes(const Table* before, KeyKind kind, uint32_t width,
                                          const ChangesView& changes);

}  // namespace smtscope
