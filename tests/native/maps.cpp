// SPDX-License-Identifier: Apache-2.0
#include "maps.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace {
using smtscope::native::Kernel;
using smtscope::native::kernel;
}  // namespace

// The programs only take addresses of maps; a map is its own tag.
struct native_map {
  char tag;
};
extern "C" {
native_map cores, cpus, closes, scan_cpus, ids, free_ids, id_table, core_queues, wait_bases, change_log, counter_events,
    counting;
}

namespace smtscope::native {

Kernel& kernel() {
  static Kernel it;
  return it;
}

}  // namespace smtscope::native

namespace {

std::uint32_t index_of(const void* key) {
  std::uint32_t index = 0;
  std::memcpy(&index, key, sizeof(index));
  return index;
}

template <class T>
void* element(std::vector<T>& array, const void* key) {
  const std::uint32_t index = index_of(key);
  return index < array.size() ? &array[index] : nullptr;
}

// A core's queue, if `map` is one.
std::deque<smtscope_core_record>* core_queue(void* map) {
  for (auto& queue : kernel().core_queues) {
    if (&queue == map) return &queue;
  }
  return nullptr;
}

// A helper used on a map in a way that the kernel would refuse is a bug of the harness or the program.
[[noreturn]] void misuse() { std::abort(); }

void point(native_point at) {
  if (!kernel().point) return;
  const unsigned cpu = kernel().current_cpu;
  task_struct* task = kernel().current_task;
  kernel().point(at);
  kernel().current_cpu = cpu;
  kernel().current_task = task;
}

}  // namespace

extern "C" {

__u64 bpf_ktime_get_ns() {
  point(NATIVE_CLOCK);
  const std::uint64_t now = kernel().clock();
  point(NATIVE_CLOCK_READ);
  return now;
}

__u32 bpf_get_smp_processor_id() { return kernel().current_cpu; }

__u64 bpf_get_current_task() { return reinterpret_cast<__u64>(kernel().current_task); }

long bpf_probe_read_kernel(void* to, __u32 size, const void* from) {
  if (!from) {
    std::memset(to, 0, size);
    return -EFAULT;
  }
  std::memcpy(to, from, size);
  return 0;
}

void* bpf_map_lookup_elem(void* map, const void* key) {
  Kernel& k = kernel();
  if (map == &cores) {
    point(NATIVE_BEGUN);
    return element(k.cores, key);
  }
  if (map == &cpus) return element(k.cpus, key);
  if (map == &closes) return element(k.closes, key);
  if (map == &scan_cpus) return element(k.scan_cpus, key);
  if (map == &id_table) return element(k.id_table, key);
  if (map == &core_queues) return element(k.core_queues, key);
  if (map == &counting) return element(k.counting, key);
  if (map != &ids) misuse();
  std::uint64_t id_key = 0;
  std::memcpy(&id_key, key, sizeof(id_key));
  const auto found = k.ids.find(id_key);
  return found == k.ids.end() ? nullptr : &found->second;
}

long bpf_map_update_elem(void* map, const void* key, const void* value, __u64 flags) {
  if (map != &ids || flags != BPF_NOEXIST) misuse();
  Kernel& k = kernel();
  std::uint64_t id_key = 0;
  std::memcpy(&id_key, key, sizeof(id_key));
  if (k.ids.contains(id_key)) return -EEXIST;
  if (k.ids.size() >= k.ids_room) return -E2BIG;
  k.ids.emplace(id_key, index_of(value));
  return 0;
}

long bpf_map_push_elem(void* map, const void* value, __u64 flags) {
  if (flags != 0) misuse();
  if (map == &free_ids) {
    kernel().free_ids.push_back(index_of(value));
    return 0;
  }
  auto* queue = core_queue(map);
  if (!queue) misuse();
  if (!queue->empty()) return -E2BIG;
  queue->emplace_back();
  std::memcpy(&queue->back(), value, sizeof(smtscope_core_record));
  point(NATIVE_PUSHED);
  return 0;
}

long bpf_map_pop_elem(void* map, void* value) {
  if (map == &free_ids) {
    auto& queue = kernel().free_ids;
    const std::uint32_t id = queue.empty() ? 0 : queue.front();
    std::memcpy(value, &id, sizeof(id));
    if (queue.empty()) return -ENOENT;
    queue.pop_front();
    return 0;
  }
  auto* queue = core_queue(map);
  if (!queue) misuse();
  if (queue->empty()) {
    std::memset(value, 0, sizeof(smtscope_core_record));  // as the kernel does
    point(NATIVE_POP_FAILED);
    return -ENOENT;
  }
  std::memcpy(value, &queue->front(), sizeof(smtscope_core_record));
  queue->pop_front();
  point(NATIVE_POPPED);
  return 0;
}

long bpf_map_peek_elem(void* map, void* value) {
  auto* queue = core_queue(map);
  if (!queue) misuse();
  if (queue->empty()) return -ENOENT;
  std::memcpy(value, &queue->front(), sizeof(smtscope_core_record));
  return 0;
}

long bpf_perf_event_read_value(void* map, __u64 index, void* value, __u32 size) {
  Kernel& k = kernel();
  if (map != &counter_events || size != sizeof(smtscope_counter_value)) misuse();
  if (index / SMTSCOPE_COUNTERS != k.current_cpu) return -EINVAL;
  auto& to = *static_cast<smtscope_counter_value*>(value);
  to = {};
  return k.read_event ? k.read_event(k.current_cpu, static_cast<unsigned>(index % SMTSCOPE_COUNTERS), to) : -ENOENT;
}

void* bpf_task_storage_get(void* map, void* task, void*, __u64 flags) {
  if (map != &wait_bases || !task) misuse();
  auto& bases = kernel().wait_bases;
  if (flags == BPF_LOCAL_STORAGE_GET_F_CREATE) return &bases[task];
  const auto found = bases.find(task);
  return found == bases.end() ? nullptr : &found->second;
}

void* bpf_ringbuf_reserve(void* map, __u64 size, __u64) {
  Kernel& k = kernel();
  if (map != &change_log || size != sizeof(smtscope_log_record)) misuse();
  if (k.log.size() >= k.log_room) return nullptr;
  return &k.log.emplace_back();
}

void bpf_ringbuf_submit(void*, __u64) {}

__u64 native_compare_and_swap(__u64* at, __u64 old, __u64 wanted) {
  const __u64 seen = *at;
  if (seen == old) *at = wanted;
  point(seen == old ? NATIVE_SWAPPED : NATIVE_SWAP_FAILED);
  return seen;
}

}  // extern "C"
