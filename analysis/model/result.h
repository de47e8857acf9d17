// SPDX-License-Identifier: Apache-2.0
// Errors as values: what failed, why, and how to mend it.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace smtscope {

enum class ErrorKind { usage, input, no_input, unsupported, permission, config, resource, io, bug };

struct Error {
  ErrorKind kind = ErrorKind::bug;
  int sys_errno = 0;  // 0: none
  std::string what;   // "cannot load switch_word: ..." ; no trailing full stop
  std::string mend;   // what the user can do; empty if nothing is known

  // Puts what was being done in front, on the way up.
  [[nodiscard]] Error within(std::string_view context) && {
    what = std::string(context) + ": " + what;
    return std::move(*this);
  }
};

// Exit status of the program for an error of this kind (contract of the command line).
[[nodiscard]] constexpr int exit_status(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage: return 2;
    case ErrorKind::input: return 65;
    case ErrorKind::no_input: return 66;
    case ErrorKind::unsupported: return 69;
    case ErrorKind::permission: return 77;
    case ErrorKind::config: return 78;
    case ErrorKind::resource:
    case ErrorKind::io:
    case ErrorKind::bug: return 1;
  }
  return 1;
}

template <class T = void>
using Result = tl::expected<T, Error>;

using Failure = tl::unexpected<Error>;

[[nodiscard]] inline Failure fail(ErrorKind kind, std::string what, std::string mend = {}, int sys_errno = 0) {
  return Failure(Error{kind, sys_errno, std::move(what), std::move(mend)});
}

}  // namespace smtscope
