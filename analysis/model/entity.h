// SPDX-License-Identifier: Apache-2.0
// Who time is charged to.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace smtscope {

enum class EntityKind : uint8_t { container, pod, unit, cgroup, process, kernel, other };
[[nodiscard]] std::string_view entity_kind_word(EntityKind kind);

// Ids below kFirstEntity are fixed; all others are given out once and never again.
inline constexpr uint32_t kIdleEntity = 0;
inline constexpr uint32_t kUnknownEntity = 1;
inline constexpr uint32_t kKernelEntity = 2;
inline constexpr uint32_t kOtherEntity = 3;
inline constexpr uint32_t kFirstEntity = 4;

struct Entity {
  uint32_t id = 0;
  EntityKind kind = EntityKind::other;
  std::string name;                   // never empty: "cgroup:ID" or "pid:N" if it was gone too soon
  std::optional<std::string> cgroup;  // path below the hierarchy's root
  std::optional<uint64_t> cgroup_id;
  std::optional<uint32_t> pid;  // of processes
  std::optional<std::string> comm;
  bool operator==(const Entity&) const = default;
};

// Neither the kernel nor all that is left.
[[nodiscard]] inline bool is_workload(const Entity& who) {
  return who.kind != EntityKind::kernel && who.kind != EntityKind::other;
}

}  // namespace smtscope
