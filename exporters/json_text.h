// SPDX-License-Identifier: Apache-2.0
// JSON piece by piece, without a tree: the same bytes on every machine.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace smtscope::json {

// A quoted string, always valid UTF-8: what is not becomes U+FFFD.
void append_string(std::string& out, std::string_view text);
// Shortest digits that read back the same; whole numbers below 2^53 without an exponent; null for what JSON lacks.
void append_number(std::string& out, double value);
void append_number(std::string& out, int64_t value);
void append_number(std::string& out, uint64_t value);

}  // namespace smtscope::json
