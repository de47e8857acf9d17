// SPDX-License-Identifier: Apache-2.0
#include "signals.h"

#include "derive/scheduler.h"
#include "derive/scheduler_metrics.h"

namespace smtscope {
namespace {

constexpr Signal kSignals[] = {
    {"scheduler", kSchedulerMetrics, scheduler_points},
};

}  // namespace

std::span<const Signal> signals() { return kSignals; }

}  // namespace smtscope
