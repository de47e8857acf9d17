// SPDX-License-Identifier: Apache-2.0
#include "kernel/switch_object.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "switch.skel.h"

namespace smtscope {
namespace {

// Slots for cores: at most one a possible CPU.
uint32_t core_slots(const Topology& topology) { return topology.possible_cpus; }

Failure load_failure(std::string_view what, int error) {
  const auto [messages, verdict] = take_load_messages();
  if (error == EPERM || (error == EACCES && !verdict))
    return fail(ErrorKind::permission, fmt::format("{}: {}", what, std::strerror(error)),
                "run as root, or give CAP_BPF and CAP_PERFMON", error);
  if (error == ENOMEM)
    return fail(ErrorKind::resource, fmt::format("{}: {}", what, std::strerror(error)),
                "free memory, or raise the memory limit of this cgroup (and RLIMIT_MEMLOCK before 5.11)", error);
  return fail(ErrorKind::unsupported, fmt::format("{}: {}\n{}", what, std::strerror(error), messages),
              "report this with the kernel version; `smtscope doctor` says what this kernel offers", error);
}

template <class T>
Result<Mapped<T>> map_array(bpf_map* map) {
  const size_t count = bpf_map__max_entries(map);
  void* at = mmap(nullptr, Mapped<T>::bytes(count), PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);
  if (at == MAP_FAILED)
    return fail(ErrorKind::resource, fmt::format("cannot map {}: {}", bpf_map__name(map), std::strerror(errno)), {},
                errno);
  return Mapped<T>(at, count);
}

}  // namespace

void SwitchObject::SkeletonDeleter::operator()(switch_bpf* s) const { switch_bpf__destroy(s); }
void SwitchObject::LinkDeleter::operator()(bpf_link* l) const { bpf_link__destroy(l); }
SwitchObject::SwitchObject(SwitchObject&&) noexcept = default;
SwitchObject& SwitchObject::operator=(SwitchObject&&) noexcept = default;
SwitchObject::~SwitchObject() = default;

Result<SwitchChoice> choose_switch(const BpfFeatures& features, const Topology& topology,
                                   const SwitchOptions& options) {
  if (!features.btf)
    return fail(ErrorKind::unsupported,
                fmt::format("this kernel has no BTF (/sys/kernel/btf/vmlinux: {})", features.btf_error),
                "use a kernel built with CONFIG_DEBUG_INFO_BTF=y (Debian, Ubuntu, RHEL and Amazon kernels are)");
  if (!features.sched_switch_btf)
    return fail(ErrorKind::unsupported, "this kernel's BTF does not describe the sched_switch tracepoint",
                "use kernel 5.10 or later with CONFIG_DEBUG_INFO_BTF=y");
  SwitchChoice choice;
  bool word = features.compare_and_swap && topology.threads_per_core() <= 2 && !options.force_queue;
#ifdef SMTSCOPE_FAULTS
  word = word && !std::getenv("SMTSCOPE_FAULT_QUEUE");
#endif
  choice.variant = word ? SwitchVariant::word : SwitchVariant::queue;
  choice.tick = options.counters && libbpf_find_vmlinux_btf_id("hrtimer_expire_entry", BPF_TRACE_RAW_TP) > 0;
  if (options.counters && !choice.tick)
    choice.tick_reason = "this kernel's BTF does not describe the timers' tracepoint";
  if (!options.run_queue) return choice;
  if (!features.sched_info) {
    choice.run_queue_reason = "this kernel keeps no sched_info (CONFIG_SCHED_INFO)";
  } else if (!features.task_storage) {
    choice.run_queue = SMTSCOPE_RUNQUEUE_LAST_QUEUED;
    choice.run_queue_reason =
        "no task storage for tracing programs (needs 5.13): a wait that moved to another "
        "CPU is counted from the move";
  } else {
    choice.run_queue = SMTSCOPE_RUNQUEUE_FULL;
  }
  return choice;
}

Result<SwitchObject> SwitchObject::open(const Topology& topology, const SwitchOptions& options,
                                        const SwitchChoice& choice) {
  capture_libbpf_messages();
  (void)take_libbpf_messages();
  SwitchObject object;
  object.choice_ = choice;
  object.skeleton_.reset(switch_bpf__open());
  if (!object.skeleton_) return load_failure("cannot open the scheduler program", errno);
  auto* knobs = object.skeleton_->rodata;
  knobs->by = options.by;
  knobs->v1_subsys = options.v1_subsys;
  knobs->kthreads_apart = options.kthreads_apart;
  knobs->runqueue = choice.run_queue;
  knobs->placement_every = options.placement_every;
  knobs->queue_tries = options.queue_tries;
  knobs->log_changes = options.log_bytes > 0;
  knobs->counters = object.counters_ = std::min<uint32_t>(options.counters, SMTSCOPE_COUNTERS);
#ifdef SMTSCOPE_FAULTS
  if (const char* fault = std::getenv("SMTSCOPE_FAULT")) knobs->fault = static_cast<uint32_t>(std::atoi(fault));
#endif
  object.select_programs();
  if (auto sized = object.size_maps(topology, options); !sized) return Failure(sized.error());
  return object;
}

void SwitchObject::select_programs() {
  const bool word = choice_.variant == SwitchVariant::word;
  const bool bases = choice_.run_queue == SMTSCOPE_RUNQUEUE_FULL;
  auto& p = skeleton_->progs;
  bpf_program__set_autoload(p.switch_word, word);
  bpf_program__set_autoload(p.reader_seed_w, word);
  bpf_program__set_autoload(p.reader_close_w, word);
  bpf_program__set_autoload(p.switch_queue, !word);
  bpf_program__set_autoload(p.reader_seed_q, !word);
  bpf_program__set_autoload(p.reader_close_q, !word);
  bpf_program__set_autoload(p.wait_base_fork, bases);
  bpf_program__set_autoload(p.wait_base_all, bases);
  bpf_program__set_autoload(p.reader_flush_w, word && counters_);
  bpf_program__set_autoload(p.reader_flush_q, !word && counters_);
  bpf_program__set_autoload(p.counters_tick_w, word && choice_.tick);
  bpf_program__set_autoload(p.counters_tick_q, !word && choice_.tick);
}

Result<> SwitchObject::size_maps(const Topology& topology, const SwitchOptions& options) {
  auto& m = skeleton_->maps;
  const uint32_t slots = core_slots(topology);
  int error = 0;
  const auto size = [&](bpf_map* map, uint32_t entries) {
    if (!error) error = bpf_map__set_max_entries(map, entries);
  };
  size(m.cores, slots);
  size(m.closes, slots);
  size(m.core_queues, slots);
  size(m.cpus, topology.possible_cpus);
  size(m.scan_cpus, topology.possible_cpus);
  size(m.counting, topology.possible_cpus);
  size(m.counter_events, topology.possible_cpus * SMTSCOPE_COUNTERS);
  if (options.log_bytes) size(m.change_log, static_cast<uint32_t>(options.log_bytes));
  if (!error && choice_.variant == SwitchVariant::word) error = bpf_map__set_autocreate(m.core_queues, false);
  if (!error && choice_.run_queue != SMTSCOPE_RUNQUEUE_FULL) error = bpf_map__set_autocreate(m.wait_bases, false);
  if (!error && !options.log_bytes) error = bpf_map__set_autocreate(m.change_log, false);
  if (!error && !counters_) error = bpf_map__set_autocreate(m.counting, false);
  if (!error && !counters_) error = bpf_map__set_autocreate(m.counter_events, false);
  if (error) return load_failure("cannot size the maps", -error);
  return {};
}

Result<> SwitchObject::load() {
  if (const int error = switch_bpf__load(skeleton_.get()); error)
    return load_failure("the kernel refused the scheduler program", -error);
  if (auto mapped = map_memory(); !mapped) return mapped;
  for (uint32_t id = SMTSCOPE_ID_FIRST; id < SMTSCOPE_ID_COUNT; id++)
    if (!lend_id(id)) return load_failure("cannot fill the queue of free ids", errno);
  return {};
}

Result<> SwitchObject::map_memory() {
  auto& m = skeleton_->maps;
  auto cpus = map_array<smtscope_cpu>(m.cpus);
  auto cores = map_array<smtscope_core>(m.cores);
  auto closes = map_array<smtscope_close>(m.closes);
  auto ids = map_array<smtscope_id_info>(m.id_table);
  if (!cpus) return Failure(cpus.error());
  if (!cores) return Failure(cores.error());
  if (!closes) return Failure(closes.error());
  if (!ids) return Failure(ids.error());
  cpus_ = std::move(*cpus);
  cores_ = std::move(*cores);
  closes_ = std::move(*closes);
  id_table_ = std::move(*ids);
  if (!counters_) return {};
  auto counting = map_array<smtscope_counting>(m.counting);
  if (!counting) return Failure(counting.error());
  counting_ = std::move(*counting);
  return {};
}

Result<> SwitchObject::make_wait_bases() {
  std::unique_ptr<bpf_link, LinkDeleter> link(bpf_program__attach_iter(skeleton_->progs.wait_base_all, nullptr));
  if (!link) return load_failure("cannot attach the task iterator", errno);
  const Fd iterator(bpf_iter_create(bpf_link__fd(link.get())));
  if (!iterator) return load_failure("cannot start the task iterator", errno);
  char sink[256];
  ssize_t n = 0;
  while ((n = read(iterator.get(), sink, sizeof(sink))) > 0 || (n < 0 && errno == EINTR)) {
  }
  if (n < 0) return load_failure("cannot walk the tasks", errno);
  return {};
}

Result<> SwitchObject::attach() {
  auto& p = skeleton_->progs;
  const auto hook = [&](bpf_program* program) -> Result<> {
    bpf_link* link = bpf_program__attach(program);
    if (!link) return load_failure(fmt::format("cannot attach {}", bpf_program__name(program)), errno);
    links_.emplace_back(link);
    return {};
  };
  // Fork first, then the tasks that live already: none is missed in between.
  if (choice_.run_queue == SMTSCOPE_RUNQUEUE_FULL) {
    if (auto r = hook(p.wait_base_fork); !r) return r;
    if (auto r = make_wait_bases(); !r) return r;
  }
  const bool word = choice_.variant == SwitchVariant::word;
  if (auto r = hook(word ? p.switch_word : p.switch_queue); !r) return r;
  return choice_.tick ? hook(word ? p.counters_tick_w : p.counters_tick_q) : Result<>{};
}

std::vector<int> SwitchObject::program_fds() const {
  const auto& p = skeleton_->progs;
  std::vector<int> fds = {bpf_program__fd(choice_.variant == SwitchVariant::word ? p.switch_word : p.switch_queue)};
  if (choice_.run_queue == SMTSCOPE_RUNQUEUE_FULL) fds.push_back(bpf_program__fd(p.wait_base_fork));
  if (choice_.tick)
    fds.push_back(bpf_program__fd(choice_.variant == SwitchVariant::word ? p.counters_tick_w : p.counters_tick_q));
  return fds;
}

std::vector<ProgramStats> SwitchObject::program_stats() const {
  std::vector<ProgramStats> all;
  for (const int fd : program_fds())
    if (auto stats = smtscope::program_stats(fd)) all.push_back(std::move(*stats));
  return all;
}

uint64_t SwitchObject::map_bytes() const {
  uint64_t bytes = 0;
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, skeleton_->obj) {
    if (bpf_map__autocreate(map)) bytes += map_memory_bytes(bpf_map__fd(map));
  }
  return bytes;
}

