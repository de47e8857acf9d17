// SPDX-License-Identifier: Apache-2.0
#include "model/metric.h"

#include <array>

namespace smtscope {

std::string_view reason_word(Reason reason) {
  static constexpr std::array<std::string_view, 15> kWords = {
      "ok",   "unsupported", "not_applicable", "permission", "disabled",     "multiplexed", "partial",    "not_counted",
      "lost", "stale",       "implausible",    "changed",    "not_attested", "too_few",     "over_budget"};
  return kWords[static_cast<size_t>(reason)];
}

std::string_view metric_kind_word(MetricKind kind) {
  static constexpr std::array<std::string_view, 5> kWords = {"counter", "updown", "gauge", "histogram", "event"};
  return kWords[static_cast<size_t>(kind)];
}

}  // namespace smtscope
