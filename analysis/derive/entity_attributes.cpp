// SPDX-License-Identifier: Apache-2.0
#include "derive/entity_attributes.h"

#include <cstdint>
#include <string_view>

namespace smtscope {
namespace {

// FNV-1a, 64 bits: the same on every machine and in every version.
std::string hash_of(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  std::string hex(16, '0');
  for (size_t i = hex.size(); i-- > 0; hash >>= 4) hex[i] = "0123456789abcdef"[hash & 15];
  return hex;
}

// Only slices above it: a unit of the node's own systemd.
bool top_unit(std::string_view path) {
  size_t start = 1;
  for (size_t slash = path.find('/', start); slash != std::string_view::npos; slash = path.find('/', start)) {
    if (!path.substr(start, slash - start).ends_with(".slice")) return false;
    start = slash + 1;
  }
  return true;
}

}  // namespace

std::string exported_entity_id(const Entity& entity) {
  switch (entity.kind) {
    case EntityKind::other: return "other";
    case EntityKind::kernel:
      if (!entity.pid) return "kernel";
      [[fallthrough]];  // by process each kernel thread is its own
    case EntityKind::process: return "pid:" + std::to_string(entity.pid.value_or(0));
    case EntityKind::unit:
      if (!entity.cgroup || top_unit(*entity.cgroup)) return "unit:" + entity.name;
      [[fallthrough]];
    default: return hash_of(entity.cgroup.value_or(entity.name));
  }
}

Attributes entity_attributes(const Entity& entity) {
  return Attributes{{"smtscope.entity.id", exported_entity_id(entity), true},
                    {"smtscope.entity.kind", std::string(entity_kind_word(entity.kind)), false},
                    {"smtscope.entity.name", entity.name, false}};
}

}  // namespace smtscope
