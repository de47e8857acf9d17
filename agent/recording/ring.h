// SPDX-License-Identifier: Apache-2.0
// The flight recorder's folder: recordings one after the other, the oldest deleted when they take too much.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "model/frame.h"
#include "model/result.h"

namespace smtscope {

class RecordingRing {
 public:
  // Makes the folder (0700) if it is not there. Fails if another process writes to it.
  static Result<RecordingRing> open(const std::string& folder, uint64_t max_bytes);
  RecordingRing(RecordingRing&&) noexcept;
  RecordingRing& operator=(RecordingRing&&) noexcept;
  RecordingRing(const RecordingRing&) = delete;
  RecordingRing& operator=(const RecordingRing&) = delete;
  ~RecordingRing();

  // After a failure (a full disk) the next frame begins a new file, and says what those said that were lost.
  [[nodiscard]] Result<> write(const Frame& frame);

 private:
  struct State;
  explicit RecordingRing(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Files of a ring, oldest first. no_input if the folder cannot be read.
[[nodiscard]] Result<std::vector<std::string>> ring_files(const std::string& folder);

}  // namespace smtscope
