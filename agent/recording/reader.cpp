// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include <algorithm>
#include <ctime>
#include <iterator>
#include <set>

#include "recording/blocks.h"
#include "recording/codec.h"
#include "recording/recording.h"
#include "recording/ring.h"

namespace smtscope {
namespace {

int64_t unix_ns(const Frame& frame) {
  return static_cast<int64_t>(frame.snapshot->end_ns) + frame.snapshot->unix_offset_ns;
}

std::string local_time(int64_t unix_ns) {
  const time_t seconds = unix_ns / 1'000'000'000;
  std::tm tm{};
  char text[32];
  if (!localtime_r(&seconds, &tm) || std::strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm) == 0) return "?";
  return text;
}

// First and last time of the ticks of one file; none: it has no whole tick.
struct Span {
  int64_t first_ns = 0;
  int64_t last_ns = 0;
};

std::optional<Span> span_of(const std::string& path) {
  auto blocks = BlockReader::open(path);
  std::optional<Span> span;
  while (blocks) {
    const auto mark = blocks->next();
    if (!mark || !*mark || blocks->position() > blocks->size()) break;
    if ((*mark)->kind == BlockKind::header) continue;
    if (!span) span = Span{(*mark)->unix_ns, (*mark)->unix_ns};
    span->last_ns = (*mark)->unix_ns;
  }
  return span;
}

bool is_folder(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

}  // namespace

struct RecordingReader::State {
  std::vector<std::string> files;
  bool ring = false;
  size_t file = 0;  // index of the open one
  TimeRange range;
  std::optional<BlockReader> blocks;
  std::optional<FrameDecoder> decoder;
  std::optional<Frame> pending;  // at or before `from`
  bool any = false;              // a frame came out
  bool decoded = false;          // a frame was read
  bool broke = false;            // frames are missing: the next is not the one after the last
  bool over = false;
  int64_t last_unix_ns = 0;
  uint64_t bytes_before = 0, bytes_all = 0;
  std::vector<std::string> warnings;
  std::set<std::string> unknown;