Result<> SwitchObject::seed(uint32_t cpu_id) {
  LIBBPF_OPTS(bpf_test_run_opts, run, .flags = BPF_F_TEST_RUN_ON_CPU, .cpu = cpu_id);
  const auto* program =
      choice_.variant == SwitchVariant::word ? skeleton_->progs.reader_seed_w : skeleton_->progs.reader_seed_q;
  if (const int error = bpf_prog_test_run_opts(bpf_program__fd(program), &run); error)
    return fail(ErrorKind::io, fmt::format("cannot seed CPU {}: {}", cpu_id, std::strerror(-error)), {}, -error);
  return {};
}

void SwitchObject::flush_counters(uint32_t cpu_id) {
  if (!counters_) return;
  LIBBPF_OPTS(bpf_test_run_opts, run, .flags = BPF_F_TEST_RUN_ON_CPU, .cpu = cpu_id);
  const auto* program =
      choice_.variant == SwitchVariant::word ? skeleton_->progs.reader_flush_w : skeleton_->progs.reader_flush_q;
  (void)bpf_prog_test_run_opts(bpf_program__fd(program), &run);
}

Result<> SwitchObject::set_counter_fd(uint32_t event, uint32_t cpu_id, int fd) {
  if (event >= counters_ || cpu_id >= counting_.size())
    return fail(ErrorKind::bug, fmt::format("event {} of CPU {} has no place", event, cpu_id));
  const std::atomic_ref generation(counting_[cpu_id].generation);
  const uint32_t at = cpu_id * SMTSCOPE_COUNTERS + event;
  const int map = bpf_map__fd(skeleton_->maps.counter_events);
  generation++;  // readings before, across and after have nothing to do with each other
  int error = fd < 0 ? bpf_map_delete_elem(map, &at) : bpf_map_update_elem(map, &at, &fd, BPF_ANY);
  if (error) error = errno;
  generation++;
  if (error && !(fd < 0 && error == ENOENT))
    return fail(
        ErrorKind::io,
        fmt::format("cannot hand an event of CPU {} to the scheduler program: {}", cpu_id, std::strerror(error)), {},
        error);
  return {};
}

