// SPDX-License-Identifier: Apache-2.0
#include "witness.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "switch_witness.skel.h"

namespace smtscope::live {
namespace {

Failure refused(const std::string& what, int error) {
  int code = error < 0 ? -error : error;
  ErrorKind kind = code == EPERM || code == EACCES ? ErrorKind::permission : ErrorKind::unsupported;
  return fail(kind, what + ": " + std::strerror(code), {}, code);
}

// Whole pages; the map itself is rounded up in the kernel.
size_t page_rounded(size_t bytes) {
  auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return (bytes + page - 1) / page * page;
}

sweep::Who who_of(const witness_record& r, By by) {
  if ((r.pid & WITNESS_PID) == 0) return sweep::kIdle;
  if (by == By::process) return r.tgid & WITNESS_TGID;
  return r.tgid & WITNESS_KTHREAD ? sweep::kKernel : r.cgroup;
}

// Switches of the CPU between two records that left no record. A seed is none itself and repeats the number.
uint32_t missing_between(const witness_record& a, const witness_record& b) {
  uint32_t numbers = ((b.pid >> WITNESS_NUMBER_SHIFT) - (a.pid >> WITNESS_NUMBER_SHIFT)) & 255;
  uint32_t expected = b.tgid & WITNESS_SEED ? 0 : 1;
  return (numbers - expected) & 255;
}

}  // namespace

void Witness::Unload::operator()(switch_witness_bpf* skeleton) const { switch_witness_bpf__destroy(skeleton); }

Witness::Witness(Witness&& other) noexcept { *this = std::move(other); }

Witness& Witness::operator=(Witness&& other) noexcept {
  std::swap(skeleton_, other.skeleton_);
  std::swap(cpus_, other.cpus_);
  std::swap(records_per_cpu_, other.records_per_cpu_);
  std::swap(records_, other.records_);
  std::swap(cursors_, other.cursors_);
  return *this;
}

Witness::~Witness() { unmap(); }

void Witness::unmap() {
  for (Mapping* m : {&records_, &cursors_}) {
    if (m->at) munmap(m->at, m->bytes);
    *m = {};
  }
}

std::optional<int> v1_subsys_index(const std::string& controller) {
  std::unique_ptr<btf, decltype(&btf__free)> kernel(btf__load_vmlinux_btf(), btf__free);
  if (!kernel) return std::nullopt;
  int id = btf__find_by_name_kind(kernel.get(), "cgroup_subsys_id", BTF_KIND_ENUM);
  if (id < 0) return std::nullopt;
  const struct btf_type* type = btf__type_by_id(kernel.get(), static_cast<uint32_t>(id));
  const struct btf_enum* value = btf_enum(type);
  for (int i = 0; i < btf_vlen(type); i++) {
    if (controller + "_cgrp_id" == btf__name_by_offset(kernel.get(), value[i].name_off)) return value[i].val;
  }
  return std::nullopt;
}

Result<Witness> Witness::start(const WitnessOptions& options) {
  Witness w;
  w.cpus_ = options.cpus;
  w.records_per_cpu_ = options.records_per_cpu;
  w.skeleton_.reset(switch_witness_bpf__open());
  if (!w.skeleton_) return refused("open the witness", errno);
  if (options.v1_controller) {
    auto index = v1_subsys_index(*options.v1_controller);
    if (!index) return fail(ErrorKind::unsupported, "this kernel has no cgroup controller " + *options.v1_controller);
    w.skeleton_->rodata->v1_subsys = *index;
  }
  w.skeleton_->rodata->watched = w.cpus_;
  w.skeleton_->rodata->records_per_cpu = w.records_per_cpu_;
  bpf_map__set_max_entries(w.skeleton_->maps.records, w.cpus_ * w.records_per_cpu_);
  bpf_map__set_max_entries(w.skeleton_->maps.cursors, w.cpus_);
  if (int error = switch_witness_bpf__load(w.skeleton_.get())) return refused("load the witness", error);
  if (auto mapped = w.map_arrays(); !mapped) return Failure(mapped.error());
  if (int error = switch_witness_bpf__attach(w.skeleton_.get())) return refused("attach the witness", error);
  for (uint32_t cpu = 0; cpu < w.cpus_; cpu++) {
    LIBBPF_OPTS(bpf_test_run_opts, run, .flags = BPF_F_TEST_RUN_ON_CPU, .cpu = cpu);
    int error = bpf_prog_test_run_opts(bpf_program__fd(w.skeleton_->progs.witness_seed), &run);
    if (error && error != -ENXIO) return refused("seed CPU " + std::to_string(cpu), error);  // ENXIO: offline
  }
  return w;
}

Result<> Witness::map_arrays() {
  auto map = [](bpf_map* from, size_t bytes, Mapping& to) -> Result<> {
    to.bytes = page_rounded(bytes);
    void* at = mmap(nullptr, to.bytes, PROT_READ, MAP_SHARED, bpf_map__fd(from), 0);
    if (at == MAP_FAILED) return refused("map the witness's log", errno);
    to.at = at;
    return {};
  };
  if (auto r = map(skeleton_->maps.records, size_t{cpus_} * records_per_cpu_ * sizeof(witness_record), records_); !r)
    return r;
  return map(skeleton_->maps.cursors, cpus_ * sizeof(witness_cpu), cursors_);
}

void Witness::stop() { switch_witness_bpf__detach(skeleton_.get()); }

uint64_t Witness::dropped() const {
  uint64_t sum = 0;
  for (uint32_t cpu = 0; cpu < cpus_; cpu++) sum += static_cast<const witness_cpu*>(cursors_.at)[cpu].dropped;
  return sum;
}

std::span<const witness_record> Witness::records(uint32_t cpu) const {
  if (cpu >= cpus_) return {};
  const auto* all = static_cast<const witness_record*>(records_.at);
  return {all + size_t{cpu} * records_per_cpu_, static_cast<const witness_cpu*>(cursors_.at)[cpu].used};
}

std::vector<sweep::Change> Witness::changes(By by) const {
  std::vector<std::vector<sweep::Change>> per_cpu;
  for (uint32_t cpu = 0; cpu < cpus_; cpu++) {
    std::vector<sweep::Switch> switches;
    switches.reserve(records(cpu).size());
    for (const witness_record& r : records(cpu)) {
      switches.push_back({r.ns, cpu, r.prev, r.next, who_of(r, by), (r.tgid & WITNESS_SEED) != 0});
    }
    per_cpu.push_back(sweep::changes_of(switches));
    auto log = records(cpu);
    for (size_t i = 1; i < log.size(); i++) per_cpu.back()[i].lost_before |= missing_between(log[i - 1], log[i]) != 0;
  }
  return sweep::merged(per_cpu);
}

uint64_t Witness::hidden_losses() const {
  uint64_t hidden = 0;
  for (uint32_t cpu = 0; cpu < cpus_; cpu++) {
    auto log = records(cpu);
    for (size_t i = 1; i < log.size(); i++) {
      bool told = (log[i].tgid & WITNESS_SEED ? log[i].next : log[i].prev) != log[i - 1].next;
      if (!told) hidden += missing_between(log[i - 1], log[i]);
    }
  }
  return hidden;
}

}  // namespace smtscope::live
