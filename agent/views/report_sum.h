// SPDX-License-Identifier: Apache-2.0
// Adds intervals up, also of several runs: cores by their numbers, entities by what they are called outside.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/snapshot.h"

namespace smtscope {

// One id for all entities of one name, in every sum that shares this: a restarted unit is the same, and ids of two
// runs do not mix.
class EntityNames {
 public:
  uint32_t id_of(const Entity& entity);
  [[nodiscard]] const std::map<uint32_t, Entity>& all() const { return entities_; }

 private:
  std::unordered_map<std::string, uint32_t> ids_;
  std::map<uint32_t, Entity> entities_;
  uint32_t next_ = kFirstEntity;
};

class IntervalSum {
 public:
  // Cores that `topology` has not, or with other CPUs, have unknown time only.
  IntervalSum(EntityNames& names, std::shared_ptr<const Topology> topology)
      : names_(names), topology_(std::move(topology)) {}

  void add(const Interval& interval);
  // What scheduler_figures() takes. Its start and end are those of the first and the last; between them may be gaps.
  [[nodiscard]] Interval result() const;

 private:
  using Rows = std::map<Key, std::vector<uint64_t>>;
  [[nodiscard]] bool known(const Interval& interval, const Key& key) const;
  void add_row(Reading reading, const Key& key, const uint64_t* row, uint32_t width);
  void add_core(const Interval& interval, const Key& key, const uint64_t* row);

  EntityNames& names_;
  std::shared_ptr<const Topology> topology_;
  std::map<Reading, Rows> rows_;
  std::map<Reading, Reason> missing_;
  std::shared_ptr<const std::vector<uint64_t>> bucket_upper_ns_;
  uint64_t start_ns_ = 0;
  uint64_t end_ns_ = 0;
  int64_t unix_offset_ns_ = 0;
  bool first_ = true;
  bool word_variant_ = true;
  bool full_waits_ = true;
};

}  // namespace smtscope
