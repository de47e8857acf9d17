// SPDX-License-Identifier: Apache-2.0
#include "recording/ring.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <ctime>
#include <deque>
#include <filesystem>
#include <optional>
#include <system_error>

#include "recording/recording.h"

namespace smtscope {
namespace {

constexpr std::string_view kSuffix = ".smtscope";
constexpr uint64_t kFilesPerRing = 16;  // what is deleted at once
constexpr size_t kMostFiles = 1000;     // each start of the agent begins one
constexpr uint64_t kSyncEveryNs = 60'000'000'000;

struct RingFile {
  std::string path;
  uint64_t bytes = 0;
};

// "0000000042-20261121T031500Z.smtscope": in order also if the clock was set back. None: not one of ours.
std::optional<uint64_t> number_of(const std::string& name) {
  uint64_t number = 0;
  if (name.size() < 12 || !name.ends_with(kSuffix) || name[10] != '-') return std::nullopt;
  const auto [end, error] = std::from_chars(name.data(), name.data() + 10, number);
  return error == std::errc() && end == name.data() + 10 ? std::optional(number) : std::nullopt;
}

std::string file_name(uint64_t number, int64_t unix_ns) {
  const time_t seconds = unix_ns / 1'000'000'000;
  std::tm tm{};
  gmtime_r(&seconds, &tm);
  char time[32] = "", name[64];
  std::strftime(time, sizeof(time), "%Y%m%dT%H%M%SZ", &tm);
  std::snprintf(name, sizeof(name), "%010llu-%s", static_cast<unsigned long long>(number), time);
  return name + std::string(kSuffix);
}

}  // namespace

Result<std::vector<std::string>> ring_files(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    if (number_of(at->path().filename().string())) names.push_back(at->path().filename().string());
  if (error) return fail(ErrorKind::no_input, "cannot read " + folder + ": " + error.message(), {}, error.value());
  std::sort(names.begin(), names.end());
  for (std::string& name : names) name.insert(0, folder + "/");
  return names;
}

struct RecordingRing::State {
  std::string folder;
  uint64_t max_bytes = 0;
  int lock = -1;
  std::deque<RingFile> files;  // oldest first; the last one is written while `writer` is there
  std::optional<RecordingWriter> writer;
  uint64_t next_number = 1;
  uint64_t synced_ns = 0;
  // Of frames that could not be written.
  bool begin = false;
  std::vector<Entity> ended;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (writer) writer->sync();
    if (lock >= 0) close(lock);
  }
  Result<> begin_file(const Frame& frame);
  void end_file();
  Result<> write(const Frame& frame);
  bool delete_oldest();
  void keep_within();
};

RecordingRing::RecordingRing(std::unique_ptr<State> state) : state_(std::move(state)) {}
RecordingRing::RecordingRing(RecordingRing&&) noexcept = default;
RecordingRing& RecordingRing::operator=(RecordingRing&&) noexcept = default;
RecordingRing::~RecordingRing() = default;

Result<RecordingRing> RecordingRing::open(const std::string& folder, uint64_t max_bytes) {
  std::error_code error;
  const bool made = std::filesystem::create_directories(folder, error);
  if (error)
    return fail(ErrorKind::io, "cannot make " + folder + ": " + error.message(), "set recorder.path to a folder",
                error.value());
  if (made) (void)chmod(folder.c_str(), 0700);
  auto state = std::make_unique<State>();
  state->folder = folder;
  state->max_bytes = max_bytes;
  state->lock = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (state->lock < 0) {
    const int why = errno;
    return fail(ErrorKind::io, "cannot open " + folder + ": " + std::strerror(why), {}, why);
  }
  if (flock(state->lock, LOCK_EX | LOCK_NB) != 0)
    return fail(ErrorKind::io, "another process records to " + folder, "end it, or set another recorder.path", errno);
  auto files = ring_files(folder);
  if (!files) return Failure(files.error());
  for (std::string& path : *files) {
    struct stat info {};
    if (stat(path.c_str(), &info) != 0) continue;
    state->next_number = *number_of(std::filesystem::path(path).filename().string()) + 1;
    state->files.push_back({std::move(path), static_cast<uint64_t>(info.st_size)});
  }
  return RecordingRing(std::move(state));
}

Result<> RecordingRing::State::begin_file(const Frame& frame) {
  const int64_t unix_ns = static_cast<int64_t>(frame.snapshot->end_ns) + frame.snapshot->unix_offset_ns;
  const std::string path = folder + "/" + file_name(next_number, unix_ns);
  auto made = RecordingWriter::create(path);
  if (!made) return Failure(Error(made.error()));
  next_number++;
  files.push_back({path, 0});
  writer.emplace(std::move(*made));
  return {};
}

// An empty one is not worth its name.
void RecordingRing::State::end_file() {
  if (!writer) return;
  if (writer->bytes() == 0) {
    (void)unlink(files.back().path.c_str());
    files.pop_back();
  }
  writer->sync();
  writer.reset();
}

bool RecordingRing::State::delete_oldest() {
  if (files.size() < 2) return false;  // the last one is all there is
  (void)unlink(files.front().path.c_str());
  files.pop_front();
  return true;
}

void RecordingRing::State::keep_within() {
  uint64_t all = 0;
  for (const RingFile& file : files) all += file.bytes;
  while ((all > max_bytes || files.size() > kMostFiles) && !files.empty()) {
    const uint64_t oldest = files.front().bytes;
    if (!delete_oldest()) break;
    all -= oldest;
  }
}

Result<> RecordingRing::State::write(const Frame& frame) {
  if (writer && (frame.begin || writer->bytes() >= max_bytes / kFilesPerRing)) end_file();
  if (!writer)
    if (auto r = begin_file(frame); !r) return r;
  auto written = writer->write(frame);
  files.back().bytes = writer->bytes();
  if (!written) end_file();
  return written;
}

Result<> RecordingRing::write(const Frame& frame) {
  State& s = *state_;
  Frame whole = frame;
  whole.begin |= s.begin;
  whole.ended.insert(whole.ended.begin(), s.ended.begin(), s.ended.end());
  auto written = s.write(whole);
  // The newest counts: on a full disk the oldest file makes room for it.
  if (!written && (written.error().sys_errno == ENOSPC || written.error().sys_errno == EDQUOT) && s.delete_oldest())
    written = s.write(whole);
  s.begin = !written && whole.begin;
  s.ended = written ? std::vector<Entity>() : std::move(whole.ended);
  if (!written) return written;
  s.keep_within();
  if (frame.snapshot->end_ns - s.synced_ns >= kSyncEveryNs) {
    s.writer->sync();
    s.synced_ns = frame.snapshot->end_ns;
  }
  return {};
}

}  // namespace smtscope
