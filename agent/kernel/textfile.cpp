// SPDX-License-Identifier: Apache-2.0
#include "kernel/textfile.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "kernel/fd.h"

namespace smtscope {
namespace {

ErrorKind kind_of(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case EISDIR:
    case ELOOP:
    case ENAMETOOLONG: return ErrorKind::no_input;
    case EACCES:
    case EPERM: return ErrorKind::permission;
    default: return ErrorKind::io;
  }
}

Failure cannot_read(const std::string& path, int error) {
  const ErrorKind kind = kind_of(error);
  return fail(kind, fmt::format("cannot read {}: {}", path, std::generic_category().message(error)),
              kind == ErrorKind::permission ? "run as root" : "", error);
}

// Reads until the end or until the text is longer than max_bytes.
Result<std::string> read_past(const std::string& path, size_t max_bytes) {
  // O_NONBLOCK: a FIFO without a writer must not hold us up. Regular files ignore it.
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return cannot_read(path, errno);
  std::string text;
  int error = 0;
  char buffer[4096];
  while (text.size() <= max_bytes) {
    const ssize_t got = ::read(fd.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) error = errno;
    if (got <= 0) break;
    text.append(buffer, static_cast<size_t>(got));
  }
  if (error) return cannot_read(path, error);
  return text;
}

}  // namespace

Result<std::string> read_text_file(const std::string& path, size_t max_bytes) {
  Result<std::string> text = read_past(path, max_bytes);
  if (text && text->size() > max_bytes)
    return fail(ErrorKind::input, fmt::format("{} is longer than {} bytes", path, max_bytes));
  return text;
}

Result<std::string> read_text_prefix(const std::string& path, size_t max_bytes) {
  Result<std::string> text = read_past(path, max_bytes);
  if (text && text->size() > max_bytes) text->resize(max_bytes);
  return text;
}

std::string_view chomp(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  return text;
}

std::string_view strip(std::string_view text) {
  constexpr std::string_view kBlank(" \t\r\n\f\v\0", 7);
  const size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::string shown(std::string_view text) {
  constexpr size_t kLine = 60;
  std::string out = "\"";
  for (const char c : text.substr(0, kLine)) {
    if (c == '\n') out += "\\n";
    else if (c == '"' || c == '\\') (out += '\\') += c;
    else if (c < 0x20 || c > 0x7e)  // char is unsigned on some machines: no test for the sign
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    else out += c;
  }
  out += '"';
  if (text.size() > kLine) out += fmt::format("... ({} bytes)", text.size());
  return out;
}

}  // namespace smtscope
