// SPDX-License-Identifier: Apache-2.0
// The fields `counters` and `topdown` of cores and entities.
#pragma once

#include "derive/counter_figures.h"
#include "views/json_parts.h"

namespace smtscope {

// Of one core: what all its siblings counted.
void put_core_counters(const CounterFigures& figures, uint32_t core, Object& out);
void put_entity_counters(const CounterFigures& figures, uint32_t entity, Object& out);

}  // namespace smtscope
