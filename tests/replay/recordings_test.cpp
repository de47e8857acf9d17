// SPDX-License-Identifier: Apache-2.0
// A stored recording of each format that was ever released, from machines of several kinds: its points are what they
// were, byte for byte. SMTSCOPE_UPDATE_GOLDEN=1 writes them anew.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "jsonl.h"
#include "pipeline/lanes.h"
#include "recording/recording.h"

namespace smtscope {
namespace {

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class StoredRecording : public testing::TestWithParam<const char*> {};

TEST_P(StoredRecording, GivesTheSameBytes) {
  auto reader = RecordingReader::open(std::string(SMTSCOPE_FIXTURES) + "/recordings/" + GetParam() + ".smtscope");
  ASSERT_TRUE(reader) << reader.error().what;
  Lanes lanes;
  std::string got;
  size_t frames = 0;
  for (;; frames++) {
    const auto frame = reader->next();
    ASSERT_TRUE(frame) << frame.error().what;
    if (!*frame) break;
    lanes.run(**frame, {(*frame)->run->interval_ns}, [&](uint64_t, const std::shared_ptr<const Batch>& batch) {
      for (const Point& point : batch->points) (got += jsonl_line(point, *batch)) += '\n';
    });
  }
  EXPECT_GE(frames, 3u);
  EXPECT_TRUE(reader->warnings().empty());
  const std::string path = std::string(SMTSCOPE_SOURCE_DIR) + "/tests/golden/recording_" + GetParam() + ".jsonl";
  if (std::getenv("SMTSCOPE_UPDATE_GOLDEN")) std::ofstream(path, std::ios::binary) << got;
  const std::string golden = content(path);
  ASSERT_FALSE(golden.empty());
  EXPECT_TRUE(got == golden) << "different from byte "
                             << std::mismatch(got.begin(), got.end(), golden.begin(), golden.end()).first - got.begin();
}

INSTANTIATE_TEST_SUITE_P(Format1, StoredRecording, testing::Values("format1_x86_64", "format1_aarch64"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace smtscope
