// SPDX-License-Identifier: Apache-2.0
#include "http/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "kernel/fd.h"

namespace smtscope {
namespace {

Failure unreadable(const std::string& what, int error) {
  const bool permission = error == EACCES || error == EPERM;
  return fail(permission ? ErrorKind::permission : ErrorKind::config,
              what + " cannot be read: " + std::generic_category().message(error),
              permission ? "let the agent's user read it" : "check the path", error);
}

}  // namespace

Result<std::string> read_named_file(const std::string& key, const std::string& path, size_t max_bytes) {
  const std::string what = key + ": " + path;
  // Not blocking: a FIFO without a writer would hold the caller for ever.
  const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file) return unreadable(what, errno);
  struct stat status {};
  if (fstat(file.get(), &status) != 0) return unreadable(what, errno);
  if (!S_ISREG(status.st_mode)) return fail(ErrorKind::config, what + " is not a regular file", "name a file");
  std::string text(max_bytes + 1, '\0');
  size_t length = 0;
  while (length < text.size()) {
    const ssize_t n = read(file.get(), text.data() + length, text.size() - length);
    if (n == 0) break;
    if (n > 0) length += static_cast<size_t>(n);
    else if (errno != EINTR) return unreadable(what, errno);
  }
  if (length > max_bytes)
    return fail(ErrorKind::config, what + " is longer than " + std::to_string(max_bytes) + " bytes",
                "check that it is the right file");
  if (length == 0) return fail(ErrorKind::config, what + " is empty", "write it, or leave the key out");
  text.resize(length);
  return text;
}

}  // namespace smtscope
