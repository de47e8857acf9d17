// SPDX-License-Identifier: Apache-2.0
#include "kernel/numa_probe.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "kernel/bpf_features.h"
#include "numa.skel.h"

namespace smtscope {
namespace {

static_assert(int{NUMA_DECISION_MOVE} == int{kNumaMoves} && int{NUMA_DECISION_STICK} == int{kNumaSticks} &&
              int{NUMA_DECISION_SWAP} == int{kNumaSwaps} && int{NUMA_DECISION_SKIP} == int{kNumaSkips} &&
              int{NUMA_DECISIONS} == int{kNumaPlacementColumns});

constexpr std::array<std::pair<const char*, const char*>, 5> kHooks = {{
    {"sched_move_numa", "numa_move"},
    {"sched_stick_numa", "numa_stick"},
    {"sched_swap_numa", "numa_swap"},
    {"sched_skip_vma_numa", "numa_skip_vma"},
    {"sched_skip_cpuset_numa", "numa_skip_cpuset"},
}};

Failure refused(std::string_view what, int error) {
  const int code = error < 0 ? -error : error;
  const auto [messages, verdict] = take_load_messages();
  const std::string said = fmt::format("cannot {} the programs on NUMA decisions: {}", what, std::strerror(code));
  if (code == EPERM || (code == EACCES && !verdict))
    return fail(ErrorKind::permission, said, "run as root, or give CAP_BPF and CAP_PERFMON", code);
  return fail(ErrorKind::unsupported, messages.empty() ? said : said + "\n" + messages, {}, code);
}

}  // namespace

std::vector<NumaHook> numa_hooks() {
  const std::unique_ptr<btf, decltype(&btf__free)> kernel(btf__load_vmlinux_btf(), btf__free);
  std::vector<NumaHook> hooks;
  for (const auto& [name, program] : kHooks) {
    const std::string type = fmt::format("btf_trace_{}", name);
    NumaHook hook{name, program, ""};
    if (!kernel) hook.why = "this kernel has no BTF";
    else if (btf__find_by_name_kind(kernel.get(), type.c_str(), BTF_KIND_TYPEDEF) < 0) hook.why = "not in this kernel";
    hooks.push_back(std::move(hook));
  }
  return hooks;
}

void NumaProbe::Unload::operator()(numa_bpf* skeleton) const { numa_bpf__destroy(skeleton); }
void NumaProbe::Detach::operator()(bpf_link* link) const { bpf_link__destroy(link); }
NumaProbe::NumaProbe() = default;
NumaProbe::NumaProbe(NumaProbe&&) noexcept = default;
NumaProbe& NumaProbe::operator=(NumaProbe&&) noexcept = default;
NumaProbe::~NumaProbe() = default;

Result<NumaProbe> NumaProbe::make(uint32_t possible_cpus) {
  if (auto may = may_load_bpf(); !may) return Failure(may.error());
  NumaProbe probe;
  probe.hooks_ = numa_hooks();
  if (std::none_of(probe.hooks_.begin(), probe.hooks_.end(), [](const NumaHook& hook) { return hook.why.empty(); }))
    return fail(ErrorKind::unsupported, "this kernel has no tracepoint on NUMA decisions of the scheduler");
  if (auto r = probe.load(possible_cpus); !r) return Failure(r.error());
  if (auto r = probe.attach(); !r) return Failure(r.error());
  return probe;
}

Result<> NumaProbe::load(uint32_t possible_cpus) {
  capture_libbpf_messages();
  (void)take_libbpf_messages();
  skeleton_.reset(numa_bpf__open());
  if (!skeleton_) return refused("open", errno);
  for (const NumaHook& hook : hooks_)
    bpf_program__set_autoload(bpf_object__find_program_by_name(skeleton_->obj, hook.program.c_str()), hook.why.empty());
  bpf_map__set_max_entries(skeleton_->maps.decisions, possible_cpus);
  if (const int error = numa_bpf__load(skeleton_.get())) return refused("load", error);
  void* at = mmap(nullptr, Mapped<numa_cpu>::bytes(possible_cpus), PROT_READ, MAP_SHARED,
                  bpf_map__fd(skeleton_->maps.decisions), 0);
  if (at == MAP_FAILED) return refused("map the counts of", errno);
  counts_ = Mapped<numa_cpu>(at, possible_cpus);
  return {};
}

Result<> NumaProbe::attach() {
  for (NumaHook& hook : hooks_) {
    if (!hook.why.empty()) continue;
    bpf_link* link = bpf_program__attach(bpf_object__find_program_by_name(skeleton_->obj, hook.program.c_str()));
    if (link) links_.emplace_back(link);
    else hook.why = fmt::format("cannot be attached: {}", std::strerror(errno));
  }
  if (links_.empty()) return refused("attach", errno);
  return {};
}

std::array<uint64_t, kNumaPlacementColumns> NumaProbe::read() const {
  std::array<uint64_t, kNumaPlacementColumns> sum{};
  for (size_t cpu = 0; cpu < counts_.size(); cpu++)
    for (size_t which = 0; which < sum.size(); which++)
      sum[which] += *const_cast<volatile __u64*>(&counts_[cpu].count[which]);  // CPUs count on meanwhile
  return sum;
}

std::vector<ProgramStats> NumaProbe::program_stats() const {
  std::vector<ProgramStats> all;
  for (const NumaHook& hook : hooks_) {
    if (!hook.why.empty()) continue;
    const int fd = bpf_program__fd(bpf_object__find_program_by_name(skeleton_->obj, hook.program.c_str()));
    if (auto stats = smtscope::program_stats(fd)) all.push_back(std::move(*stats));
  }
  return all;
}

uint64_t NumaProbe::map_bytes() const { return map_memory_bytes(bpf_map__fd(skeleton_->maps.decisions)); }

}  // namespace smtscope
