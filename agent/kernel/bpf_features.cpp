// SPDX-License-Identifier: Apache-2.0
#include "kernel/bpf_features.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstring>
#include <fstream>
#include <memory>
#include <string_view>

#include "kernel/fd.h"

namespace smtscope {
namespace {

std::string g_messages;

int keep_message(enum libbpf_print_level level, const char* format, va_list args) {
  if (level == LIBBPF_DEBUG) return 0;
  std::array<char, 2048> line{};
  const int n = vsnprintf(line.data(), line.size(), format, args);
  constexpr size_t kMost = 256 * 1024;
  if (n > 0 && g_messages.size() < kMost) g_messages += line.data();
  return n;
}

// *(u64 *)(stack) compare-and-swap: refused before 5.12 ("BPF_STX uses reserved fields").
bool probe_compare_and_swap() {
  constexpr bpf_insn kProgram[] = {
      {BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, -8, 0},
      {BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0},
      {BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_1, 0, 0, 1},
      {BPF_STX | BPF_ATOMIC | BPF_DW, BPF_REG_10, BPF_REG_1, -8, BPF_CMPXCHG},
      {BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0},
      {BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
  };
  const Fd fd(
      bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "probe_cas", "Dual BSD/GPL", kProgram, std::size(kProgram), nullptr));
  return static_cast<bool>(fd);
}

struct BtfDeleter {
  void operator()(btf* b) const { btf__free(b); }
};
using BtfPtr = std::unique_ptr<btf, BtfDeleter>;

bool has_member(const btf* b, const char* type_name, std::string_view member) {
  const int id = btf__find_by_name_kind(b, type_name, BTF_KIND_STRUCT);
  if (id < 0) return false;
  const btf_type* type = btf__type_by_id(b, static_cast<uint32_t>(id));
  const btf_member* m = btf_members(type);
  for (int i = 0; i < btf_vlen(type); i++)
    if (member == btf__name_by_offset(b, m[i].name_off)) return true;
  return false;
}

// enum cgroup_subsys_id { cpuset_cgrp_id, cpu_cgrp_id, .. CGROUP_SUBSYS_COUNT }
std::vector<std::string> controllers(const btf* b) {
  std::vector<std::string> names;
  const int id = btf__find_by_name_kind(b, "cgroup_subsys_id", BTF_KIND_ENUM);
  if (id < 0) return names;
  const btf_type* type = btf__type_by_id(b, static_cast<uint32_t>(id));
  const struct btf_enum* e = ::btf_enum(type);
  constexpr std::string_view kSuffix = "_cgrp_id";
  for (int i = 0; i < btf_vlen(type); i++) {
    const std::string_view name = btf__name_by_offset(b, e[i].name_off);
    if (!name.ends_with(kSuffix) || e[i].val < 0) continue;
    names.resize(std::max(names.size(), static_cast<size_t>(e[i].val) + 1));
    names[static_cast<size_t>(e[i].val)] = name.substr(0, name.size() - kSuffix.size());
  }
  return names;
}

std::string first_line(const char* path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

}  // namespace

void capture_libbpf_messages() { libbpf_set_print(keep_message); }

std::string take_libbpf_messages() { return std::exchange(g_messages, {}); }

LoadMessages take_load_messages() {
  constexpr size_t kMost = 4000;
  std::string text = take_libbpf_messages();
  if (text.size() > kMost) text = "..." + text.substr(text.size() - kMost);
  const bool verdict = text.find("PROG LOAD LOG") != std::string::npos;
  return {std::move(text), verdict};
}

BpfFeatures read_bpf_features() {
  BpfFeatures f;
  capture_libbpf_messages();
  const BtfPtr vmlinux(btf__load_vmlinux_btf());
  if (!vmlinux) {
    f.btf_error = std::strerror(errno);
  } else {
    const btf* b = vmlinux.get();
    f.btf = true;
    f.sched_switch_btf = btf__find_by_name_kind(b, "btf_trace_sched_switch", BTF_KIND_TYPEDEF) > 0;
    f.sched_info = has_member(b, "task_struct", "sched_info") && has_member(b, "sched_info", "last_queued") &&
                   has_member(b, "sched_info", "run_delay") && has_member(b, "sched_entity", "cfs_rq") &&
                   has_member(b, "cfs_rq", "rq") && has_member(b, "rq", "clock");
    f.v1_controllers = controllers(b);
    f.task_storage = f.compare_and_swap = has_member(b, "task_struct", "bpf_storage");
  }
  (void)take_libbpf_messages();
  return f;
}

BpfFeatures probe_bpf_features() {
  BpfFeatures f = read_bpf_features();
  f.compare_and_swap = probe_compare_and_swap();
  // 5.11 has the map for LSM programs only; tracing programs got it with 5.13, the atomics came with 5.12. On 5.12
  // itself the load is refused and the probe falls back.
  f.task_storage = f.compare_and_swap && libbpf_probe_bpf_map_type(BPF_MAP_TYPE_TASK_STORAGE, nullptr) == 1;
  f.ring_buffer = libbpf_probe_bpf_map_type(BPF_MAP_TYPE_RINGBUF, nullptr) == 1;
  (void)take_libbpf_messages();
  return f;
}

Result<> may_load_bpf() {
  constexpr bpf_insn kReturnZero[] = {
      {BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0},
      {BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
  };
  errno = 0;
  const Fd fd(bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "probe_load", "Dual BSD/GPL", kReturnZero,
                            std::size(kReturnZero), nullptr));
  if (fd) return {};
  const int error = errno;
  if (error == ENOSYS)
    return fail(ErrorKind::unsupported, "this kernel has no bpf system call",
                "use a kernel with CONFIG_BPF_SYSCALL and CONFIG_DEBUG_INFO_BTF", error);
  const std::string lockdown = first_line("/sys/kernel/security/lockdown");
  if (lockdown.find("[confidentiality]") != std::string::npos)
    return fail(ErrorKind::permission, "kernel lockdown (confidentiality) forbids BPF tracing",
                "boot with lockdown=integrity or none", error);
  if (error == EPERM || error == EACCES)
    return fail(ErrorKind::permission, "no permission to load BPF programs",
                "run as root, or give CAP_BPF and CAP_PERFMON (in a container: both, and no seccomp "
                "profile that forbids bpf(2))",
                error);
  return fail(ErrorKind::unsupported, std::string("BPF programs cannot be loaded: ") + std::strerror(error), {}, error);
}

}  // namespace smtscope
