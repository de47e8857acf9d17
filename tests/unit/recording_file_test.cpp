// SPDX-License-Identifier: Apache-2.0
// Files and rings: whole, cut off anywhere, broken, foreign, hostile.
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "recording/blocks.h"
#include "recording/recording.h"
#include "recording/ring.h"
#include "unit/recording_frames.h"
#include "unit/tree.h"

namespace smtscope {
namespace {

namespace fs = std::filesystem;
using test::some_frame;
using test::some_run;

constexpr int64_t kOffset = 1'790'000'000'000'000'000;
constexpr int64_t kSecond = 1'000'000'000;

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Read {
  std::vector<uint64_t> seconds;  // of the frames
  std::vector<bool> begins;
  std::vector<std::string> warnings;
  std::optional<Error> error;  // none: it was read to its end
};

Read read(const std::string& path, const TimeRange& range = {}) {
  Read out;
  auto reader = RecordingReader::open(path, range);
  if (!reader) {
    out.error = reader.error();
    return out;
  }
  for (;;) {
    const auto frame = reader->next();
    if (!frame) out.error = frame.error();
    if (!frame || !*frame) break;
    out.seconds.push_back((*frame)->snapshot->end_ns / kSecond);
    out.begins.push_back((*frame)->begin);
  }
  out.warnings = reader->warnings();
  return out;
}

std::vector<uint64_t> numbers(uint64_t first, uint64_t last) {
  std::vector<uint64_t> all;
  for (uint64_t i = first; i <= last; i++) all.push_back(i);
  return all;
}

class RecordingFile : public testing::Test {
 protected:
  void SetUp() override { path_ = tree_.root() + "/one.smtscope"; }
  void write_file(uint64_t first, uint64_t last) {
    auto writer = RecordingWriter::create(path_);
    ASSERT_TRUE(writer) << writer.error().what;
    for (uint64_t second = first; second <= last; second++) {
      sizes_.push_back(writer->bytes());
      ASSERT_TRUE(writer->write(some_frame(second, second * 10)));
    }
    sizes_.push_back(writer->bytes());
  }
  TimeRange range(int64_t from, int64_t to) {
    return {kOffset + from * kSecond + kSecond / 2, kOffset + to * kSecond + kSecond / 2};
  }

