// SPDX-License-Identifier: Apache-2.0
#include "program_stats.h"

#include <bpf/bpf.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace smtscope::bench {

Result<Fd> enable_run_time_stats() {
  Fd fd(bpf_enable_stats(BPF_STATS_RUN_TIME));
  if (!fd)
    return fail(ErrorKind::permission, fmt::format("cannot turn on BPF run-time statistics: {}", std::strerror(errno)),
                "run as root", errno);
  return fd;
}

std::map<uint32_t, ProgramStats> read_programs() {
  std::map<uint32_t, ProgramStats> all;
  for (uint32_t id = 0; bpf_prog_get_next_id(id, &id) == 0;) {
    const Fd fd(bpf_prog_get_fd_by_id(id));
    bpf_prog_info info{};
    uint32_t size = sizeof(info);
    if (!fd || bpf_obj_get_info_by_fd(fd.get(), &info, &size)) continue;
    all[id] = {info.name, info.run_time_ns, info.run_cnt};
  }
  return all;
}

uint32_t newest_map() {
  uint32_t newest = 0;
  for (uint32_t id = 0; bpf_map_get_next_id(id, &id) == 0;) newest = std::max(newest, id);
  return newest;
}

std::vector<MapMemory> read_maps(uint32_t newer_than) {
  std::vector<MapMemory> all;
  for (uint32_t id = newer_than; bpf_map_get_next_id(id, &id) == 0;) {
    const Fd fd(bpf_map_get_fd_by_id(id));
    bpf_map_info info{};
    uint32_t size = sizeof(info);
    if (!fd || bpf_obj_get_info_by_fd(fd.get(), &info, &size)) continue;
    MapMemory map{info.name, 0};
    std::ifstream fdinfo(fmt::format("/proc/self/fdinfo/{}", fd.get()));
    for (std::string word; fdinfo >> word;)
      if (word == "memlock:") fdinfo >> map.bytes;
    all.push_back(map);
  }
  return all;
}

}  // namespace smtscope::bench
