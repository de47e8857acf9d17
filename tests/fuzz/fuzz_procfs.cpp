// SPDX-License-Identifier: Apache-2.0
// The texts of procfs that name entities and CPU times: any bytes, no crash, sane results.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "identity/cgroup_hierarchy.h"
#include "identity/registry.h"
#include "kernel/proc_stat.h"

namespace smtscope {
namespace {

int look(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto times = parse_proc_stat(text); !times && times.error().what.empty()) std::abort();
  const CgroupMounts mounts = parse_mountinfo(text);
  for (const auto& [controller, mount] : mounts.v1)
    if (controller.empty()) std::abort();
  for (const bool v2 : {true, false}) {
    const auto path = cgroup_path_in(text, {v2, "memory", "", ""});
    if (!path) continue;
    Entity entity;
    name_by_path(entity, *path);
    if (entity.cgroup != path) std::abort();
  }
  return 0;
}

}  // namespace
}  // namespace smtscope

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) { return smtscope::look(data, size); }
