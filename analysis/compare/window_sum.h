// SPDX-License-Identifier: Apache-2.0
// Adds intervals up to windows; entities go by kind and name, so that two recordings can be laid side by side.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/snapshot.h"

namespace smtscope {

// One id for all entities of one kind and name: a restarted service is the same, and so are the workers of one
// command. Ids below kFirstEntity stay what they are.
class NamedEntities {
 public:
  explicit NamedEntities(size_t most = 20'000) : most_(most) {}

  // kOtherEntity once there are too many names.
  uint32_t id_of(const Entity& entity);
  // Of an id that id_of() gave. The fields beside kind and name are those of the first one.
  [[nodiscard]] const Entity& entity(uint32_t id) const { return entities_.at(id); }
  [[nodiscard]] const std::map<uint32_t, Entity>& all() const { return entities_; }
  // Credits that went to `other` for want of room.
  [[nodiscard]] uint64_t left_out() const { return left_out_; }

 private:
  size_t most_;
  std::unordered_map<std::string, uint32_t> ids_;
  std::map<uint32_t, Entity> entities_;
  uint32_t next_ = kFirstEntity;
  uint64_t left_out_ = 0;
};

class WindowSum {
 public:
  explicit WindowSum(NamedEntities& names) : names_(names) {}

  void clear();
  [[nodiscard]] bool empty() const { return intervals_ == 0; }
  // Of the same topology and bucket bounds as those before.
  void add(const Interval& interval);
  // One interval from the first's start to the last's end. A reading that one of them has not is missing; a row that
  // is unknown in one is unknown.
  [[nodiscard]] Interval result() const;

 private:
  struct KeyHash {
    size_t operator()(const Key& key) const;
  };
  struct Rows {
    std::unordered_map<Key, size_t, KeyHash> index;  // -> row
    std::vector<uint64_t> values;
  };
  void add_row(Reading reading, Rows& rows, const Key& key, const uint64_t* row, uint32_t width);

  NamedEntities& names_;
  std::map<Reading, Rows> rows_;
  Interval head_;  // all but the tables and entities
  size_t intervals_ = 0;
};

// The run-queue readings of all entities as those of one, kOtherEntity; nothing else.
[[nodiscard]] Interval waits_of_all(const Interval& interval);

}  // namespace smtscope
