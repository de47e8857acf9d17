// SPDX-License-Identifier: Apache-2.0
// The blocks of a recording, decompressed (`zstd -dc FILE`): refused, or frames that go all the way to points, the
// screen of `stat` and back into a recording, from which they come out the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "derive/steal.h"
#include "jsonl.h"
#include "pipeline/lanes.h"
#include "recording/codec.h"
#include "views/stat_view.h"

namespace smtscope {
namespace {

constexpr int kMaxBlocks = 20;

std::string single(const recording::Block& block) {
  recording::Recording one;
  *one.add_blocks() = block;
  return one.SerializeAsString();
}

class Run {
 public:
  void take(const Frame& frame) {
    lanes_.run(frame, {1'000'000'000}, [](uint64_t, const std::shared_ptr<const Batch>& batch) {
      for (const Point& point : batch->points)
        if (jsonl_line(point, *batch).empty()) abort();
    });
    if (before_ && !frame.begin) {
      Interval interval = make_interval(*before_, *frame.snapshot);
      judge_steal(interval);
      const StatView view = stat_view(*frame.run, interval);
      if (stat_json(view).empty() || stat_text(view, {true, 80}).empty()) abort();
    }
    before_ = frame.snapshot;
    FrameEncoder encoder;
    FrameDecoder decoder;
    if (!decoder.header(header_block("fuzz"))) abort();
    const auto again = decoder.tick(encoder.block(frame, true));
    if (!again || again->snapshot->entities != frame.snapshot->entities || *again->run != *frame.run) abort();
    for (const auto& [reading, table] : frame.snapshot->tables)
      if (again->snapshot->tables.at(reading).values != table.values) abort();
  }

 private:
  Lanes lanes_;
  std::shared_ptr<const Snapshot> before_;
};

void check(const uint8_t* data, size_t size) {
  recording::Recording recording;
  if (size > INT32_MAX || !recording.ParseFromArray(data, static_cast<int>(size))) return;
  if (recording.blocks_size() == 0 || recording.blocks_size() > kMaxBlocks) return;
  FrameDecoder decoder;
  if (!decoder.header(single(recording.blocks(0)))) return;
  Run run;
  for (int i = 1; i < recording.blocks_size(); i++) {
    const auto frame = decoder.tick(single(recording.blocks(i)));
    if (!frame && frame.error().kind != ErrorKind::input) abort();
    if (frame) run.take(*frame);
  }
}

}  // namespace
}  // namespace smtscope

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  smtscope::check(data, size);
  return 0;
}
