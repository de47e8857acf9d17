// SPDX-License-Identifier: Apache-2.0
// The topology as sysfs shows it, below <sys_root>/devices/system, or with siblings stated by hand.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "model/topology.h"

namespace smtscope {

// How the reader gets at a file: whole text by path, Error of kind no_input if there is none.
using ReadFile = std::function<Result<std::string>(const std::string& path)>;

// How strict the reader is.
enum class Siblings {
  from_sysfs,  // whatever sysfs says must be there, whole and free of contradiction
  by_hand,     // the siblings of sysfs are not read: every CPU is a core of its own; broken labels are no labels
};

// Errors: no_input (no such folder), input (broken or contradictory), unsupported (more than 8 siblings, or the
// kernel does not say). If CPUs come and go meanwhile it reads again.
[[nodiscard]] Result<Topology> read_topology(const std::string& sys_root, Siblings siblings = Siblings::from_sysfs);

// The same through `read`, which gets paths that start with sys_root.
[[nodiscard]] Result<Topology> read_topology(const ReadFile& read, const std::string& sys_root,
                                             Siblings siblings = Siblings::from_sysfs);

// Groups of siblings by hand: "0,1;2,3" or "0-1;2-3". CPUs that are not named become cores of their own; a label
// on which the CPUs of a new core disagree is dropped. Every error is of kind usage.
[[nodiscard]] Result<Topology> override_siblings(Topology base, std::string_view spec);

// What commands call: sysfs, or sysfs without its siblings and `siblings` over it.
[[nodiscard]] Result<Topology> load_topology(const std::string& sys_root, const std::optional<std::string>& siblings);

}  // namespace smtscope