  test::Tree tree_;
  std::string path_;
  std::vector<uint64_t> sizes_;  // before each frame, and at the end
};

TEST_F(RecordingFile, IsReadToItsEnd) {
  write_file(1, 150);  // with two full snapshots between
  const Read got = read(path_);
  EXPECT_FALSE(got.error);
  EXPECT_EQ(got.seconds, numbers(1, 150));
  EXPECT_TRUE(got.warnings.empty());
}

TEST_F(RecordingFile, IsNotOverwritten) {
  write_file(1, 2);
  const auto again = RecordingWriter::create(path_);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, ErrorKind::usage);
}

TEST_F(RecordingFile, ARangeBeginsWithItsBase) {
  write_file(1, 200);
  EXPECT_EQ(read(path_, range(70, 75)).seconds, numbers(70, 75));
  EXPECT_EQ(read(path_, range(0, 2)).seconds, numbers(1, 2));
  EXPECT_EQ(read(path_, range(199, 999)).seconds, numbers(199, 200));
  EXPECT_EQ(read(path_, {kOffset + 60 * kSecond, {}}).seconds.front(), 60u) << "a tick at the very time";
  for (const auto& [from, to] : {std::pair<int64_t, int64_t>{300, 310}, {-20, -10}}) {
    const Read got = read(path_, range(from, to));
    ASSERT_TRUE(got.error) << from;
    EXPECT_EQ(got.error->kind, ErrorKind::usage);
    EXPECT_NE(got.error->mend.find("the recording goes from"), std::string::npos) << got.error->mend;
  }
}

// After a crash the file ends anywhere: what was whole is read, the rest is said.
TEST_F(RecordingFile, CutOffAnywhere) {
  write_file(1, 5);
  const std::string whole = content(path_);
  for (size_t size = 0; size <= whole.size(); size++) {
    const std::string cut = tree_.root() + "/cut";
    std::ofstream(cut, std::ios::binary) << whole.substr(0, size);
    const Read got = read(cut);
    size_t frames = 0;
    while (frames + 1 < sizes_.size() && sizes_[frames + 1] <= size) frames++;
    ASSERT_EQ(got.seconds, numbers(1, frames)) << size;
    const bool at_a_border = frames > 0 && sizes_[frames] == size;
    if (frames == 0) {
      ASSERT_TRUE(got.error) << size;
      ASSERT_EQ(got.error->kind, ErrorKind::input) << got.error->what;
    } else {
      ASSERT_FALSE(got.error) << size;
      ASSERT_EQ(got.warnings.empty(), at_a_border) << size;
    }
  }
}

// Whatever byte is wrong: an error or the intact part with a warning, never other numbers.
TEST_F(RecordingFile, AWrongByteAnywhere) {
  write_file(1, 4);
  const std::string whole = content(path_);
  for (size_t at = 0; at < whole.size(); at++) {
    std::string wrong = whole;
    wrong[at] = static_cast<char>(wrong[at] ^ 0x40);
    const std::string path = tree_.root() + "/wrong";
    std::ofstream(path, std::ios::binary) << wrong;
    const Read got = read(path);
    ASSERT_EQ(got.seconds, numbers(1, got.seconds.size())) << at;
    // Marks carry bytes that nothing depends on (times of day, padding).
    ASSERT_TRUE(got.seconds.size() == 4 || got.error || !got.warnings.empty()) << at;
  }
}

TEST_F(RecordingFile, ForeignFiles) {
  const std::string path = tree_.root() + "/foreign";
  for (const std::string& bytes :
       {std::string(), std::string("hello"), std::string(100, '\0'), std::string("\x28\xb5\x2f\xfd", 4)}) {
    std::ofstream(path, std::ios::binary) << bytes;
    const Read got = read(path);
    ASSERT_TRUE(got.error);
    EXPECT_EQ(got.error->kind, ErrorKind::input);
    EXPECT_NE(got.error->what.find("is not a recording of smtscope"), std::string::npos) << got.error->what;
  }
  EXPECT_EQ(read(tree_.root() + "/none").error->kind, ErrorKind::no_input);
  EXPECT_EQ(read("/dev/null").error->kind, ErrorKind::no_input);
  EXPECT_EQ(read(tree_.root()).error->kind, ErrorKind::no_input) << "a folder without recordings";
}

// A block of zeros that claims little and unpacks to much, and one that claims much.
TEST_F(RecordingFile, DecompressionBombs) {
  write_file(1, 2);
  {
    auto blocks = BlockWriter::create(tree_.root() + "/bomb");
    ASSERT_TRUE(blocks);
    ASSERT_TRUE(blocks->write(BlockKind::header, 0, std::string(kMaxBlockBytes, '\0')));
  }
  const std::string bomb = content(tree_.root() + "/bomb");
  std::string file = content(path_).substr(0, sizes_[1]);
  const auto with_size = [&](uint32_t claimed) {
    std::string block = bomb;
    block[12] = 2;  // a change
    std::memcpy(&block[24], &claimed, 4);
    std::ofstream(tree_.root() + "/hostile", std::ios::binary) << file + block;
    return read(tree_.root() + "/hostile");
  };
  for (const uint32_t claimed : {100u, kMaxBlockBytes, 0xffffffffu}) {
    const Read got = with_size(claimed);
    EXPECT_EQ(got.seconds, numbers(1, 1)) << claimed;
    EXPECT_EQ(got.warnings.size(), 1u) << claimed;
  }
}

class Ring : public testing::Test {
 protected:
  void SetUp() override { folder_ = tree_.root() + "/ring"; }
  uint64_t bytes() {
    uint64_t all = 0;
    for (const auto& file : fs::directory_iterator(folder_)) all += file.file_size();
    return all;
  }
  test::Tree tree_;
  std::string folder_;
};

TEST_F(Ring, KeepsTheNewestWithinItsSize) {
  constexpr uint64_t kMax = 256 * 1024;
  auto ring = RecordingRing::open(folder_, kMax);
  ASSERT_TRUE(ring) << ring.error().what;
  uint64_t most = 0;
  for (uint64_t second = 1; second <= 4000; second++) {
    ASSERT_TRUE(ring->write(some_frame(second, second * 7919)));
    if (second % 10 == 0) most = std::max(most, bytes());
  }
  EXPECT_LE(most, kMax + 4096);
  EXPECT_GE(bytes(), kMax / 2) << "it uses what it may";
  const Read got = read(folder_);  // while it is open
  ASSERT_FALSE(got.error) << got.error->what;
  EXPECT_TRUE(got.warnings.empty());
  EXPECT_EQ(got.seconds.back(), 4000u);
  EXPECT_EQ(got.seconds, numbers(got.seconds.front(), 4000)) << "no gap between its files";
  EXPECT_GT(got.seconds.front(), 100u);
  EXPECT_EQ(std::count(got.begins.begin(), got.begins.end(), true), 0) << "one run, also over several files";
}

TEST_F(Ring, GoesOnAfterARestart) {
  for (uint64_t run = 0; run < 3; run++) {
    auto ring = RecordingRing::open(folder_, 1 << 20);
    ASSERT_TRUE(ring);
    for (uint64_t i = 1; i <= 3; i++) {
      Frame frame = some_frame(run * 10 + i, i, some_run(run));
      frame.begin = i == 1;
      ASSERT_TRUE(ring->write(frame));
    }
  }
  const Read got = read(folder_);
  EXPECT_EQ(got.seconds, (std::vector<uint64_t>{1, 2, 3, 11, 12, 13, 21, 22, 23}));
  EXPECT_EQ(got.begins, (std::vector<bool>{true, false, false, true, false, false, true, false, false}));
  EXPECT_EQ(read(folder_, {kOffset + 12 * kSecond, {}}).seconds, (std::vector<uint64_t>{12, 13, 21, 22, 23}));
}

TEST_F(Ring, IsWrittenByOneAlone) {
  auto ring = RecordingRing::open(folder_, 1 << 20);
  ASSERT_TRUE(ring);
  const auto second = RecordingRing::open(folder_, 1 << 20);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().what.find("another process records to"), std::string::npos);
}

