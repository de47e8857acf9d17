// SPDX-License-Identifier: Apache-2.0
// Files of counts -> records: JSON Lines of test vectors, `perf stat -x,` (any separator) and `perf stat -j`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/result.h"
#include "topdown/counts.h"

namespace smtscope::topdown {

struct CountFile {
  std::vector<CountRecord> records;
  std::vector<std::string> remarks;  // event names that nothing here knows, and what may have been meant
};

// `file` is its name, for ids and errors: "FILE:LINE: ...".
[[nodiscard]] Result<CountFile> read_counts(std::string_view text, const std::string& file);

}  // namespace smtscope::topdown
