// SPDX-License-Identifier: Apache-2.0
// Frames <-> the blocks of a recording. Both ends remember the frame before.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/frame.h"
#include "recording.pb.h"

namespace smtscope {

inline constexpr uint32_t kRecordingVersion = 1;
inline constexpr std::string_view kRecordingFormat = "smtscope recording";

// Serialized `Recording` of one block each.
[[nodiscard]] std::string header_block(std::string_view program);

class FrameEncoder {
 public:
  // `full`: without reference to the frame before.
  [[nodiscard]] std::string block(const Frame& frame, bool full);

 private:
  std::shared_ptr<const Snapshot> before_;
  std::shared_ptr<const RunFacts> run_;
};

class FrameDecoder {
 public:
  // Input error if it is not ours, or of a version to come.
  [[nodiscard]] Result<> header(std::string_view block);
  // Input error if the block is broken, or is a change of a frame that was not read.
  [[nodiscard]] Result<Frame> tick(std::string_view block);
  // Readings of the recording that this version does not know.
  [[nodiscard]] const std::vector<std::string>& unknown_readings() const { return unknown_; }

 private:
  Result<> take_facts(const recording::Tick& in, Snapshot& snapshot);
  Result<> take_tables(const recording::Tick& in, Snapshot& snapshot);
  Result<> take_entities(const recording::Tick& in, Snapshot& snapshot);
  Result<> take_said(const recording::Tick& in, Frame& frame);

  std::vector<int> reading_of_;  // number in the file -> Reading, or -1
  std::vector<std::string> unknown_;
  std::shared_ptr<const Snapshot> before_;
  std::shared_ptr<const RunFacts> run_;
};

}  // namespace smtscope
