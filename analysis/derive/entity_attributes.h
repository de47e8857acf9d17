// SPDX-License-Identifier: Apache-2.0
// How an entity is called outside: the same after a restart of the agent or of the unit.
#pragma once

#include <string>
#include <vector>

#include "model/entity.h"
#include "model/point.h"

namespace smtscope {

// "unit:NAME", "pid:N", "kernel", "other", or 16 hex digits of a hash of the cgroup path. A unit inside another
// service or scope (a user's own systemd, one in a container) goes by its path: its name is not unique.
[[nodiscard]] std::string exported_entity_id(const Entity& entity);

// smtscope.entity.id, .kind and .name.
[[nodiscard]] Attributes entity_attributes(const Entity& entity);

}  // namespace smtscope
