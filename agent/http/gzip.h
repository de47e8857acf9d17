// SPDX-License-Identifier: Apache-2.0
// Compression of answers.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace smtscope {

// Whether an Accept-Encoding header allows gzip; empty: it does not.
[[nodiscard]] bool accepts_gzip(std::string_view accept_encoding);

// At zlib's fastest level: pages are repetitive, and the agent's CPU time is dearer than the network's. None if
// there is no memory for it.
[[nodiscard]] std::optional<std::string> gzip(std::string_view text);

}  // namespace smtscope