Result<> SwitchObject::close_slots(uint32_t first, uint32_t end) {
  constexpr uint32_t kBatch = 16;  // CLOSE_BATCH of the program
  const auto* program =
      choice_.variant == SwitchVariant::word ? skeleton_->progs.reader_close_w : skeleton_->progs.reader_close_q;
  for (uint32_t slot = first; slot < end; slot += kBatch) {
    uint64_t args[2] = {slot, std::min(end, slot + kBatch)};
    LIBBPF_OPTS(bpf_test_run_opts, run, .ctx_in = args, .ctx_size_in = sizeof(args));
    if (const int error = bpf_prog_test_run_opts(bpf_program__fd(program), &run); error)
      return fail(ErrorKind::io, fmt::format("cannot close the cores: {}", std::strerror(-error)), {}, -error);
  }
  return {};
}

Result<> SwitchObject::put_queue(uint32_t slot, const smtscope_core_record& first) {
  if (choice_.variant == SwitchVariant::word) return {};
  const Fd queue(bpf_map_create(BPF_MAP_TYPE_QUEUE, "core_queue", 0, sizeof(first), 1, nullptr));
  if (!queue) return load_failure("cannot make the queue of a core", errno);
  if (bpf_map_update_elem(queue.get(), nullptr, &first, BPF_ANY))
    return load_failure("cannot fill the queue of a core", errno);
  const int fd = queue.get();
  if (bpf_map_update_elem(bpf_map__fd(skeleton_->maps.core_queues), &slot, &fd, BPF_ANY))
    return load_failure("cannot install the queue of a core", errno);
  return {};
}