TEST_F(Ring, ABrokenFileIsAGapThatIsSaid) {
  {
    auto ring = RecordingRing::open(folder_, 64 * 1024);
    for (uint64_t second = 1; second <= 300; second++) ASSERT_TRUE(ring->write(some_frame(second, second)));
  }
  const auto files = ring_files(folder_);
  ASSERT_TRUE(files);
  ASSERT_GE(files->size(), 3u);
  fs::resize_file((*files)[1], fs::file_size((*files)[1]) / 2);
  const Read got = read(folder_);
  ASSERT_FALSE(got.error);
  EXPECT_EQ(got.warnings.size(), 1u);
  EXPECT_EQ(got.seconds.back(), 300u);
  EXPECT_LT(got.seconds.size(), 300u);
  EXPECT_EQ(std::count(got.begins.begin(), got.begins.end(), true), 1) << "no interval over the gap";
}

TEST_F(Ring, AFileThatIsNotOursStays) {
  fs::create_directories(folder_);
  std::ofstream(folder_ + "/notes.txt") << "mine";
  auto ring = RecordingRing::open(folder_, 16 * 1024);
  for (uint64_t second = 1; second <= 500; second++) ASSERT_TRUE(ring->write(some_frame(second, second)));
  EXPECT_EQ(content(folder_ + "/notes.txt"), "mine");
  EXPECT_FALSE(read(folder_).error);
}

}  // namespace
}  // namespace smtscope