  Result<> open_file();
  Result<> skip_to_range();
  Result<std::optional<Frame>> next_frame();
  Result<std::optional<Frame>> read_frame();
  Failure nothing_there() const;
};

RecordingReader::RecordingReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
RecordingReader::RecordingReader(RecordingReader&&) noexcept = default;
RecordingReader& RecordingReader::operator=(RecordingReader&&) noexcept = default;
RecordingReader::~RecordingReader() = default;

// Reads the header, and goes to the last full block at or before the range.
Result<> RecordingReader::State::open_file() {
  const std::string& path = files[file];
  auto opened = BlockReader::open(path);
  if (!opened) return Failure(opened.error());
  blocks.emplace(std::move(*opened));
  decoder.emplace();
  const auto mark = blocks->next();
  if (!mark) return Failure(Error(mark.error()).within(path));
  const auto header = blocks->read();
  if (!header) return Failure(Error(header.error()).within(path));
  if (auto r = decoder->header(*header); !r) return Failure(Error(r.error()).within(path));
  for (const std::string& name : decoder->unknown_readings())
    if (unknown.insert(name).second)
      warnings.push_back("it holds readings that this version does not know, left out here: " + name);
  return skip_to_range();
}

Result<> RecordingReader::State::skip_to_range() {
  if (!range.from_unix_ns || any) return {};
  const uint64_t begin = blocks->position();
  uint64_t best = begin;
  for (;;) {
    const uint64_t at = blocks->position();
    const auto mark = blocks->next();
    if (!mark || !*mark || (*mark)->unix_ns > *range.from_unix_ns) break;
    if ((*mark)->kind == BlockKind::full) best = at;
  }
  blocks->seek(best);
  return {};
}

// None: the file is over.
Result<std::optional<Frame>> RecordingReader::State::read_frame() {
  const auto mark = blocks->next();
  if (!mark) return Failure(mark.error());
  if (!*mark) return std::nullopt;
  const auto block = blocks->read();
  if (!block) return Failure(block.error());
  auto frame = decoder->tick(*block);
  if (!frame) return Failure(frame.error());
  return std::optional(std::move(*frame));
}

Result<std::optional<Frame>> RecordingReader::State::next_frame() {
  while (!over) {
    auto frame = read_frame();
    if (frame && *frame) {
      if (broke) (*frame)->begin = true;
      broke = false;
      decoded = true;
      last_unix_ns = unix_ns(**frame);
      return frame;
    }
    const bool newest = file + 1 == files.size();
    if (!frame) {
      const std::string after = decoded ? "after " + local_time(last_unix_ns) : "at its beginning";
      if (newest && !decoded) return Failure(Error(frame.error()).within(files[file]));
      // The newest file of a ring may be written just now.
      if (!(ring && newest && frame.error().what == "the file is cut off"))
        warnings.push_back(files[file] + " breaks off " + after + ": " + frame.error().what);
      broke = true;
    }
    for (;;) {
      if (file + 1 == files.size()) {
        over = true;
        break;
      }
      bytes_before += blocks ? blocks->size() : 0;
      file++;
      const auto opened = open_file();
      if (opened) break;
      warnings.push_back(opened.error().what);
      broke = true;
    }
  }
  return std::nullopt;
}

Failure RecordingReader::State::nothing_there() const {
  std::optional<Span> all;
  for (const std::string& path : files) {
    const auto span = span_of(path);
    if (!span) continue;
    if (!all) all = *span;
    all->first_ns = std::min(all->first_ns, span->first_ns);
    all->last_ns = std::max(all->last_ns, span->last_ns);
  }
  if (!all) return fail(ErrorKind::input, files.front() + " holds no whole tick", "was it cut off at once?");
  return fail(
      ErrorKind::usage, "nothing was recorded in that time",
      "the recording goes from " + local_time(all->first_ns) + " to " + local_time(all->last_ns) + ", local time");
}

Result<RecordingReader> RecordingReader::open(const std::string& path, const TimeRange& range) {
  auto state = std::make_unique<State>();
  state->range = range;
  state->files = {path};
  if (is_folder(path)) {
    auto files = ring_files(path);
    if (!files) return Failure(files.error());
    if (files->empty())
      return fail(ErrorKind::no_input, path + " holds no recordings", "is it the `recorder.path` of the agent?");
    state->files = std::move(*files);
    state->ring = true;
    // The last file that begins at or before the range; those before it are not needed.
    while (range.from_unix_ns && state->files.size() > 1) {
      const auto second = span_of(state->files[1]);
      if (!second || second->first_ns > *range.from_unix_ns) break;
      state->files.erase(state->files.begin());
    }
  }
  for (const std::string& file : state->files) {
    struct stat info {};
    if (stat(file.c_str(), &info) == 0) state->bytes_all += static_cast<uint64_t>(info.st_size);
  }
  // A ring's file may be gone or broken: the others still tell.
  for (auto opened = state->open_file(); !opened; opened = state->open_file()) {
    if (!state->ring || state->file + 1 == state->files.size()) return Failure(opened.error());
    state->warnings.push_back(opened.error().what);
    state->file++;
  }
  return RecordingReader(std::move(state));
}

Result<std::optional<Frame>> RecordingReader::next() {
  State& s = *state_;
  const bool first = !s.any;
  for (;;) {
    auto frame =
        s.pending && s.any ? Result<std::optional<Frame>>(std::exchange(s.pending, std::nullopt)) : s.next_frame();
    if (!frame) return frame;
    const bool past = *frame && s.range.to_unix_ns && unix_ns(**frame) > *s.range.to_unix_ns;
    if (!*frame || past) {
      s.over = true;
      if (first && !(s.pending && past)) return s.nothing_there();
      return std::nullopt;
    }
    if (first && s.range.from_unix_ns && unix_ns(**frame) <= *s.range.from_unix_ns) {
      s.pending = std::move(*frame);  // the base, unless a later one is
      continue;
    }
    s.any = true;
    if (first && s.pending && !(*frame)->begin) std::swap(*s.pending, **frame);  // the base first, then this one
    else s.pending.reset();
    return frame;
  }
}

const std::vector<std::string>& RecordingReader::warnings() const { return state_->warnings; }

double RecordingReader::progress() const {
  const State& s = *state_;
  if (s.bytes_all == 0) return 1;
  const auto done = static_cast<double>(s.bytes_before + (s.blocks ? s.blocks->position() : 0));
  return std::min(1.0, done / static_cast<double>(s.bytes_all));
}

}  // namespace smtscope
