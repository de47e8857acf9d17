// SPDX-License-Identifier: Apache-2.0
#include "kernel/program_stats.h"

#include <bpf/bpf.h>
#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>

#include "kernel/textfile.h"

namespace smtscope {
namespace {

bool is_switch_program(const bpf_prog_info& info) {
  const std::string_view name(info.name, strnlen(info.name, sizeof(info.name)));
  return name == "switch_word" || name == "switch_queue";
}

}  // namespace

Result<Fd> count_program_time() {
  const int fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
  if (fd >= 0) return Fd(fd);
  const int error = errno;
  if (error == EPERM)
    return fail(ErrorKind::permission, "may not count the run time of BPF programs",
                "give CAP_SYS_ADMIN, or run as root", error);
  return fail(ErrorKind::unsupported,
              fmt::format("the kernel does not count the run time of BPF programs: {}", std::strerror(error)),
              "use kernel 5.8 or later", error);
}

Result<ProgramStats> program_stats(int program_fd) {
  bpf_prog_info info{};
  uint32_t size = sizeof(info);
  if (bpf_obj_get_info_by_fd(program_fd, &info, &size))
    return fail(ErrorKind::io, fmt::format("the kernel does not describe a program: {}", std::strerror(errno)), {},
                errno);
  return ProgramStats{std::string(info.name, strnlen(info.name, sizeof(info.name))), info.run_time_ns, info.run_cnt};
}

uint64_t map_memory_bytes(int map_fd) {
  const auto text = read_text_file(fmt::format("/proc/self/fdinfo/{}", map_fd), 4096);
  if (!text) return 0;
  constexpr std::string_view kField = "memlock:\t";
  const size_t at = text->find(kField);
  if (at == std::string::npos) return 0;
  uint64_t bytes = 0;
  const char* begin = text->data() + at + kField.size();
  std::from_chars(begin, text->data() + text->size(), bytes);
  return bytes;
}

unsigned other_switch_programs() {
  unsigned others = 0;
  for (uint32_t id = 0; bpf_prog_get_next_id(id, &id) == 0;) {
    const Fd program(bpf_prog_get_fd_by_id(id));
    bpf_prog_info info{};
    uint32_t size = sizeof(info);
    if (program && !bpf_obj_get_info_by_fd(program.get(), &info, &size) && is_switch_program(info)) others++;
  }
  return others;
}

}  // namespace smtscope
