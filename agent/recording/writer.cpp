// SPDX-License-Identifier: Apache-2.0
#include "recording/blocks.h"
#include "recording/codec.h"
#include "recording/recording.h"

namespace smtscope {
namespace {

constexpr uint64_t kFullEveryNs = 60'000'000'000;  // what a search for a time reads at most before it

int64_t unix_ns(const Snapshot& snapshot) { return static_cast<int64_t>(snapshot.end_ns) + snapshot.unix_offset_ns; }

}  // namespace

struct RecordingWriter::State {
  explicit State(BlockWriter out) : blocks(std::move(out)) {}
  BlockWriter blocks;
  FrameEncoder encoder;
  bool header = false;
  bool whole = true;  // the next frame must be full
  uint64_t last_full_ns = 0;
};

RecordingWriter::RecordingWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
RecordingWriter::RecordingWriter(RecordingWriter&&) noexcept = default;
RecordingWriter& RecordingWriter::operator=(RecordingWriter&&) noexcept = default;
RecordingWriter::~RecordingWriter() = default;

Result<RecordingWriter> RecordingWriter::create(const std::string& path) {
  auto blocks = BlockWriter::create(path);
  if (!blocks) return Failure(blocks.error());
  return RecordingWriter(std::make_unique<State>(std::move(*blocks)));
}

Result<> RecordingWriter::write(const Frame& frame) {
  State& s = *state_;
  const int64_t now = unix_ns(*frame.snapshot);
  if (!s.header) {
    if (auto r = s.blocks.write(BlockKind::header, now, header_block("smtscope " + frame.run->version)); !r) return r;
    s.header = true;
  }
  const bool full = s.whole || frame.begin || frame.snapshot->end_ns - s.last_full_ns >= kFullEveryNs;
  const std::string block = s.encoder.block(frame, full);
  if (auto r = s.blocks.write(full ? BlockKind::full : BlockKind::change, now, block); !r) {
    s.whole = true;
    return r;
  }
  s.whole = false;
  if (full) s.last_full_ns = frame.snapshot->end_ns;
  return {};
}

void RecordingWriter::sync() { state_->blocks.sync(); }
uint64_t RecordingWriter::bytes() const { return state_->blocks.bytes(); }

}  // namespace smtscope
