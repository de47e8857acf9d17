// SPDX-License-Identifier: Apache-2.0
// The maps of the scheduler program as plain memory, and what a run asks the kernel for.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <unordered_map>
#include <vector>

#include "compat.bpf.h"

namespace smtscope::native {

// One world at a time: the programs know their maps by name.
struct Kernel {
  std::vector<smtscope_core> cores;
  std::vector<smtscope_cpu> cpus;
  std::vector<smtscope_close> closes;
  std::vector<smtscope_id_info> id_table;
  std::vector<std::uint32_t> scan_cpus;
  std::unordered_map<std::uint64_t, std::uint32_t> ids;
  std::size_t ids_room = SMTSCOPE_ID_COUNT;
  std::deque<std::uint32_t> free_ids;
  std::vector<std::deque<smtscope_core_record>> core_queues;  // one element at most
  std::unordered_map<const void*, smtscope_wait_base> wait_bases;
  std::vector<smtscope_log_record> log;
  std::size_t log_room = 0;

  std::vector<smtscope_counting> counting;

  unsigned current_cpu = 0;
  task_struct* current_task = nullptr;
  std::function<std::uint64_t()> clock;                                                   // ns
  std::function<long(unsigned cpu, unsigned event, smtscope_counter_value&)> read_event;  // none: no such event
  std::function<void(native_point)> point;  // may run other CPUs and the reader
};

// The maps that the programs see.
Kernel& kernel();

}  // namespace smtscope::native
