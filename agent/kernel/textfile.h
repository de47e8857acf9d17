// SPDX-License-Identifier: Apache-2.0
// Small text files of sysfs and procfs, read whole and bounded.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "model/result.h"

namespace smtscope {

// More than any sysfs attribute holds (a page; lists of CPUs may be longer since 5.16).
inline constexpr size_t kMaxSysfsBytes = 64 * 1024;

// The whole file. Kinds: no_input (cannot be opened), permission, io; input if it is longer than max_bytes.
[[nodiscard]] Result<std::string> read_text_file(const std::string& path, size_t max_bytes);

// The same, but a longer file is cut at max_bytes.
[[nodiscard]] Result<std::string> read_text_prefix(const std::string& path, size_t max_bytes);

// Without the one newline at the end that the kernel puts there.
[[nodiscard]] std::string_view chomp(std::string_view text);

// Without white space and NUL bytes at both ends.
[[nodiscard]] std::string_view strip(std::string_view text);

// For messages: quoted, unprintable bytes escaped, cut to a line.
[[nodiscard]] std::string shown(std::string_view text);

}  // namespace smtscope
