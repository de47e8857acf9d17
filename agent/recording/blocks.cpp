// SPDX-License-Identifier: Apache-2.0
#include "recording/blocks.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

namespace smtscope {
namespace {

constexpr int kCompressionLevel = 3;
// A mark is a "skippable frame" of zstd, which other readers pass over: magic, size, and then our own
// {"smts", kind, 3 zeros, unix_ns, raw_bytes, compressed_bytes}, little-endian.
constexpr uint32_t kSkippable = 0x184D2A5Fu;
constexpr size_t kMarkBytes = 32;
constexpr std::array<uint8_t, 4> kOurs = {'s', 'm', 't', 's'};

using MarkBytes = std::array<uint8_t, kMarkBytes>;

void put_le(uint8_t* to, uint64_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; i++) to[i] = static_cast<uint8_t>(value >> (8 * i));
}

uint64_t get_le(const uint8_t* from, size_t bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < bytes; i++) value |= static_cast<uint64_t>(from[i]) << (8 * i);
  return value;
}

MarkBytes mark_bytes(const BlockMark& mark) {
  MarkBytes out{};
  put_le(&out[0], kSkippable, 4);
  put_le(&out[4], kMarkBytes - 8, 4);
  std::memcpy(&out[8], kOurs.data(), kOurs.size());
  out[12] = static_cast<uint8_t>(mark.kind);
  put_le(&out[16], static_cast<uint64_t>(mark.unix_ns), 8);
  put_le(&out[24], mark.raw_bytes, 4);
  put_le(&out[28], mark.compressed_bytes, 4);
  return out;
}

// None: not one of ours.
std::optional<BlockMark> mark_of(const MarkBytes& in) {
  if (get_le(&in[0], 4) != kSkippable || get_le(&in[4], 4) != kMarkBytes - 8) return std::nullopt;
  if (std::memcmp(&in[8], kOurs.data(), kOurs.size()) != 0) return std::nullopt;
  if (in[12] > static_cast<uint8_t>(BlockKind::change)) return std::nullopt;
  return BlockMark{static_cast<BlockKind>(in[12]), static_cast<int64_t>(get_le(&in[16], 8)),
                   static_cast<uint32_t>(get_le(&in[24], 4)), static_cast<uint32_t>(get_le(&in[28], 4))};
}

struct CloseFile {
  int fd = -1;
  explicit CloseFile(int f) : fd(f) {}
  CloseFile(const CloseFile&) = delete;
  CloseFile& operator=(const CloseFile&) = delete;
  ~CloseFile() {
    if (fd >= 0) close(fd);
  }
};

int write_all(int fd, const char* data, size_t bytes) {
  while (bytes > 0) {
    const ssize_t n = ::write(fd, data, bytes);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    data += n;
    bytes -= static_cast<size_t>(n);
  }
  return 0;
}

