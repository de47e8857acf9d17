// SPDX-License-Identifier: Apache-2.0
#include "collectors/system.h"

#include "kernel/proc_stat.h"

namespace smtscope {

Result<std::unique_ptr<Collector>> SystemCollector::make(const CollectorContext& context) {
  if (auto r = read_proc_stat(context.proc_root); !r) return Failure(r.error());
  return std::unique_ptr<Collector>(new SystemCollector(context.proc_root));
}

Result<> SystemCollector::sample(Snapshot& snapshot) {
  const auto stat = read_proc_stat(proc_root_);
  if (!stat) return Failure(stat.error());
  Table& table = snapshot.tables[Reading::cpu_time];
  table.width = kCpuColumns;
  for (const CpuTimes& cpu : *stat) {
    uint64_t* row = table.append({KeyKind::cpu, cpu.cpu, 0});
    row[kCpuBusyNs] = cpu.busy_ns;
    row[kCpuIdleNs] = cpu.idle_ns;
    row[kCpuStealNs] = cpu.steal_ns;
  }
  table.sort();
  return {};
}

}  // namespace smtscope
