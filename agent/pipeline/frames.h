// SPDX-License-Identifier: Apache-2.0
// Frames of a live session: the readings, and all that is said beside them.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "model/frame.h"
#include "pipeline/session.h"

namespace smtscope {

// The session's part of the facts: program, host, grouping, what is not measured. Limits are the defaults.
[[nodiscard]] RunFacts run_facts(const Session& session);

class Frames {
 public:
  // `facts`: what the session does not know (start, interval, limits, attributes); the rest is filled in.
  Frames(Session& session, RunFacts facts);

  // Readings now, as the next tick. Fails only if a required collector did.
  [[nodiscard]] Result<Frame> sample();
  // A tick of the grid without a frame.
  void skip() { tick_++; }
  // Now and then: failed collectors are tried again; entities that do not exist any more and did nothing for so long
  // are forgotten, and named in the next frame. Every interval that is still open must be shorter.
  void tidy(uint64_t idle_ns);

 private:
  Session& session_;
  std::shared_ptr<const RunFacts> facts_;  // another one when what is not measured changes
  std::vector<Entity> ended_;
  uint64_t tick_ = 0;
  bool begun_ = false;
};

}  // namespace smtscope
