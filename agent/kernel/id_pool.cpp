// SPDX-License-Identifier: Apache-2.0
#include "kernel/id_pool.h"

#include <algorithm>

namespace smtscope {
namespace {
constexpr uint64_t kQuietDrains = 2;                    // drains without an id before it goes
constexpr uint32_t kRoomy = SMTSCOPE_ID_COUNT * 3 / 4;  // below this many in use nothing is taken back
}  // namespace

void IdPool::after_drain(SwitchObject& object, uint64_t ids_dropped) {
  lend_again(object);
  const bool refused = ids_dropped > seen_dropped_;
  seen_dropped_ = ids_dropped;
  // The highest ids are lent last: one that is described shows that the pool has been used that far.
  const bool tight = object.id_table()[kRoomy].key != 0 && drain_ % 8 == 0;
  if (refused || tight) retire_idle(object);
  drain_++;
}

// A retiring id that two further drains did not see is on no CPU, in no cache and in no buffer.
void IdPool::lend_again(SwitchObject& object) {
  const size_t lent = std::erase_if(retiring_, [&](Retiring& r) {
    if (last_seen_[r.id] > r.since) r.since = last_seen_[r.id];
    if (drain_ < r.since + kQuietDrains) return false;
    object.id_table()[r.id] = {};
    return object.lend_id(r.id);
  });
  if (lent) object.raise_id_generation();  // CPUs that found none free ask again
}

void IdPool::retire_idle(SwitchObject& object) {
  bool any = false;
  for (const auto& [key, id] : object.lent_ids()) {
    if (id >= SMTSCOPE_ID_COUNT || last_seen_[id] + kQuietDrains > drain_) continue;
    if (!object.forget_key(key)) continue;
    retiring_.push_back({id, drain_});
    any = true;
  }
  if (any) object.raise_id_generation();
}

}  // namespace smtscope
