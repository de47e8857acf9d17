// SPDX-License-Identifier: Apache-2.0
// The frames that a report is made of: at most so many, whatever the recording's length. Readings are cumulative, so
// a frame that is dropped makes windows longer and loses nothing.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "model/frame.h"

namespace smtscope {

struct Knot {
  std::shared_ptr<const RunFacts> run;
  std::shared_ptr<const Snapshot> snapshot;
  std::vector<ProgramReading> programs;
  uint64_t own_cpu_ns = 0;  // of the process that measured, cumulative
  uint64_t own_memory_bytes = 0;
  bool begin = false;  // no interval to it from the knot before
  size_t graves = 0;   // so many entities had been forgotten by then
};

// Rows of an entity that the collector forgot: they would be missing from every later snapshot, and with them all
// that the entity did in a window that ends there.
struct Grave {
  Entity who;
  std::vector<Entity> partners;  // of its pairs
  std::map<Reading, Table> rows;
  uint64_t oncpu_ns = 0;
};

struct KnotLimits {
  size_t most = 240;                  // knots while frames come
  uint64_t most_bytes = 96ull << 20;  // estimated, of their tables
  size_t least = 24;                  // knots that are kept whatever their size
  size_t most_graves = 4096;
};

class Knots {
 public:
  explicit Knots(KnotLimits limits = {}) : limits_(limits) {}

  void add(const Frame& frame);
  // At most `most` windows from now on.
  void thin_to(size_t most);

  [[nodiscard]] const std::vector<Knot>& all() const { return knots_; }
  // From knot `from` to knot `to` > from, no begin in (from, to].
  [[nodiscard]] Interval interval(size_t from, size_t to) const;
  // CPU time of entities that were forgotten and could not be kept.
  [[nodiscard]] uint64_t unlisted_ns() const { return unlisted_ns_; }
  [[nodiscard]] size_t unlisted() const { return unlisted_; }
  // Stretches between two gaps that were left out because there were too many, and their length.
  [[nodiscard]] size_t runs_left_out() const { return runs_left_out_; }
  [[nodiscard]] uint64_t left_out_ns() const { return left_out_ns_; }

 private:
  void bury(const Frame& frame);
  void drop_graves();
  void thin();
  void space_out(bool topology_too);
  [[nodiscard]] uint64_t measured_ns() const;
  void drop_shortest_run();
  [[nodiscard]] uint64_t bytes() const;

  KnotLimits limits_;
  std::vector<Knot> knots_;  // the last one may be too near to the one before: it is replaced by the next then
  uint64_t spacing_ns_ = 0;  // least distance of two knots of a run
  std::shared_ptr<const Snapshot> last_;  // of the frame before, also if it is no knot any more
  std::vector<Grave> graves_;
  uint64_t unlisted_ns_ = 0;
  size_t unlisted_ = 0;
  size_t runs_left_out_ = 0;
  uint64_t left_out_ns_ = 0;
};

// The topology is another one: a window across the change would lose the cores that changed.
[[nodiscard]] bool topology_changed(const Snapshot& before, const Snapshot& after);

}  // namespace smtscope
