// SPDX-License-Identifier: Apache-2.0
// The other spellings of a metric's name, by rule from the descriptor.
#pragma once

#include <string>

#include "model/metric.h"

namespace smtscope {

// "smtscope_core_time_seconds_total": dots to underscores, then the unit, then _total for counters.
[[nodiscard]] std::string prometheus_name(const MetricDesc& desc);
// "smtscope_core_state": an attribute as a label.
[[nodiscard]] std::string prometheus_label(std::string_view attribute);
// "smtscope.core.time.idle": the field that holds one part; without parts the name itself.
[[nodiscard]] std::string elasticsearch_field(const MetricDesc& desc, std::string_view part);

}  // namespace smtscope
