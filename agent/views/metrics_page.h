// SPDX-License-Identifier: Apache-2.0
// The metrics reference of the documentation, from the descriptors.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "model/metric.h"

namespace smtscope {

struct MetricGroup {
  std::string_view signal;
  std::span<const MetricDesc> metrics;
};

// Markdown: rules first, then one section a signal with one entry a metric.
[[nodiscard]] std::string metrics_page(std::span<const MetricGroup> groups);

}  // namespace smtscope
