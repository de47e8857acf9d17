// SPDX-License-Identifier: Apache-2.0
#include "kernel/audit_log.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "audit.skel.h"
#include "kernel/bpf_features.h"

namespace smtscope {
namespace {

Failure refused(std::string_view what, int error) {
  const int code = error < 0 ? -error : error;
  const auto [messages, verdict] = take_load_messages();
  const std::string said = fmt::format("cannot {} the log of switches: {}", what, std::strerror(code));
  if (code == EPERM || (code == EACCES && !verdict))
    return fail(ErrorKind::permission, said, "run as root, or give CAP_BPF and CAP_PERFMON", code);
  if (code == ENOMEM || code == E2BIG)
    return fail(ErrorKind::resource, said, "let it take less memory: --log-memory 32MiB", code);
  return fail(ErrorKind::unsupported, messages.empty() ? said : said + "\n" + messages,
              "report this with the kernel version; `smtscope doctor` says what this kernel offers", code);
}

template <class T>
Result<> map_array(bpf_map* from, size_t count, Mapped<T>& to) {
  void* at = mmap(nullptr, Mapped<T>::bytes(count), PROT_READ, MAP_SHARED, bpf_map__fd(from), 0);
  if (at == MAP_FAILED) return refused("map", errno);
  to = Mapped<T>(at, count);
  return {};
}

}  // namespace

uint32_t audit_records_per_cpu(uint32_t cpus, double seconds, double switches_per_second, uint64_t most_bytes) {
  const double wanted = seconds * switches_per_second + 1;
  const uint64_t own = most_bytes / std::max(cpus, 1u);
  const uint64_t fit = own > sizeof(audit_cpu) ? (own - sizeof(audit_cpu)) / sizeof(audit_record) : 1;
  const auto room = static_cast<double>(fit);
  return static_cast<uint32_t>(
      std::clamp(std::min(wanted, room), 1.0, 4e9 / sizeof(audit_record) / std::max(cpus, 1u)));
}

void AuditLog::Unload::operator()(audit_bpf* skeleton) const { audit_bpf__destroy(skeleton); }
void AuditLog::Detach::operator()(bpf_link* link) const { bpf_link__destroy(link); }
AuditLog::AuditLog() = default;
AuditLog::AuditLog(AuditLog&&) noexcept = default;
AuditLog& AuditLog::operator=(AuditLog&&) noexcept = default;
AuditLog::~AuditLog() = default;

std::optional<int> v1_subsys_index(const std::string& controller) {
  const std::unique_ptr<btf, decltype(&btf__free)> kernel(btf__load_vmlinux_btf(), btf__free);
  if (!kernel) return std::nullopt;
  const int id = btf__find_by_name_kind(kernel.get(), "cgroup_subsys_id", BTF_KIND_ENUM);
  if (id < 0) return std::nullopt;
  const struct btf_type* type = btf__type_by_id(kernel.get(), static_cast<uint32_t>(id));
  const struct btf_enum* value = btf_enum(type);
  for (int i = 0; i < btf_vlen(type); i++) {
    if (controller + "_cgrp_id" == btf__name_by_offset(kernel.get(), value[i].name_off)) return value[i].val;
  }
  return std::nullopt;
}

Result<AuditLog> AuditLog::open(const AuditLogOptions& options) {
  capture_libbpf_messages();
  (void)take_libbpf_messages();
  AuditLog log;
  log.cpus_ = options.cpus;
  log.records_per_cpu_ = options.records_per_cpu;
  log.skeleton_.reset(audit_bpf__open());
  if (!log.skeleton_) return refused("open", errno);
  if (options.v1_controller) {
    const auto index = v1_subsys_index(*options.v1_controller);
    if (!index)
      return fail(ErrorKind::unsupported, "this kernel has no cgroup controller " + *options.v1_controller,
                  "choose another hierarchy with --cgroup-hierarchy, or use --by pid");
    log.skeleton_->rodata->v1_subsys = *index;
  }
  log.skeleton_->rodata->watched = log.cpus_;
  log.skeleton_->rodata->records_per_cpu = log.records_per_cpu_;
  bpf_map__set_max_entries(log.skeleton_->maps.records, log.cpus_ * log.records_per_cpu_);
  bpf_map__set_max_entries(log.skeleton_->maps.cursors, log.cpus_);
  if (const int error = audit_bpf__load(log.skeleton_.get())) return refused("load", error);
  if (auto mapped = log.map_arrays(); !mapped) return Failure(mapped.error());
  log.front_.reset(bpf_program__attach(log.skeleton_->progs.switch_audit));
  if (!log.front_) return refused("attach", errno);
  return log;
}

Result<> AuditLog::enclose() {
  behind_.reset(bpf_program__attach(skeleton_->progs.switch_audit_2));
  if (!behind_) return refused("attach", errno);
  return {};
}

Result<> AuditLog::map_arrays() {
  if (auto r = map_array(skeleton_->maps.records, size_t{cpus_} * records_per_cpu_, records_); !r) return r;
  return map_array(skeleton_->maps.cursors, cpus_, cursors_);
}

Result<> AuditLog::begin() {
  *const_cast<volatile uint32_t*>(&skeleton_->bss->recording) = 1;
  for (uint32_t cpu = 0; cpu < cpus_; cpu++) {
    LIBBPF_OPTS(bpf_test_run_opts, run, .flags = BPF_F_TEST_RUN_ON_CPU, .cpu = cpu);
    const int error = bpf_prog_test_run_opts(bpf_program__fd(skeleton_->progs.audit_seed), &run);
    if (error && error != -ENXIO) return refused(fmt::format("seed CPU {} in", cpu), error);  // ENXIO: offline
  }
  return {};
}

void AuditLog::stop() {
  front_.reset();
  behind_.reset();
}

uint64_t AuditLog::dropped() const {
  uint64_t sum = 0;
  for (uint32_t cpu = 0; cpu < cpus_; cpu++) sum += cursors_[cpu].dropped;
  return sum;
}

std::optional<uint64_t> AuditLog::full_ns() const {
  std::optional<uint64_t> first;
  for (uint32_t cpu = 0; cpu < cpus_; cpu++) {
    const audit_cpu& cursor = cursors_[cpu];
    if (!cursor.dropped || !cursor.full_ns) continue;
    first = std::min<uint64_t>(first.value_or(cursor.full_ns), cursor.full_ns);
  }
  return first;
}

std::span<const audit_record> AuditLog::records(uint32_t cpu) const {
  if (cpu >= cpus_) return {};
  const uint64_t used = std::min<uint64_t>(cursors_[cpu].used, records_per_cpu_);
  return {&records_[size_t{cpu} * records_per_cpu_], static_cast<size_t>(used)};
}

uint64_t AuditLog::written() const {
  uint64_t sum = 0;
  for (uint32_t cpu = 0; cpu < cpus_; cpu++) sum += cursors_[cpu].used;
  return sum;
}

uint64_t AuditLog::bytes() const {
  return uint64_t{cpus_} * (records_per_cpu_ * sizeof(audit_record) + sizeof(audit_cpu));
}

}  // namespace smtscope
