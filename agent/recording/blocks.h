// SPDX-License-Identifier: Apache-2.0
// A file of compressed blocks: each a zstd frame with its checksum, after a mark that says how long it is and when it
// is from. Knows nothing of what is in them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "model/result.h"

namespace smtscope {

enum class BlockKind : uint8_t { header, full, change };  // change: needs the blocks before it, from the last full on

// Most bytes of a block before it is compressed: what is read must fit into memory.
inline constexpr uint32_t kMaxBlockBytes = 16u << 20;

struct BlockMark {
  BlockKind kind = BlockKind::change;
  int64_t unix_ns = 0;
  uint32_t raw_bytes = 0;
  uint32_t compressed_bytes = 0;
};

class BlockWriter {
 public:
  // Makes the file (0600); usage error if it exists.
  static Result<BlockWriter> create(const std::string& path);
  BlockWriter(BlockWriter&&) noexcept;
  BlockWriter& operator=(BlockWriter&&) noexcept;
  BlockWriter(const BlockWriter&) = delete;
  BlockWriter& operator=(const BlockWriter&) = delete;
  ~BlockWriter();

  // One block, whole; if that fails the file is cut back to what it was.
  [[nodiscard]] Result<> write(BlockKind kind, int64_t unix_ns, std::string_view block);
  void sync();
  [[nodiscard]] uint64_t bytes() const;

 private:
  struct State;
  explicit BlockWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

class BlockReader {
 public:
  // no_input if it cannot be opened, input if it does not begin as these files do.
  static Result<BlockReader> open(const std::string& path);
  BlockReader(BlockReader&&) noexcept;
  BlockReader& operator=(BlockReader&&) noexcept;
  BlockReader(const BlockReader&) = delete;
  BlockReader& operator=(const BlockReader&) = delete;
  ~BlockReader();

  // The next mark; its block is read or skipped. None at the end of the file. Input error if the file is cut off or
  // broken here.
  [[nodiscard]] Result<std::optional<BlockMark>> next();
  // The block of the last mark; never more than the mark says.
  [[nodiscard]] Result<std::string> read();
  // Where the next mark stands, and going back there.
  [[nodiscard]] uint64_t position() const;
  void seek(uint64_t position);
  [[nodiscard]] uint64_t size() const;  // of the file as it was opened

 private:
  struct State;
  explicit BlockReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace smtscope
