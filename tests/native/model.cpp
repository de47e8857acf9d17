// SPDX-License-Identifier: Apache-2.0
#include "model.h"

#include <algorithm>
#include <set>
#include <utility>

#include "abi.h"

namespace smtscope::native {
namespace {

using Ids = std::vector<std::uint32_t>;

bool busy(std::uint32_t id) { return id != SMTSCOPE_ID_IDLE && id != SMTSCOPE_ID_UNKNOWN; }

void add(Cells& cells, std::uint64_t key, std::uint64_t ticks) {
  Credit& credit = cells[key];
  credit.ticks += ticks;
  credit.times++;
}

std::uint64_t pair_key(unsigned kind, std::uint32_t a, std::uint32_t b) {
  return SMTSCOPE_KEY(kind, std::min(a, b), std::max(a, b));
}

// What sibling i had beside it.
unsigned beside(const Ids& ids, std::size_t i) {
  std::set<std::uint32_t> others;
  for (std::size_t j = 0; j < ids.size(); j++) {
    if (j != i) others.insert(ids[j]);
  }
  const bool same = others.erase(ids[i]) > 0;
  const bool unknown = others.erase(SMTSCOPE_ID_UNKNOWN) > 0;
  others.erase(SMTSCOPE_ID_IDLE);
  if (!others.empty()) return SMTSCOPE_BESIDE_OTHER;
  if (unknown) return SMTSCOPE_BESIDE_UNKNOWN;
  return same ? SMTSCOPE_BESIDE_SAME : SMTSCOPE_BESIDE_IDLE;
}

}  // namespace

void book(Cells& cells, const Ids& ids, std::uint64_t ticks) {
  if (ids.size() <= 2) {
    add(cells, pair_key(SMTSCOPE_CELL_PAIR, ids[0], ids.size() == 2 ? ids[1] : std::uint32_t{SMTSCOPE_ID_IDLE}), ticks);
    return;
  }
  for (std::size_t i = 0; i < ids.size(); i++) {
    if (!busy(ids[i])) continue;
    add(cells, SMTSCOPE_KEY(SMTSCOPE_CELL_CLASS, ids[i], beside(ids, i)), ticks);
    for (std::size_t j = i + 1; j < ids.size(); j++) {
      if (busy(ids[j])) add(cells, pair_key(SMTSCOPE_CELL_RUNNING_PAIR, ids[i], ids[j]), ticks);
    }
  }
  const bool unknown = std::count(ids.begin(), ids.end(), std::uint32_t{SMTSCOPE_ID_UNKNOWN}) > 0;
  const auto number = unknown ? SMTSCOPE_BUSY_UNKNOWN : std::count_if(ids.begin(), ids.end(), busy);
  add(cells, SMTSCOPE_KEY(SMTSCOPE_CELL_BUSY, number, 0), ticks);
}

Expected sweep(const History& history) {
  Expected expected;
  Ids ids = history.first_ids;
  std::uint64_t last = history.first_tick;
  unsigned period = 0;
  std::map<unsigned, std::uint32_t> given_up;  // by sibling: what runs there once somebody writes the state
  for (const Event& event : history.events) {
    if (event.what == Event::What::give_up) {
      ids[event.sibling] = SMTSCOPE_ID_UNKNOWN;  // in the state that is under way
      given_up[event.sibling] = event.id;
      continue;
    }
    const bool back = event.tick < last;
    const std::uint64_t now = back ? last : event.tick;
    const std::uint64_t ticks = now - last;
    if (event.what == Event::What::close) {
      expected.closes.push_back({ids, last, now});
      period++;
    } else {
      Ids ended = ids;
      if (event.unknown) ended[event.sibling] = SMTSCOPE_ID_UNKNOWN;
      const bool others = given_up.size() > given_up.count(event.sibling);
      if (event.unknown || others) expected.lost_ticks[event.cpu] += ticks;
      book(expected.cells[{event.cpu, period}], ended, ticks);
      expected.clamped[event.cpu] += back;
      given_up[event.sibling] = event.id;
    }
    for (const auto& [sibling, id] : std::exchange(given_up, {})) ids[sibling] = id;
    last = now;
  }
  return expected;
}

std::uint64_t bucket_upper(unsigned bucket) {
  if (bucket == 0) return 1024;
  if (bucket >= SMTSCOPE_BUCKETS - 1) return UINT64_MAX;
  std::uint64_t lower = 1024;  // of the octave
  for (; bucket > 8; bucket -= 8) lower *= 2;
  return lower + lower / 8 * bucket;
}

unsigned bucket_by_bounds(std::uint64_t ns) {
  unsigned bucket = 0;
  while (bucket_upper(bucket) < ns) bucket++;
  return bucket;
}

}  // namespace smtscope::native