// Bytes read: fewer only at the end of the file, or -errno.
ssize_t read_at(int fd, void* to, size_t bytes, uint64_t at) {
  size_t done = 0;
  while (done < bytes) {
    const ssize_t n = pread(fd, static_cast<char*>(to) + done, bytes - done, static_cast<off_t>(at + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return -errno;
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  return static_cast<ssize_t>(done);
}

Failure io_failure(const std::string& what, int error) {
  std::string mend;
  if (error == ENOSPC || error == EDQUOT) mend = "make room, or choose another place";
  return fail(ErrorKind::io, what + ": " + std::strerror(error), mend, error);
}

}  // namespace

struct BlockWriter::State {
  explicit State(int fd, std::string name) : file(fd), path(std::move(name)), zstd(ZSTD_createCCtx()) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { ZSTD_freeCCtx(zstd); }

  CloseFile file;
  std::string path;
  ZSTD_CCtx* zstd;
  uint64_t bytes = 0;
  std::vector<char> buffer;
};

BlockWriter::BlockWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
BlockWriter::BlockWriter(BlockWriter&&) noexcept = default;
BlockWriter& BlockWriter::operator=(BlockWriter&&) noexcept = default;
BlockWriter::~BlockWriter() = default;

Result<BlockWriter> BlockWriter::create(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0 && errno == EEXIST)
    return fail(ErrorKind::usage, path + " exists", "choose another name, or delete it first", EEXIST);
  if (fd < 0) {
    const int error = errno;
    return fail(ErrorKind::io, "cannot make " + path + ": " + std::strerror(error), {}, error);
  }
  auto state = std::make_unique<State>(fd, path);
  if (!state->zstd) return fail(ErrorKind::resource, "no memory for the compressor");
  ZSTD_CCtx_setParameter(state->zstd, ZSTD_c_compressionLevel, kCompressionLevel);
  ZSTD_CCtx_setParameter(state->zstd, ZSTD_c_checksumFlag, 1);
  return BlockWriter(std::move(state));
}

Result<> BlockWriter::write(BlockKind kind, int64_t unix_ns, std::string_view block) {
  if (block.size() > kMaxBlockBytes)
    return fail(ErrorKind::resource, "a tick of " + std::to_string(block.size()) + " bytes is more than a block holds");
  State& s = *state_;
  s.buffer.resize(kMarkBytes + ZSTD_compressBound(block.size()));
  const size_t packed =
      ZSTD_compress2(s.zstd, s.buffer.data() + kMarkBytes, s.buffer.size() - kMarkBytes, block.data(), block.size());
  if (ZSTD_isError(packed)) return fail(ErrorKind::bug, std::string("cannot compress: ") + ZSTD_getErrorName(packed));
  const MarkBytes mark =
      mark_bytes({kind, unix_ns, static_cast<uint32_t>(block.size()), static_cast<uint32_t>(packed)});
  std::memcpy(s.buffer.data(), mark.data(), mark.size());
  if (const int error = write_all(s.file.fd, s.buffer.data(), kMarkBytes + packed)) {
    if (ftruncate(s.file.fd, static_cast<off_t>(s.bytes)) == 0)
      (void)lseek(s.file.fd, static_cast<off_t>(s.bytes), SEEK_SET);
    return io_failure("cannot write to " + s.path, error);
  }
  s.bytes += kMarkBytes + packed;
  return {};
}

void BlockWriter::sync() { (void)fdatasync(state_->file.fd); }

uint64_t BlockWriter::bytes() const { return state_->bytes; }

struct BlockReader::State {
  explicit State(int fd, std::string name) : file(fd), path(std::move(name)), zstd(ZSTD_createDCtx()) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { ZSTD_freeDCtx(zstd); }

  CloseFile file;
  std::string path;
  ZSTD_DCtx* zstd;
  uint64_t size = 0;
  uint64_t position = 0;  // of the next mark
  uint64_t block_at = 0;  // of the block of the last one
  BlockMark mark;
};

BlockReader::BlockReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
BlockReader::BlockReader(BlockReader&&) noexcept = default;
BlockReader& BlockReader::operator=(BlockReader&&) noexcept = default;
BlockReader::~BlockReader() = default;

Result<BlockReader> BlockReader::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  const int error = errno;
  if (fd < 0) return fail(ErrorKind::no_input, "cannot open " + path + ": " + std::strerror(error), {}, error);
  auto state = std::make_unique<State>(fd, path);
  struct stat info {};
  if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))
    return fail(ErrorKind::no_input, path + " is not a file", "give a recording that `smtscope record` made");
  state->size = static_cast<uint64_t>(info.st_size);
  if (!state->zstd) return fail(ErrorKind::resource, "no memory for the decompressor");
  MarkBytes mark{};
  if (read_at(fd, mark.data(), mark.size(), 0) != static_cast<ssize_t>(mark.size()) || !mark_of(mark) ||
      mark_of(mark)->kind != BlockKind::header)
    return fail(ErrorKind::input, path + " is not a recording of smtscope", "those are made by `smtscope record FILE`");
  return BlockReader(std::move(state));
}

Result<std::optional<BlockMark>> BlockReader::next() {
  State& s = *state_;
  MarkBytes bytes{};
  const ssize_t n = read_at(s.file.fd, bytes.data(), bytes.size(), s.position);
  if (n < 0) return io_failure("cannot read " + s.path, static_cast<int>(-n));
  if (n == 0) return std::nullopt;
  if (n < static_cast<ssize_t>(bytes.size())) return fail(ErrorKind::input, "the file is cut off");
  const auto mark = mark_of(bytes);
  if (!mark) return fail(ErrorKind::input, "what should be a mark is something else");
  s.mark = *mark;
  s.block_at = s.position + kMarkBytes;
  s.position = s.block_at + mark->compressed_bytes;
  return mark;
}

Result<std::string> BlockReader::read() {
  State& s = *state_;
  if (s.mark.raw_bytes > kMaxBlockBytes || s.mark.compressed_bytes > ZSTD_compressBound(kMaxBlockBytes))
    return fail(ErrorKind::input, "a block claims to be larger than any is");
  std::string packed(s.mark.compressed_bytes, '\0');
  const ssize_t n = read_at(s.file.fd, packed.data(), packed.size(), s.block_at);
  if (n < 0) return io_failure("cannot read " + s.path, static_cast<int>(-n));
  if (n < static_cast<ssize_t>(packed.size())) return fail(ErrorKind::input, "the file is cut off");
  std::string block(s.mark.raw_bytes, '\0');
  const size_t got = ZSTD_decompressDCtx(s.zstd, block.data(), block.size(), packed.data(), packed.size());
  if (ZSTD_isError(got))
    return fail(ErrorKind::input, std::string("a block cannot be decompressed: ") + ZSTD_getErrorName(got));
  if (got != block.size()) return fail(ErrorKind::input, "a block is shorter than its mark says");
  return block;
}

uint64_t BlockReader::position() const { return state_->position; }
void BlockReader::seek(uint64_t position) { state_->position = position; }
uint64_t BlockReader::size() const { return state_->size; }

}  // namespace smtscope
