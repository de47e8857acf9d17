// SPDX-License-Identifier: Apache-2.0
// Frames in files: written block by block, read back the same. The format: docs/recording.md.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/frame.h"
#include "model/result.h"

namespace smtscope {

// What is wanted of a recording, in wall time; none: all there is.
struct TimeRange {
  std::optional<int64_t> from_unix_ns;
  std::optional<int64_t> to_unix_ns;
};

// Appends frames to one file. Each is a block of its own, whole on disk or not there.
class RecordingWriter {
 public:
  // Makes the file (0600); usage error if it exists.
  static Result<RecordingWriter> create(const std::string& path);
  RecordingWriter(RecordingWriter&&) noexcept;
  RecordingWriter& operator=(RecordingWriter&&) noexcept;
  RecordingWriter(const RecordingWriter&) = delete;
  RecordingWriter& operator=(const RecordingWriter&) = delete;
  ~RecordingWriter();

  // A failure leaves the file as it was before; the next frame is written whole again.
  [[nodiscard]] Result<> write(const Frame& frame);
  // What was written survives the machine's end. At worst it does not: no error.
  void sync();
  [[nodiscard]] uint64_t bytes() const;

 private:
  struct State;
  explicit RecordingWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Reads the frames of a file, or of a flight recorder's folder, in order.
class RecordingReader {
 public:
  // Input error (65) if it is not a recording, or of a version to come; no_input (66) if it cannot be opened; usage
  // error (2) if it holds nothing of that range.
  // The first frame is the last one at or before `from`: the base of the first interval.
  static Result<RecordingReader> open(const std::string& path, const TimeRange& range = {});
  RecordingReader(RecordingReader&&) noexcept;
  RecordingReader& operator=(RecordingReader&&) noexcept;
  RecordingReader(const RecordingReader&) = delete;
  RecordingReader& operator=(const RecordingReader&) = delete;
  ~RecordingReader();

  // None: the end. A block that is broken ends the recording with a warning if frames came before it.
  [[nodiscard]] Result<std::optional<Frame>> next();
  // What was wrong with the recording so far: "cut off after 03:12:41: ..."; for stderr and the screens.
  [[nodiscard]] const std::vector<std::string>& warnings() const;
  // Share 0..1 of the bytes that have been read, for progress.
  [[nodiscard]] double progress() const;

 private:
  struct State;
  explicit RecordingReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace smtscope
