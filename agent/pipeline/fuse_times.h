// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pipeline/fuse.h"

namespace smtscope {

// Once a minute, for a second, three times in a row. The test build with faults can be asked for shorter ones.
[[nodiscard]] FuseTimes fuse_times();

}  // namespace smtscope