Result<> SwitchObject::set_scan_order(const std::vector<uint32_t>& cpus) {
  const int fd = bpf_map__fd(skeleton_->maps.scan_cpus);
  for (uint32_t i = 0; i < cpus.size(); i++)
    if (bpf_map_update_elem(fd, &i, &cpus[i], BPF_ANY)) return load_failure("cannot write the scan order", errno);
  return {};
}

bool SwitchObject::lend_id(uint32_t id) {
  return bpf_map_update_elem(bpf_map__fd(skeleton_->maps.free_ids), nullptr, &id, BPF_ANY) == 0;
}

bool SwitchObject::forget_key(uint64_t key) { return bpf_map_delete_elem(bpf_map__fd(skeleton_->maps.ids), &key) == 0; }

std::vector<std::pair<uint64_t, uint32_t>> SwitchObject::lent_ids() const {
  const int fd = bpf_map__fd(skeleton_->maps.ids);
  std::vector<std::pair<uint64_t, uint32_t>> all;
  uint64_t key = 0;
  bool more = bpf_map_get_next_key(fd, nullptr, &key) == 0;
  while (more && all.size() < SMTSCOPE_ID_COUNT) {
    uint32_t id = 0;
    if (bpf_map_lookup_elem(fd, &key, &id) == 0) all.emplace_back(key, id);
    more = bpf_map_get_next_key(fd, &key, &key) == 0;
  }
  return all;
}

void SwitchObject::raise_id_generation() { __atomic_add_fetch(&skeleton_->data->id_generation, 1, __ATOMIC_RELEASE); }

int SwitchObject::change_log_fd() const { return bpf_map__fd(skeleton_->maps.change_log); }
uint64_t SwitchObject::change_log_dropped() const { return skeleton_->bss->log_dropped; }

SwitchPlan SwitchObject::plan() const {
  SwitchPlan plan{choice_.variant, choice_.run_queue, {}, {}};
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, skeleton_->obj) {
    if (bpf_program__autoload(program))
      plan.programs.push_back({bpf_program__name(program), bpf_program__section_name(program)});
  }
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, skeleton_->obj) {
    if (!bpf_map__autocreate(map)) continue;
    const uint64_t bytes = static_cast<uint64_t>(bpf_map__max_entries(map)) *
                           (bpf_map__key_size(map) + (bpf_map__value_size(map) + 7) / 8 * 8);
    plan.maps.push_back({bpf_map__name(map), libbpf_bpf_map_type_str(bpf_map__type(map)), bytes});
  }
  return plan;
}

}  // namespace smtscope
