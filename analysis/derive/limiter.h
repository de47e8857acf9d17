// SPDX-License-Identifier: Apache-2.0
// Keeps what is exported bounded: the busiest entities and pairs stay themselves, all others add to `other`.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/run_facts.h"
#include "model/snapshot.h"

namespace smtscope {

// Sticky: whoever was let in stays, with zeros, until it ended or did nothing for 10 minutes; a place that is free
// goes to the busiest. Works on raw deltas, so every sum over entities or pairs is what it was.
class Limiter {
 public:
  explicit Limiter(ExportLimits limits) : limits_(limits) {}

  // Rows of entities that are not let in become rows of `other`, pairs likewise, sorted again.
  void apply(Interval& interval);
  // These do not exist any more: their places are free.
  void ended(const std::vector<Entity>& entities);

  // Fewer places than are taken: they fall free as their holders end.
  void set_limits(ExportLimits limits) { limits_ = limits; }

  [[nodiscard]] size_t entities() const { return entities_.size(); }
  [[nodiscard]] size_t pairs() const { return pairs_.size(); }

 private:
  // Exported ids as numbers, so that a unit that was restarted keeps its place, and pairs are quick to find.
  using Handle = uint32_t;
  struct Place {
    Entity who;
    uint64_t active_ns = 0;  // end of the last interval it did something in
  };
  using PairId = std::pair<Handle, Handle>;

  Handle handle_of(const Entity& entity);
  PairId pair_of(const Key& key, const Interval& interval);
  void admit_entities(const Interval& interval);
  void admit_pairs(Interval& interval);
  void fill_pairs(Table& pairs, uint64_t end_ns);
  [[nodiscard]] std::optional<uint32_t> entity_id(Handle handle) const;
  void expire(uint64_t now_ns);
  void forget_names();

  ExportLimits limits_;
  std::map<Handle, Place> entities_;
  std::map<PairId, uint64_t> pairs_;  // -> end of the last interval with time
  std::unordered_map<std::string, Handle> handles_;
  std::unordered_map<uint32_t, Handle> known_;  // entity -> handle, of those met
  Handle next_handle_ = kFirstEntity;           // below: the fixed entities, by their ids
};

}  // namespace smtscope
