// SPDX-License-Identifier: Apache-2.0
// Frames -> batches for each interval of export, live and replayed: given the same frames, the same bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "model/frame.h"
#include "pipeline/lane.h"

namespace smtscope {

class Lanes {
 public:
  // Takes a frame; each lane whose turn it is gives a batch from its second frame on. Lanes of other intervals rest.
  void run(const Frame& frame, const std::vector<uint64_t>& intervals_ns,
           const std::function<void(uint64_t interval_ns, const std::shared_ptr<const Batch>&)>& out);

  [[nodiscard]] uint64_t series_dropped() const;
  // The most of any lane.
  [[nodiscard]] uint64_t entities() const;
  [[nodiscard]] uint64_t pairs() const;

 private:
  Lane& lane_of(uint64_t interval_ns);
  void take_facts(const std::shared_ptr<const RunFacts>& run);

  std::shared_ptr<const RunFacts> run_;
  std::vector<Attribute> node_attributes_;
  std::set<std::string> names_;  // of node attributes: points refer to them
  std::map<uint64_t, Lane> lanes_;
};

}  // namespace smtscope
