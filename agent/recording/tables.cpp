// SPDX-License-Identifier: Apache-2.0
#include "recording/tables.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace smtscope {
namespace {

constexpr uint64_t kMaxId = std::numeric_limits<uint32_t>::max();

class KeyWriter {
 public:
  explicit KeyWriter(std::vector<uint64_t>& out) : out_(out) {}
  void put(const Key& key) {
    out_.push_back(key.a - last_.a);
    out_.push_back(key.a == last_.a ? key.b - last_.b : key.b);
    last_ = key;
  }

 private:
  std::vector<uint64_t>& out_;
  Key last_{};
};

// Ascending keys, one after the other; the first may be {0, 0}.
class KeyReader {
 public:
  KeyReader(KeyKind kind, std::span<const uint64_t> in) : in_(in), last_{kind, 0, 0} {}

  [[nodiscard]] bool done() const { return in_.empty(); }
  // False: cut off, out of range, or not ascending.
  [[nodiscard]] bool next(Key& key) {
    if (in_.size() < 2 || in_[0] > kMaxId - last_.a) return false;
    const uint64_t base = in_[0] == 0 ? last_.b : 0;
    if (in_[1] > kMaxId - base || (!first_ && in_[0] == 0 && in_[1] == 0)) return false;
    key = {last_.kind, last_.a + static_cast<uint32_t>(in_[0]), static_cast<uint32_t>(base + in_[1])};
    last_ = key;
    first_ = false;
    in_ = in_.subspan(2);
    return true;
  }
  [[nodiscard]] bool number(uint64_t& value) {
    if (in_.empty()) return false;
    value = in_.front();
    in_ = in_.subspan(1);
    return true;
  }

 private:
  std::span<const uint64_t> in_;
  Key last_;
  bool first_ = true;
};

void put_row(const uint64_t* before, const uint64_t* now, uint32_t width, const Key& key, KeyWriter& keys,
             TableChanges& changes) {
  std::vector<uint64_t>& out = changes.rows;
  uint64_t mask = 0;
  for (uint32_t c = 0; c < width; c++)
    if (now[c] != (before ? before[c] : 0)) mask |= 1ull << c;
  if (before && mask == 0) return;
  keys.put(key);
  out.push_back(mask);
  for (uint32_t c = 0; c < width; c++)
    if (mask & (1ull << c)) out.push_back((now[c] - (before ? before[c] : 0)) >> changes.shift);
}

Failure broken(const char* what) { return fail(ErrorKind::input, std::string("a table is broken: ") + what); }

// The rows of a table that is being put together from an older one.
class Merge {
 public:
  Merge(const Table* before, KeyKind kind, uint32_t width, std::span<const uint64_t> gone)
      : before_(before), gone_(kind, gone), table_{width, {}, {}} {
    more_gone_ = !gone_.done();
    ok_ = !more_gone_ || gone_.next(next_gone_);
  }
  // Copies the older rows below `key`, but for those that are gone; all of them without one.
  void copy_below(const Key* key) {
    for (; before_ && i_ < before_->keys.size() && (!key || before_->keys[i_] < *key); i_++) {
      const Key& old = before_->keys[i_];
      if (more_gone_ && next_gone_ == old) advance_gone();
      else std::copy_n(before_->row(i_), table_.width, table_.append(old));
    }
    if (more_gone_ && (!key || !(*key < next_gone_))) ok_ = false;  // a row that was not there
  }
  // The older row of this key, or null; it is passed.
  const uint64_t* base(const Key& key) {
    if (!before_ || i_ == before_->keys.size() || before_->keys[i_] != key) return nullptr;
    return before_->row(i_++);
  }
  [[nodiscard]] uint64_t* add(const Key& key) { return table_.append(key); }
  [[nodiscard]] bool ok() const { return ok_ && table_.values.size() <= kMaxTableCells; }
  [[nodiscard]] Table done() && { return std::move(table_); }

 private:
  void advance_gone() {
    more_gone_ = !gone_.done();
    if (more_gone_ && !gone_.next(next_gone_)) more_gone_ = ok_ = false;
  }

  const Table* before_;
  KeyReader gone_;
  Key next_gone_;
  bool more_gone_ = false;
  bool ok_ = true;
  size_t i_ = 0;
  Table table_;
};

}  // namespace

namespace {

// Calls row(older row or null, index of the row now), and gone(key) for rows that are not there any more, in order.
template <class Row, class Gone>
void compare(const Table* before, const Table& now, Row row, Gone gone) {
  size_t i = 0;
  const auto pass_below = [&](const Key* key) {
    for (; before && i < before->keys.size() && (!key || before->keys[i] < *key); i++) gone(before->keys[i]);
  };
  for (size_t j = 0; j < now.keys.size(); j++) {
    pass_below(&now.keys[j]);
    const bool known = before && i < before->keys.size() && before->keys[i] == now.keys[j];
    row(known ? before->row(i++) : nullptr, j);
  }
  pass_below(nullptr);
}

}  // namespace

TableChanges table_changes(const Table* before, const Table& now) {
  TableChanges changes;
  uint64_t bits = 0;
  compare(
      before, now,
      [&](const uint64_t* old, size_t j) {
        for (uint32_t c = 0; c < now.width; c++) bits |= now.row(j)[c] - (old ? old[c] : 0);
      },
      [](const Key&) {});
  changes.shift = bits == 0 ? 0 : static_cast<uint32_t>(std::countr_zero(bits));
  KeyWriter rows(changes.rows), gone(changes.gone);
  compare(
      before, now,
      [&](const uint64_t* old, size_t j) { put_row(old, now.row(j), now.width, now.keys[j], rows, changes); },
      [&](const Key& key) { gone.put(key); });
  return changes;
}

Result<Table> apply_changes(const Table* before, KeyKind kind, uint32_t width, const ChangesView& changes) {
  if (before && before->width != width) return broken("its width changed");
  if (changes.shift > 63) return broken("its shift");
  Merge merge(before, kind, width, changes.gone);
  KeyReader in(kind, changes.rows);
  while (!in.done()) {
    Key key;
    uint64_t mask = 0;
    if (!in.next(key) || !in.number(mask)) return broken("keys");
    if (width < 64 && mask >> width != 0) return broken("columns");
    merge.copy_below(&key);
    if (!merge.ok()) return broken("rows that went, or too many");
    const uint64_t* base = merge.base(key);
    uint64_t* row = merge.add(key);
    for (uint32_t c = 0; c < width; c++) {
      uint64_t delta = 0;
      if ((mask & (1ull << c)) && !in.number(delta)) return broken("values");
      row[c] = (base ? base[c] : 0) + (delta << changes.shift);
    }
  }
  merge.copy_below(nullptr);
  if (!merge.ok()) return broken("rows that went, or too many");
  return std::move(merge).done();
}

}  // namespace smtscope
