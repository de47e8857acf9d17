// SPDX-License-Identifier: Apache-2.0
// The metrics reference of the documentation, from the descriptors.
#pragma once

#include <span>
#include <string>

#include "model/metric.h"

namespace smtscope {

// Markdown: rules first, then one section a group with one entry a metric.
[[nodiscard]] std::string metrics_page(std::span<const MetricGroup> groups);

}  // namespace smtscope
