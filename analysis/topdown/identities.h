// SPDX-License-Identifier: Apache-2.0
// Records that nothing is computed from: what they state must agree with itself.
#pragma once

#include "topdown/evaluate.h"

namespace smtscope::topdown {

inline constexpr std::string_view kIdentityOnly = "identity_only";

// Percentages (of the record's `expected`, for these records have no counts): level 1 sums to 100, parts to their
// whole. Descriptors: how many counted, how many are in the error state. Readings: whether one is frozen.
[[nodiscard]] Metrics identities(const CountRecord& record);

}  // namespace smtscope::topdown
