// SPDX-License-Identifier: Apache-2.0
// A command's result on stdout, or why it did not get there.
#pragma once

#include <cstdio>
#include <string>

#include "model/result.h"

namespace smtscope {

[[nodiscard]] inline Result<> print_result(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    return fail(ErrorKind::io, "cannot write the result to stdout", "is the disk full, or the reader gone?");
  return {};
}

}  // namespace smtscope
